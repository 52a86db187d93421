"""A second process that says what it sees: the same seeds and scores must mean the same there.

`testify` starts it with a hash seed of its own. It is a fresh interpreter that is killed when it takes too long, since
the verifier under audit may do anything.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from envs.core.registry import EnvSpec
from envs.core.reward import Reward
from envs.core.task import Task
from envs.workers.process import Teller, run_module

NONSENSE = "audit: no answer"


@dataclass
class Testimony:
    """What one process saw, by seed.

    Attributes:
        tasks: The task of each seed as text: id, prompt, gold and meta.
        addresses: Whether `get(id)` gave the same task.
        scores: Scores of the oracle's solution and of nonsense.
        mutated: Whether scoring changed the task.
        complete: Whether it came to an end.
    """

    tasks: dict[str, str] = field(default_factory=dict)
    addresses: dict[str, bool] = field(default_factory=dict)
    scores: dict[str, list[float]] = field(default_factory=dict)
    mutated: dict[str, bool] = field(default_factory=dict)
    complete: bool = False
    error: str = ""


def testify(spec: EnvSpec, seeds: Sequence[int], *, hash_seed: int, timeout_s: float = 60.0) -> Testimony:
    """Returns what a fresh process sees of an environment."""
    request = {"spec": spec.to_json(), "seeds": list(seeds)}
    answer = run_module("envs.authoring.auditing.measures.witness", request, hash_seed=hash_seed, timeout_s=timeout_s)
    testimony = Testimony(complete=answer.finished, error=answer.error)
    for what, seed, value in answer.lines:
        getattr(testimony, what)[seed] = value
    return testimony


def _text(task: Task) -> str:
    return json.dumps([task.id, task.prompt, task.gold, dict(task.meta)], sort_keys=True, default=_plain)


def _plain(value: Any) -> Any:
    return sorted(value, key=repr) if isinstance(value, set | frozenset) else repr(value)


def _main() -> None:
    teller = Teller()
    env = EnvSpec(**teller.request["spec"]).build()
    tasks = {str(seed): env.tasks.task(seed) for seed in teller.request["seeds"]}
    for seed, task in tasks.items():
        teller.tell("tasks", seed, _text(task))
        try:
            teller.tell("addresses", seed, _text(env.tasks.get(task.id)) == _text(task))
        except Exception:  # a source may raise anything at an id it does not know
            teller.tell("addresses", seed, False)
    env.start_worker()
    for seed, task in tasks.items():
        before = _text(task)
        perfect = tuple(turn for _, turn in env.oracle(task) or ())
        answers = [env.respond(task, turns, final=True) for turns in (perfect, (NONSENSE,)) if turns]
        teller.tell("scores", seed, [answer.score for answer in answers if isinstance(answer, Reward)])
        teller.tell("mutated", seed, _text(task) != before)
    env.close()


if __name__ == "__main__":
    _main()
