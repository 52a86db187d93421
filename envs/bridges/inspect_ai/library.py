"""Tasks of inspect_ai: how one is loaded, and which can be environments."""

from __future__ import annotations

import contextlib
import inspect
import json
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from envs.core.errors import UsageError, did_you_mean
from envs.core.extras import require
from envs.core.sources.procedural import digest

SOLVERS = (
    "generate", "system_message", "user_message", "assistant_message", "prompt_template", "chain_of_thought",
    "multiple_choice",
)  # fmt: skip
SCORERS = ("match", "includes", "exact", "answer", "pattern", "f1", "choice")
_SHOWN = 300


def inspect_module(name: str) -> Any:
    """Returns a module of inspect_ai.

    Raises:
        UsageError: The package is not installed.
    """
    require("inspect_ai", "inspect", "a task of inspect_ai")
    return require(name, "inspect", "a task of inspect_ai")


def registered() -> list[str]:
    """Returns the names of tasks that installed packages register.

    Raises:
        UsageError: The package is not installed.
    """
    inspect_module("inspect_ai._util.entrypoints").ensure_entry_points()
    found = inspect_module("inspect_ai._util.registry").registry_find(lambda info: info.type == "task")
    return sorted(getattr(info, "name", "") for info in found)


def load(name: str, arguments: Mapping[str, Any]) -> tuple[Any, list[Any]]:
    """Builds a task.

    Args:
        name: `FILE.py@task`, `FILE.py` or `package/task`.
        arguments: The task function's.

    Returns:
        The `Task`, and its samples.

    Raises:
        UsageError: It is not there, cannot be an environment, or gives other samples each time it is loaded.
    """
    with quiet():
        task, samples = _loaded(name, arguments)
        if refused := _refusal(task, samples):
            raise UsageError(f"inspect/{name} {refused}")
        _, again = _loaded(name, arguments)
    if [sample_key(sample) for sample in samples] != [sample_key(sample) for sample in again]:
        raise UsageError(f"inspect/{name} gives other samples each time it is loaded: give its shuffle a seed")
    return task, samples


def sample_key(sample: Any) -> str:
    """Returns 16 hex digits that name a sample by what it asks and what it wants."""
    asked = sample.input if isinstance(sample.input, str) else [(turn.role, turn.text) for turn in sample.input]
    return f"{digest(json.dumps([asked, sample.choices, sample.target], default=str)):016x}"


def named(thing: Any) -> str:
    """Returns what inspect_ai's registry calls a solver or a scorer, without the package in front."""
    registry = inspect_module("inspect_ai._util.registry")
    try:
        return registry.registry_unqualified_name(thing)
    except (AttributeError, ValueError):  # made without its decorator
        return getattr(thing, "__name__", type(thing).__name__)


def solvers_of(task: Any) -> list[Any]:
    """Returns the solvers of a task, chains unrolled."""
    return inspect_module("inspect_ai.solver._chain").unroll(task.solver)


def scorers_of(task: Any) -> dict[str, Any]:
    """Returns the scorers of a task by name."""
    return {named(one): one for one in task.scorer or ()}


def _loaded(name: str, arguments: Mapping[str, Any]) -> tuple[Any, list[Any]]:
    loader = inspect_module("inspect_ai._eval.loader")
    spec = _specified(name)
    try:
        tasks = loader.load_tasks([spec], dict(arguments))
        samples = [list(task.dataset) for task in tasks]
    except Exception as error:  # whatever a task's own code raises
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:_SHOWN]
        raise UsageError(f"inspect/{name} cannot be built: {reason}") from error
    if not tasks:
        raise UsageError(f"no task {name!r} of inspect_ai: {did_you_mean(name, registered())}")
    _check_arguments(name, spec, arguments)
    return tasks[0], samples[0]


def _specified(name: str) -> str:
    """Returns the task's name with the task that its file has, where only the file is named."""
    file, _, task = name.rpartition("@") if "@" in name else (name, "", "")
    if not file.endswith(".py"):
        return name
    path = Path(file).expanduser()
    if not path.is_file():
        raise UsageError(
            f"no file {file}: an environment of inspect_ai is inspect/FILE.py@task or inspect/PACKAGE/TASK"
        )
    if task:
        return f"{path}@{task}"
    found = [one[0] for one in inspect_module("inspect_ai._util.decorator").parse_decorators(path, "task")]
    if len(found) != 1:
        such = f": say which, as inspect/{file}@{found[0]}" if found else ": write a function with @task"
        raise UsageError(f"inspect/{file} has {len(found)} tasks{such}")
    return f"{path}@{found[0]}"


def _check_arguments(name: str, spec: str, arguments: Mapping[str, Any]) -> None:
    """Refuses arguments that a task's function lacks, which inspect_ai leaves out with a warning."""
    function = inspect_module("inspect_ai._util.registry").registry_lookup("task", spec.rpartition("@")[2])
    parameters = inspect.signature(function).parameters if function is not None else {}
    if any(one.kind is one.VAR_KEYWORD for one in parameters.values()):
        return
    for argument in arguments:
        if argument not in parameters:
            raise UsageError(f"inspect/{name} takes no argument {argument!r}: {did_you_mean(argument, parameters)}")


def _refusal(task: Any, samples: list[Any]) -> str:
    """Returns why a task cannot be an environment; empty where it can."""
    for solver in solvers_of(task):
        if (name := named(solver)) not in SOLVERS:
            return f"is solved by {name}: here a policy is asked once, by {', '.join(SOLVERS)}"
        if name == "multiple_choice" and _params(solver).get("shuffle"):
            return "shuffles its choices anew each time: shuffle them in the data set, with a seed"
    scorers = scorers_of(task)
    if not scorers:
        return "has no scorer: choose a task that has one of " + ", ".join(SCORERS)
    for name in scorers:
        if name not in SCORERS:
            return f"is scored by {name}: here by text alone, with {', '.join(SCORERS)}"
    if task.setup or task.sandbox or any(one.sandbox or one.files or one.setup for one in samples):
        return "needs a sandbox or a setup of its own: choose a task of text alone"
    return "" if samples else "has no samples"


def _params(solver: Any) -> Mapping[str, Any]:
    try:
        return inspect_module("inspect_ai._util.registry").registry_params(solver)
    except ValueError:
        return {}


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keeps warnings of inspect_ai off the terminal."""
    logger = logging.getLogger("inspect_ai")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)
