"""What is named is looked at before anything heavy is imported, so that a typo is answered at once. No torch here."""

from __future__ import annotations

import ctypes
import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

from envs.builtin.datasets.hub import is_hub
from envs.builtin.datasets.place import DATA_VARIABLE
from envs.core.errors import UsageError, did_you_mean
from envs.core.registry import EnvSpec, check_arguments, find
from grpo.engines import choose_engine
from grpo.policy.place import check_reachable
from grpo.runs.hub.upload import check_push
from grpo.runs.loggers import check_loggers
from grpo.runs.rundir import RunDir
from grpo.runs.state import check_unoccupied
from grpo.settings.config import TrainConfig

_TRAINED = ("auto", "bfloat16", "float32")
_SAMPLED = ("float32", "bfloat16", "float16")
_SHORT = {"bf16": "bfloat16", "fp32": "float32", "fp16": "float16", "half": "float16"}
_DEVICES = ("auto", "cpu", "cuda")
_QUICKLY_READ = 2**20
"""Bytes of data that may be read twice, the first time only to be looked at."""


def check_names(config: TrainConfig, run_dir: Path | None, resume: bool, silent: bool = False) -> None:
    """Refuses names that stand for nothing: run, environment and its arguments, engine, model, dtype, loggers, hub.

    Args:
        config: The settings of a new run; those of one that goes on are in its folder.
        run_dir: Where the run is written, or lies.
        resume: Whether it goes on.
        silent: Whether nothing is shown, the question to the hub included.

    Raises:
        UsageError: One of them does not exist, with the closest that does.
    """
    choose_engine(config.engine)
    if config.dtype not in _TRAINED:
        raise UsageError(_not_trained(config.dtype))
    _check_device(config.device)
    run = RunDir(run_dir) if run_dir is not None else None
    if resume and run is not None:
        run.config()
        check_unoccupied(run.path)
        return
    if run is not None:
        run.check_free()
        check_unoccupied(run.path)  # of one that began a moment ago, and has written nothing yet
    for environment in config.environments:
        check_arguments(environment.spec)
        _check_built(environment.spec)
    check_loggers(config.loggers)
    for path in config.select:
        if not Path(path).exists():
            raise UsageError(f"--select {path}: nothing is there; make it with `grpo profile --env NAME --model MODEL`")
    if config.push_to and os.environ.get("RANK", "0") == "0":  # of several processes the first one pushes
        check_push(config.push_to)
    check_reachable(config.model, lambda line: None if silent else print(line, file=sys.stderr, flush=True))


def _check_built(spec: EnvSpec) -> None:
    """Builds one of our environments, where that is quick: wrong arguments and data are told before torch is imported.

    Raises:
        UsageError: It cannot be built.
    """
    entry = find(spec.name)
    if entry.origin != "built-in" or entry.member or entry.name == "own" or "reward" in spec.kwargs:
        return
    named = [value for name, value in spec.kwargs.items() if name.endswith("data") and isinstance(value, str)]
    if any(map(is_hub, named)) or sum(_size(Path(value)) for value in named) > _QUICKLY_READ:
        return
    if not named and DATA_VARIABLE in os.environ:  # data that may be of any size
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the run says them when it builds it
        spec.build()


def _size(path: Path) -> int:
    try:
        files = path.iterdir() if path.is_dir() else [path]
        return sum(file.stat().st_size for file in files)
    except OSError:  # nothing is there, which building it says
        return 0


def check_sampling_names(engine: str, dtype: str, device: str) -> None:
    """Refuses an engine, a dtype or a device that a policy cannot be sampled with, before anything is looked for.

    Raises:
        UsageError: One of them does not exist, with the closest that does.
    """
    choose_engine(engine)
    if dtype not in _SAMPLED:
        raise UsageError(_no_dtype(dtype, _SAMPLED))
    _check_device(device)


def _check_device(name: str) -> None:
    """Refuses a device that is none, and a GPU where no driver of one is installed; the rest only torch can tell.

    Raises:
        UsageError: It is not there.
    """
    kind = name.partition(":")[0]
    if kind not in _DEVICES:
        raise UsageError(f"no device {name!r}: cpu, cuda or auto")
    if kind == "cuda" and sys.platform == "linux" and not (_has_library("libcuda.so.1") or Path("/dev/kfd").exists()):
        raise UsageError(
            f"--device {name}: no driver of a GPU is installed here; use --device cpu, or run `grpo doctor`"
        )


def _has_library(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def _not_trained(dtype: str) -> str:
    if dtype in ("float16", "fp16", "half"):
        return f"--dtype {dtype} cannot be trained in: take bfloat16, which has float32's range, or float32"
    return _no_dtype(dtype, _TRAINED)


def _no_dtype(dtype: str, known: Sequence[str]) -> str:
    if (meant := _SHORT.get(dtype)) in known:
        return f"no dtype {dtype!r}: did you mean {meant!r}?"
    return f"no dtype {dtype!r}: {did_you_mean(dtype, known)}"
