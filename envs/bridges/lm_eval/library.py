"""lm-eval's task definitions: where one is, which can be environments, and how one is built alike in every process."""

from __future__ import annotations

import contextlib
import functools
import json
import logging
import random
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from envs.builtin.datasets.splits import SPLIT_WORDS, split_files
from envs.core.errors import UsageError, did_you_mean
from envs.core.extras import require

FEWSHOT_SEED = 1234
"""What lm-eval draws examples with unless told otherwise; the next two are what its evaluator sets."""
RANDOM_SEED, NUMPY_SEED = 0, 1234
LIKELIHOOD = ("multiple_choice", "loglikelihood")
"""What a task's `output_type` is where a policy is asked how likely it holds given texts."""
_READERS = {".jsonl": "json", ".json": "json", ".csv": "csv", ".parquet": "parquet"}
_SHOWN = 300
_DEEPEST = 8
_LOGGERS = ("lm_eval", "lm-eval", "datasets", "evaluate", "huggingface_hub", "absl")


def generative() -> list[str]:
    """Returns the names of lm-eval's own tasks whose files say that they can be environments.

    Raises:
        UsageError: The package is not installed.
    """
    with quiet():
        index = _library().TaskManager().task_index
    return sorted(
        name for name, entry in index.items() if entry.kind.name == "TASK" and not _refusal(name, entry.cfg or {})
    )


def load(
    name: str,
    include_path: str | None = None,
    data: str | None = None,
    shots: int | None = None,
    *,
    trains: bool = True,
) -> Any:
    """Builds one of lm-eval's tasks, with the data set that it names or with files in place of it.

    Args:
        name: The task's.
        include_path: A folder of task files, looked through before lm-eval's own.
        data: A file or a folder in place of the data set.
        shots: How many examples are shown; None for as many as the task says.
        trains: Whether it is to be trained on, which a task by log-likelihood cannot be.

    Returns:
        A `ConfigurableTask` of lm-eval whose examples are seeded.

    Raises:
        UsageError: There is no such task, it cannot be an environment, or its data cannot be loaded.
    """
    library = _library()
    if include_path is not None and not Path(include_path).expanduser().is_dir():
        raise UsageError(f"no folder {include_path}: --env-arg include_path=FOLDER is a folder of lm-eval's task files")
    manager, entry = _found(library, name, include_path)
    if refused := _refusal(name, entry.cfg, trains):
        raise UsageError(refused)
    count = _shots(name, entry.cfg, shots)
    changed = _over_files(name, entry.cfg, data, count) if data is not None else {}
    try:
        task = _built(manager, entry, changed)
    except UsageError:
        raise
    except Exception as error:  # whatever a hub, a data set or a task's own functions raise
        raise UsageError(_not_built(name, entry.cfg, data, error)) from error
    task.set_config("num_fewshot", count)
    task.set_fewshot_seed(FEWSHOT_SEED)
    return task


def task_module(name: str) -> Any:
    """Returns a module of lm-eval.

    Raises:
        UsageError: The package is not installed.
    """
    require("lm_eval", "lm-eval", "a task of lm-eval")
    return require(name, "lm-eval", "a task of lm-eval")


def _library() -> Any:
    return task_module("lm_eval.tasks")


def _found(library: Any, name: str, include_path: str | None) -> tuple[Any, Any]:
    """Returns a manager that knows the task's own folder alone, and the task's entry: an index of all takes seconds."""
    own = [Path(include_path).expanduser()] if include_path is not None else []
    for root in [*own, Path(library.__file__).parent]:
        for path in _naming(root, name):
            manager = library.TaskManager(include_defaults=False, include_path=str(path.parent))
            entry = manager.task_index.get(name)
            if entry is not None and entry.kind.name in ("TASK", "PY_TASK"):
                return manager, entry
    raise UsageError(_absent(library, name, include_path))


def _naming(root: Path, name: str) -> Iterator[Path]:
    """Yields the files that say `task: NAME`, in the order in which lm-eval reads them."""
    says = re.compile(rb"^[\"']?task[\"']?\s*:\s*[\"']?%s[\"']?\s*(?:#.*)?$" % re.escape(name.encode()), re.MULTILINE)
    for path in sorted(root.rglob("*.yaml"), key=lambda path: path.as_posix()):
        with contextlib.suppress(OSError):
            if says.search(path.read_bytes()):
                yield path


def _absent(library: Any, name: str, include_path: str | None) -> str:
    manager = library.TaskManager(include_path=include_path)
    entry = manager.task_index.get(name)
    if entry is None:
        known = {f"lm-eval/{task}" for task in manager.all_subtasks}
        return f"no task {name!r} in lm-eval: {did_you_mean(f'lm-eval/{name}', known)}"
    inside = next(_leaves(manager.task_index, name, 0), "")
    such = f", such as lm-eval/{inside}" if inside else ""
    return f"lm-eval/{name} is a group of tasks: an environment is one of them{such}"


def _leaves(index: Mapping[str, Any], name: str, depth: int) -> Iterator[str]:
    """Yields the names of tasks in a group or a tag, and in groups inside it."""
    entry = index.get(name)
    if entry is None or depth > _DEEPEST:
        return
    if entry.kind.name in ("TASK", "PY_TASK"):
        yield name
        return
    for one in sorted(entry.tags) if entry.kind.name == "TAG" else (entry.cfg or {}).get("task", ()):
        yield from _leaves(index, one if isinstance(one, str) else str(dict(one).get("task", "")), depth + 1)


def _refusal(name: str, config: Mapping[str, Any], trains: bool = True) -> str:
    """Returns why a task cannot be an environment, as far as its file says; empty where it can."""
    kind = config.get("output_type", "generate_until")
    why = ""
    if "class" in config:
        why = "is a class of its own: choose a task that is a task file alone"
    elif kind in LIKELIHOOD and trains:
        how = "is multiple choice" if kind == "multiple_choice" else "is scored"
        why = (
            f"{how} by log-likelihood, which evaluates and does not train: grpo eval --env lm-eval/{name}, or train on "
            "a task with generate_until"
        )
    elif kind not in (*LIKELIHOOD, "generate_until"):
        why = "is scored by log-likelihood of whole documents: choose a task with multiple_choice or generate_until"
    elif config.get("unsafe_code"):
        why = "runs the policy's code without a sandbox: the environments humaneval, mbpp and code have one"
    elif int(config.get("repeats") or 1) > 1:
        why = (
            f"takes {config['repeats']} samples of a question together: choose a task with repeats: 1, and --n samples"
        )
    elif config.get("doc_to_image") or config.get("doc_to_audio"):
        why = "shows images or sounds: choose a task whose prompts are text"
    return f"lm-eval/{name} {why}" if why else ""


def _shots(name: str, config: Mapping[str, Any], asked: int | None) -> int:
    own = config.get("num_fewshot")
    if asked is None:
        return int(own or 0)
    if asked < 0 or isinstance(asked, bool):
        raise UsageError(f"num_fewshot is how many examples are shown, not {asked}")
    if own == 0 and asked:
        raise UsageError(f"lm-eval/{name} sets num_fewshot to 0, which lm-eval lets nobody change: leave it out")
    return asked


def _built(manager: Any, entry: Any, changed: Mapping[str, Any]) -> Any:
    if not changed:
        return next(iter(manager.load(entry.name)["tasks"].values()))
    with tempfile.TemporaryDirectory() as folder:  # lm-eval takes changes to a task as a file that includes it
        path = Path(folder) / "changed.yaml"
        path.write_text(json.dumps({"include": str(entry.yaml_path), "task": entry.name, **changed}))
        return next(iter(manager.load(str(path))["tasks"].values()))


def _over_files(name: str, config: Mapping[str, Any], data: str, shots: int) -> dict[str, Any]:
    """Returns what must change in a task's file for it to read these files.

    Raises:
        UsageError: They are not there, or cannot be what the task needs.
    """
    place = Path(data).expanduser()
    named = {split: config.get(f"{split}_split") for split in ("training", "validation", "test", "fewshot")}
    held_out = named["test"] or named["validation"]
    if place.is_file():
        files = {"test": place}
    else:
        files = {SPLIT_WORDS[path.stem]: path for path in reversed(split_files(place))}
    if not files or {path.suffix for path in files.values()} - set(_READERS):
        raise UsageError(
            f"data {data}: lm-eval/{name} takes a .jsonl, .csv or .parquet file, or a folder with test and train files"
        )
    if len(readers := {_READERS[path.suffix] for path in files.values()}) > 1:
        raise UsageError(f"data {data}: its files are of several kinds: give one kind, such as .jsonl")
    words = {split: SPLIT_WORDS.get(str(split), str(split)) for split in named.values() if split}
    if held_out is not None and words[held_out] not in files and len(files) == 1:
        words[held_out] = next(iter(files))
    there = {split: str(files[word].resolve()) for split, word in words.items() if word in files}
    lost = {f"{key}_split": None for key, split in named.items() if split and split not in there}
    if held_out not in there:
        raise UsageError(f"data {data}: no file for the split {held_out!r} that lm-eval/{name} evaluates")
    if "fewshot_split" in lost and shots:
        raise UsageError(
            f"data {data}: lm-eval/{name} shows examples of the split {named['fewshot']!r}, for which no file is there"
        )
    return {
        "dataset_path": readers.pop(), "dataset_name": None, "dataset_kwargs": {"data_files": there}, **lost,
    }  # fmt: skip


def _not_built(name: str, config: Mapping[str, Any], data: str | None, error: Exception) -> str:
    reason = " ".join(f"{type(error).__name__}: {error}".split())[:_SHOWN]
    source = config.get("dataset_path")
    hint = "" if data is not None else f"; its data set is {source}: --env-arg data=FOLDER reads files in place of it"
    return f"lm-eval/{name} cannot be built: {reason}{hint}"


def hush() -> None:
    """Silences lm-eval and what it loads data with, in a process that does nothing else."""
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keeps progress bars and warnings of lm-eval and what it loads data with off the terminal."""
    levels = {name: logging.getLogger(name).level for name in _LOGGERS}
    bars = require("datasets", "lm-eval", "a task of lm-eval")
    shown = not bars.are_progress_bars_disabled()
    try:
        hush()
        bars.disable_progress_bars()
        yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
        if shown:
            bars.enable_progress_bars()


@contextlib.contextmanager
def prepared() -> Iterator[None]:
    """Holds still what lm-eval leaves to the process while a task is built, so that it comes out alike in each.

    Random generators stand as its evaluator sets them, and afterwards as they stood before. A template is compiled once
    and not anew for every document, which would be nine tenths of the time over prompts.
    """
    environment = task_module("lm_eval.utils").env
    states = random.getstate(), np.random.get_state()
    random.seed(RANDOM_SEED)
    np.random.seed(NUMPY_SEED)
    environment.from_string = functools.lru_cache(maxsize=64)(environment.from_string)
    try:
        with quiet():
            yield
    finally:
        del environment.from_string
        random.setstate(states[0])
        np.random.set_state(states[1])
