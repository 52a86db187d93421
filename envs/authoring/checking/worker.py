"""The part of the check that calls an environment directly: a process of its own, since that may do anything.

Prints a line `[name, fault]` for each thing checked, with an empty fault where it holds.
"""

from __future__ import annotations

import json
import pickle
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from envs.core.environment import TextEnv
from envs.core.registry import EnvSpec
from envs.core.reward import Reward
from envs.core.task import Task
from envs.workers.process import Teller

_SEEDS = range(40)


def _well_formed(env: TextEnv) -> str:
    for seed in _SEEDS:
        task = env.tasks.task(seed)
        if not isinstance(task, Task):
            return f"task({seed}) is {type(task).__name__}, not a Task"
        if not isinstance(task.id, str) or not task.id:
            return f"task({seed}) has no id: {task.id!r}; an id is text that names the task on every machine"
        if not isinstance(task.prompt, str):
            return f"the prompt of {task.id!r} is {type(task.prompt).__name__}, not text"
        if not task.prompt.strip():
            return f"the prompt of {task.id!r} is empty"
        if not isinstance(task.meta, Mapping):
            return f"the meta of {task.id!r} is {type(task.meta).__name__}, not a mapping"
        fault = _not_plain(task)
        if fault:
            return fault
    return ""


def _not_plain(task: Task) -> str:
    try:
        json.dumps([task.gold, dict(task.meta)])
    except (TypeError, ValueError) as error:
        return f"gold or meta of {task.id!r} is not plain data: {error}"
    return ""


def _checker(env: TextEnv) -> str:
    from gymnasium.utils.env_checker import check_env

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(env, skip_render_check=True)
    return ""


def _seeds(env: TextEnv) -> str:
    first = [env.reset(seed=seed) for seed in _SEEDS]
    again = [env.reset(seed=seed) for seed in _SEEDS]
    for seed, one, two in zip(_SEEDS, first, again, strict=True):
        if one[0] != two[0] or one[1]["task_id"] != two[1]["task_id"]:
            return f"seed {seed} gives {one[1]['task_id']!r}, and then {two[1]['task_id']!r}"
    if env.tasks.size != 1 and len({info["task_id"] for _, info in first}) == 1:
        return f"every seed gives {first[0][1]['task_id']!r}"
    if env.tasks.size is not None:
        ids = {env.tasks.task(seed).id for seed in range(min(env.tasks.size, 2000))}
        if len(ids) < min(env.tasks.size, 2000):
            return f"size is {env.tasks.size}, but the seeds below it give {len(ids)} different tasks"
    return ""


def _addresses(env: TextEnv) -> str:
    for seed in _SEEDS:
        prompt, info = env.reset(seed=seed)
        if env.reset(options={"task_id": info["task_id"]})[0] != prompt:
            return f"the id {info['task_id']!r} leads to another task than the seed it came from"
    return ""


def _pickling(env: TextEnv) -> str:
    twin = pickle.loads(pickle.dumps(env))  # noqa: S301 - made one line above
    return "" if twin.reset(seed=3)[0] == env.reset(seed=3)[0] else "a pickled copy draws other tasks"


def _spec(env: TextEnv, spec: EnvSpec) -> str:
    again = EnvSpec(**json.loads(json.dumps(spec.to_json()))).build()
    return "" if again.reset(seed=3)[0] == env.reset(seed=3)[0] else "rebuilt from its JSON it draws other tasks"


def _documentation(env: TextEnv) -> str:
    if not env.summary.strip():
        return "no summary: set `summary` to one line that says what it asks"
    task = env.tasks.task(0)
    answer = env.respond(task, tuple(turn for _, turn in env.oracle(task) or ()) or ("",), final=True)
    missing = [part for part in answer.parts if not env.parts.get(part)] if isinstance(answer, Reward) else []
    return f"reward part {missing[0]!r} is not described in `parts`" if missing else ""


def _groups(spec: EnvSpec) -> str:
    import gymnasium

    env = spec.build()  # registers it with Gymnasium
    assert env.spec is not None
    group = gymnasium.make_vec(env.spec.id, num_envs=3, vectorization_mode="sync", **spec.kwargs)
    prompts, _ = group.reset(seed=[11] * 3)  # pyright: ignore[reportArgumentType]  # Gymnasium's type is too narrow
    group.close()
    return "" if len(set(prompts)) == 1 else "a group of one seed holds several tasks"


def _main() -> None:
    teller = Teller()
    spec = EnvSpec(**teller.request["spec"])
    env = spec.build()
    checks: dict[str, Callable[[], str]] = {
        "tasks are well formed": lambda: _well_formed(env),
        "a seed is a task": lambda: _seeds(env),
        "an id is an address": lambda: _addresses(env),
        "pickling": lambda: _pickling(env),
        "the spec survives JSON": lambda: _spec(env, spec),
        "a group is one seed": lambda: _groups(spec),
        "documentation": lambda: _documentation(env),
        "Gymnasium's check_env": lambda: _checker(spec.build()),
    }
    for name, check in checks.items():
        try:
            fault: Any = check()
        except Exception as error:  # a plugin may raise anything; what it raised is the finding
            fault = f"{type(error).__name__}: {error}"[:300] or type(error).__name__
        teller.tell(name, fault)


if __name__ == "__main__":
    _main()
