"""A checkpoint as a plain model folder, for whoever knows nothing of runs."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from envs.core.errors import RunError, UsageError, did_you_mean
from grpo.policy.adapter import adapter_base
from grpo.policy.builtin import PREFIX, builtin_folder
from grpo.policy.model import DTYPES, load_policy
from grpo.policy.place import ADAPTER_FILE
from grpo.runs.atomic import directory_atomic
from grpo.runs.checkpoint import CHECKSUMS, STATE_DIR, check_checkpoint, list_checkpoints, newest_checkpoint
from grpo.runs.hub.record import METRICS, PROFILE, RECORD, record_of
from grpo.runs.rundir import RunDir
from grpo.settings.config import TrainConfig

LAST, BEST = "last", "best"
_CARD = "README.md"
_STEP = re.compile(r"(?:step-)?(\d{1,12})")
_OF_THE_MODEL = re.compile(r"(?:model|pytorch_model|adapter_model).*|adapter_config\.json|config\.json|README\.md")


@dataclass(frozen=True, slots=True)
class Source:
    """A checkpoint that is to leave its run.

    Attributes:
        run: The run's folder.
        checkpoint: The checkpoint's, whole; its name says the step.
        config: The run's settings.
    """

    run: Path
    checkpoint: Path
    config: TrainConfig

    @property
    def step(self) -> int:
        """The step that the checkpoint was made after."""
        found = _STEP.fullmatch(self.checkpoint.resolve().name)
        return int(found[1]) if found else 0

    @property
    def is_adapter(self) -> bool:
        """Whether it holds a LoRA adapter and no model."""
        return (self.checkpoint / ADAPTER_FILE).is_file()


@dataclass(frozen=True, slots=True)
class Form:
    """What is made of a checkpoint.

    Attributes:
        merge: Whether an adapter is added to its base.
        dtype: Of the weights; as they are in the checkpoint, merged ones as in the run, if empty.
        with_state: Whether the trainer's state comes along, from which a run goes on.
    """

    merge: bool = False
    dtype: str = ""
    with_state: bool = False


def find_source(run: Path, which: str = LAST) -> Source:
    """Returns the checkpoint that is meant, which is looked at file by file.

    Args:
        run: A run's folder.
        which: `last`, `best`, a step, or a checkpoint's folder.

    Raises:
        UsageError: No run, no such checkpoint, or a damaged one.
    """
    place = RunDir(run)
    if not place.started:
        raise UsageError(f"{run} holds no run: it has no config.toml; `grpo runs list` lists the runs")
    config = place.config()
    made = list_checkpoints(place.checkpoints)
    if not made and os.sep not in which:
        raise UsageError(f"the run {run} has no checkpoint yet: one is made every {config.save_every} steps")
    if which == LAST:
        newest = newest_checkpoint(place.checkpoints)
        if newest is None:
            raise UsageError(f"the run {run} has no whole checkpoint")
        return Source(run, newest, config)
    path = _named(place, which, made)
    if fault := check_checkpoint(path):
        raise UsageError(f"the checkpoint {path} is damaged: {fault}; take another one by --checkpoint")
    return Source(run, path, config)


def _named(place: RunDir, which: str, made: list[Path]) -> Path:
    if which == BEST:
        if not (place.checkpoints / BEST).is_dir():
            raise UsageError(f"the run {place.path} has no best checkpoint: it was made without --eval-every")
        return (place.checkpoints / BEST).resolve()
    if os.sep in which and Path(which).is_dir():
        return Path(which)
    names = [path.name for path in made]
    step = _STEP.fullmatch(which)
    path = place.checkpoints / f"step-{int(step[1]):06d}" if step else None
    if path is None or not path.is_dir():
        known = [str(int(name.rpartition("-")[2])) for name in names]
        raise UsageError(f"--checkpoint {which}: {did_you_mean(which, [LAST, BEST, *known])}")
    return path


def check_form(source: Source, form: Form) -> None:
    """Refuses what a checkpoint cannot be made into.

    Raises:
        UsageError: No such dtype, or one of settings that do not go together.
    """
    if form.dtype and form.dtype not in DTYPES:
        raise UsageError(f"no dtype {form.dtype!r}: {did_you_mean(form.dtype, DTYPES)}")
    if form.dtype and source.is_adapter and not form.merge:
        raise UsageError("--dtype is of whole models, and this run trained an adapter: add --merge")
    if form.with_state and (form.dtype or (form.merge and source.is_adapter)):
        raise UsageError("--with-state is for going on, with the weights as they are: leave out --merge and --dtype")


def export(source: Source, out: Path, form: Form, card: str) -> None:
    """Writes a checkpoint as a plain model folder, whole or not at all.

    Args:
        source: From `find_source`.
        out: A folder that is not there, or empty.
        form: What to make of it.
        card: Text of its model card.

    Raises:
        UsageError: The place is taken, or the form cannot be had.
        RunError: The disk refuses, or the adapter does not fit its base.
    """
    check_form(source, form)
    check_out(out)
    model = _remade(source, form)
    with directory_atomic(out) as folder:
        _fill(source, folder, form, model, link=False)
        if source.is_adapter and not form.merge:
            _name_base(folder, lambda base: str(builtin_folder(base)) if base.startswith(PREFIX) else base)
        (folder / _CARD).write_text(card, encoding="utf-8")


def check_out(out: Path) -> None:
    """Refuses a place where something lies.

    Raises:
        UsageError: It is a file, or a folder that is not empty.
    """
    try:
        taken = out.is_symlink() or (out.exists() and not (out.is_dir() and not any(out.iterdir())))
    except OSError as error:
        raise UsageError(f"{out} cannot be read ({error.strerror}): give another folder") from error
    if taken:
        raise UsageError(f"{out} is there already, and not an empty folder: give another one")


def stage(source: Source, folder: Path, form: Form, card: str) -> None:
    """Fills a folder with what is to be uploaded; what stays as it is takes no room, where the disk has links.

    A base on this machine is called by its last name: its path is nobody else's business.

    Raises:
        UsageError: The form cannot be had.
        RunError: The checkpoint was removed meanwhile, or the adapter does not fit its base.
    """
    check_form(source, form)
    model = _remade(source, form)
    try:
        _fill(source, folder, form, model, link=True)
        if source.is_adapter and not form.merge and not form.with_state:
            _name_base(folder, lambda base: Path(base).name if Path(base).is_absolute() else base)
        (folder / _CARD).write_text(card, encoding="utf-8")
    except FileNotFoundError as error:
        raise RunError(f"{source.checkpoint} was removed by the run meanwhile: push again, or raise --keep") from error
    except OSError as error:
        raise RunError(f"cannot write {folder}: {error.strerror or error}") from error


def _remade(source: Source, form: Form) -> Any:
    """Returns the model where it is not to be copied as it is: merged, or in another dtype."""
    path = str(source.checkpoint)
    if source.is_adapter and form.merge:
        # Added up in float32, as evaluations do it, and rounded once.
        model = load_policy(path, form=source.config.chat_form).model.merge_and_unload()
        named = source.config.dtype if source.config.dtype in DTYPES else "float32"
        return model.to(DTYPES[form.dtype or named])
    if form.dtype:
        return load_policy(path, dtype=form.dtype, form=source.config.chat_form).model
    return None


def _fill(source: Source, folder: Path, form: Form, model: Any, link: bool) -> None:
    if model is not None:
        model.save_pretrained(folder)
    for name in written_files(source.checkpoint):
        if name.startswith(f"{STATE_DIR}/") and not form.with_state:
            continue
        if model is None or not _OF_THE_MODEL.fullmatch(name):
            put(source.checkpoint / name, folder / name, link)
    if form.with_state:
        _add_history(source, folder / STATE_DIR)
    text = json.dumps(record_of(source.config, source.step), indent=2)
    (folder / RECORD).write_text(text, encoding="utf-8")


def written_files(checkpoint: Path) -> list[str]:
    """Returns the names of a checkpoint's files, as it was written: whatever else lies there is somebody's own.

    Raises:
        FileNotFoundError: The run has removed it.
        ValueError: The list is damaged.
    """
    listed = f"{STATE_DIR}/{CHECKSUMS}"
    return [*json.loads((checkpoint / listed).read_text(encoding="utf-8")), listed]


def _add_history(source: Source, state: Path) -> None:
    """Adds what a run looks back on when it goes on: its metrics up to the step, and what selects its tasks."""
    lines = [json.dumps(line) for line in RunDir(source.run).metrics() if line["step"] <= source.step]
    (state / METRICS).write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    for number in range(1, len(source.config.select) + 1):
        name = PROFILE.format(number)
        put(source.run / name, state / name, link=False)


def put(file: Path, place: Path, link: bool) -> None:
    """Copies a file; as a link where that is allowed and can be had: who writes to a link writes to both."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)  # never write through a link
    if link:
        with contextlib.suppress(OSError):
            os.link(file, place)
            return
    shutil.copyfile(file, place)


def _name_base(folder: Path, named: Any) -> None:
    file = folder / ADAPTER_FILE
    config = json.loads(file.read_text(encoding="utf-8"))
    config["base_model_name_or_path"] = named(str(config["base_model_name_or_path"]))
    file.unlink()  # it may be a link to the checkpoint's own
    file.write_text(json.dumps(config, indent=2), encoding="utf-8")


def base_of(source: Source) -> str:
    """Returns the base model by the name that the run, or its adapter, has for it."""
    return adapter_base(source.checkpoint) if source.is_adapter else source.config.model
