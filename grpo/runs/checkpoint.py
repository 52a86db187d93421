"""Checkpoints: a plain Hugging Face model folder, and beside it what a run needs to go on.

A checkpoint appears under its name only once it is whole, and carries the SHA-256 of every file; one that fails its
checksums is passed over for the one before.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from envs.core.errors import RunError, UsageError
from grpo.policy.adapter import save_model
from grpo.policy.model import Policy
from grpo.runs.atomic import directory_atomic

STATE_DIR = "trainer_state"
CHECKSUMS = "checksums.json"
OPTIMIZER = "optimizer.pt"
REFERENCE = "reference.safetensors"
IN_FLIGHT = "in_flight.json"
HISTORY = "history.json"
_NAME = re.compile(r"step-(\d{6,})")

logger = logging.getLogger("grpo")


@dataclass(frozen=True, slots=True)
class TrainerState:
    """What goes on where a run stopped.

    Attributes:
        step: Optimizer batches done.
        optimizer: The optimizer's `state_dict`; None where the run leaves it out of its checkpoints.
        config: The run's config, plain data.
        manifest: The training split's manifest.
        elapsed_s: Seconds spent training so far.
        position: Tasks used up so far, in the run's order of tasks.
        positions: Of each environment, where there are several.
        reference: Weights of a KL reference that is no longer the starting policy; None where it is, or there is none.
        in_flight: The next batch, sampled before this step's update, as `grpo.rollouts.ahead` gives it; plain data.
        history: What is known of how hard tasks are, as `grpo.rollouts.drawing.draws` gives it; plain data.
    """

    step: int
    optimizer: dict[str, Any] | None
    config: dict[str, Any]
    manifest: dict[str, Any]
    elapsed_s: float
    position: int
    reference: dict[str, torch.Tensor] | None = None
    in_flight: dict[str, Any] | None = None
    positions: list[int] | None = None
    history: dict[str, Any] | None = None


def save_checkpoint(folder: Path, policy: Policy, weights: dict[str, torch.Tensor], state: TrainerState) -> Path:
    """Writes `folder/step-000123` and points `folder/last` at it.

    Args:
        folder: The run's checkpoints.
        policy: What is saved, for its config and tokenizer.
        weights: Its weights, as `grpo.policy.adapter.saved_weights` gives them.
        state: What a run needs to go on.

    Returns:
        The checkpoint's folder.

    Raises:
        RunError: The disk refuses; no partial checkpoint is left.
    """
    path = folder / f"step-{state.step:06d}"
    _discard(path)  # a damaged one, which a resumed run passed over
    with directory_atomic(path) as temporary:
        save_model(policy.model, weights, temporary)
        policy.renderer.tokenizer.save_pretrained(temporary)
        _keep_eos_ids(temporary, policy.eos_ids)
        (temporary / STATE_DIR).mkdir()
        if state.optimizer is not None:
            torch.save(state.optimizer, temporary / STATE_DIR / OPTIMIZER)
        if state.reference is not None:
            save_file(_owned(state.reference), temporary / STATE_DIR / REFERENCE)
        if state.in_flight is not None:
            (temporary / STATE_DIR / IN_FLIGHT).write_text(json.dumps(state.in_flight), encoding="utf-8")
        if state.history is not None:
            (temporary / STATE_DIR / HISTORY).write_text(json.dumps(state.history), encoding="utf-8")
        facts = {
            "step": state.step,
            "config": state.config,
            "manifest": state.manifest,
            "elapsed_s": state.elapsed_s,
            "position": state.position,
            **({"positions": state.positions} if state.positions else {}),
        }
        (temporary / STATE_DIR / "state.json").write_text(json.dumps(facts, indent=2), encoding="utf-8")
        sums = {str(file.relative_to(temporary)): _sha256(file) for file in _files(temporary)}
        (temporary / STATE_DIR / CHECKSUMS).write_text(json.dumps(sums, indent=2), encoding="utf-8")
    point_at(path, "last")
    return path


def _owned(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Returns tensors that share no memory, as safetensors wants them; what is alone already is not copied."""
    owned: dict[str, torch.Tensor] = {}
    held: set[int] = set()
    for name, tensor in weights.items():
        mine = tensor.detach().cpu().contiguous()
        storage = mine.untyped_storage()
        whole = storage.nbytes() == mine.numel() * mine.element_size()
        owned[name] = mine if whole and storage.data_ptr() not in held else mine.clone()
        held.add(storage.data_ptr())
    return owned


def _keep_eos_ids(folder: Path, eos_ids: list[int]) -> None:
    """Writes every end id into the generation config: `save_pretrained` drops those only the tokenizer knew."""
    file = folder / "generation_config.json"
    values = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    file.write_text(json.dumps({**values, "eos_token_id": eos_ids}, indent=2), encoding="utf-8")


def point_at(path: Path, name: str) -> None:
    """Makes `name` (`last`, `best`) beside a checkpoint a link to it."""
    link = path.parent / name
    temporary = path.parent / f".{name}.{os.getpid()}.tmp"
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(path.name)
    os.replace(temporary, link)


def list_checkpoints(folder: Path) -> list[Path]:
    """Returns the checkpoints of a run, oldest first."""
    if not folder.is_dir():
        return []
    named = [(int(match[1]), path) for path in folder.iterdir() if (match := _NAME.fullmatch(path.name))]
    return [path for _, path in sorted(named)]


def prune_checkpoints(folder: Path, keep: int) -> None:
    """Removes all but the newest `keep` checkpoints and the best, and what interrupted writes left behind."""
    best = (folder / "best").resolve()
    for path in list_checkpoints(folder)[:-keep]:
        if path.resolve() != best:
            _discard(path)
    for leftover in folder.glob(".step-*.tmp"):
        shutil.rmtree(leftover, ignore_errors=True)


def _discard(path: Path) -> None:
    """Removes a checkpoint; renamed first, so that a removal cut short leaves nothing under a checkpoint's name."""
    if path.exists():
        doomed = path.with_name(f".{path.name}.old.tmp")
        shutil.rmtree(doomed, ignore_errors=True)
        path.rename(doomed)
        shutil.rmtree(doomed, ignore_errors=True)


def check_checkpoint(path: Path) -> str | None:
    """Returns what is wrong with a checkpoint, or None where every file matches its checksum."""
    sums_file = path / STATE_DIR / CHECKSUMS
    try:
        sums = json.loads(sums_file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return "its checksums cannot be read"
    for name, expected in sums.items():
        file = path / name
        if not file.is_file():
            return f"{name} is missing"
        if _sha256(file) != expected:
            return f"{name} does not match its checksum"
    return None


def newest_checkpoint(folder: Path) -> Path | None:
    """Returns the newest whole checkpoint of a run, warning of each damaged one that is passed over."""
    for path in reversed(list_checkpoints(folder)):
        fault = check_checkpoint(path)
        if fault is None:
            return path
        logger.warning("checkpoint %s is damaged (%s): trying the one before", path, fault)
    return None


def load_state(path: Path) -> TrainerState:
    """Reads the trainer state of a checkpoint. The optimizer's tensors are mapped, and read where they are used.

    Raises:
        RunError: It cannot be read.
    """
    try:
        facts = json.loads((path / STATE_DIR / "state.json").read_text(encoding="utf-8"))
        moments = path / STATE_DIR / OPTIMIZER
        optimizer = None
        if moments.is_file():
            optimizer = torch.load(moments, map_location="cpu", weights_only=True, mmap=True)
        reference = path / STATE_DIR / REFERENCE
        in_flight = path / STATE_DIR / IN_FLIGHT
        history = path / STATE_DIR / HISTORY
        return TrainerState(
            optimizer=optimizer,
            reference=load_file(reference) if reference.is_file() else None,
            in_flight=json.loads(in_flight.read_text(encoding="utf-8")) if in_flight.is_file() else None,
            history=json.loads(history.read_text(encoding="utf-8")) if history.is_file() else None,
            **facts,
        )
    except Exception as error:
        raise RunError(f"the trainer state of {path} cannot be read: {error}") from error


def resolve_checkpoint(name: str) -> str:
    """Returns the model folder a user means by a checkpoint: the folder itself, or the newest of a run.

    Raises:
        UsageError: There is none, or it is damaged.
    """
    path = Path(name)
    if not path.exists():
        return name  # a built-in policy, a hub name, or a wrong path: the policy loader says which
    if (path / "checkpoints").is_dir():
        newest = newest_checkpoint(path / "checkpoints")
        if newest is None:
            raise UsageError(f"the run {name} has no whole checkpoint yet")
        return str(newest)
    if (path / STATE_DIR).is_dir() and (fault := check_checkpoint(path)):
        raise UsageError(f"the checkpoint {name} is damaged: {fault}; take another one from {path.resolve().parent}")
    return name


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file())


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
