"""Checks that an environment keeps the contract: what every trainer, evaluator and group relies on."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from envs.authoring.auditing.findings import Finding
from envs.authoring.auditing.measures.leaks import Leaks
from envs.authoring.auditing.measures.witness import NONSENSE, testify
from envs.authoring.auditing.run import overlaps_of
from envs.authoring.auditing.subjects import distinct_tasks, few_tasks, hearsay_notes, splits_of, subjects_of
from envs.core.environment import TextEnv
from envs.core.episode import Episode
from envs.core.registry import EnvSpec
from envs.core.reward import Status
from envs.core.task import SPLITS, Task
from envs.workers.pool import VerifierPool
from envs.workers.process import run_module

_SEEDS = range(16)
_SCORED = 64


@dataclass(frozen=True, slots=True)
class Result:
    """One thing checked.

    Attributes:
        name: What must hold.
        split: Of which split; empty where it concerns all.
        ok: Whether it does.
        detail: What was measured, or what is wrong and what to do.
    """

    name: str
    split: str
    ok: bool
    detail: str = ""


@dataclass(frozen=True)
class CheckReport:
    """Everything checked of one environment, and the closest pairs of prompts across its splits."""

    name: str
    results: tuple[Result, ...]
    overlaps: tuple[Leaks, ...]

    @property
    def ok(self) -> bool:
        """Whether all of it holds."""
        return all(result.ok for result in self.results)

    def to_json(self) -> dict[str, Any]:
        """Returns plain data."""
        return {
            "name": self.name,
            "ok": self.ok,
            "results": [{name: getattr(result, name) for name in Result.__slots__} for result in self.results],
            "splits": [entry.to_json() for entry in self.overlaps],
        }


def check(spec: EnvSpec, *, deadline_s: float = 10.0, timeout_s: float = 120.0) -> CheckReport:
    """Checks an environment over every split that it has.

    Args:
        spec: The environment; its `split` argument does not matter.
        deadline_s: Seconds a verifier may take for one completion.
        timeout_s: Seconds a split may take altogether.

    Raises:
        UsageError: There is no such environment, or it cannot be built over any split.
    """
    envs = splits_of(spec)
    results = [
        Result("builds", split, split in envs, "" if split in envs else "there is no such split") for split in envs
    ]
    for split, env in envs.items():
        results += _contract(spec.split(split), split, timeout_s)
        results.append(_same_elsewhere(spec.split(split), split, timeout_s))
        results += _scores(spec.split(split), env, split, deadline_s)
        results += _hearsay(env, split)
    sound = all(result.ok for result in results if result.name == "tasks are well formed")
    overlaps, shared = overlaps_of(envs) if sound else ([], [])
    results += _disjoint(overlaps, shared)
    results += [
        Result("enough tasks", split, True, warning)
        for split, env in envs.items()
        if split != "train"
        for warning in few_tasks(split, env)
    ]
    absent = [split for split in SPLITS if split not in envs]
    if absent:
        results.append(Result("splits", "", True, f"no {' and no '.join(absent)} split"))
    return CheckReport(spec.name, tuple(results), tuple(overlaps))


def _contract(spec: EnvSpec, split: str, timeout_s: float) -> Iterator[Result]:
    answer = run_module("envs.authoring.checking.worker", {"spec": spec.to_json()}, timeout_s=timeout_s)
    for name, fault in answer.lines:
        yield Result(name, split, not fault, fault)
    if not answer.finished:
        yield Result("survives the check", split, False, answer.error)


def _same_elsewhere(spec: EnvSpec, split: str, timeout_s: float) -> Result:
    """Tasks and scores in two processes with different hash seeds."""
    one, two = (testify(spec, _SEEDS, hash_seed=seed, timeout_s=timeout_s) for seed in (0, 1))
    name = "the same in every process"
    if not one.complete or not two.complete:
        return Result(name, split, False, one.error or two.error)
    for seed in one.tasks:
        if one.tasks[seed] != two.tasks[seed]:
            return Result(name, split, False, f"seed {seed}: {one.tasks[seed][:120]} and {two.tasks[seed][:120]}")
        if one.scores.get(seed) != two.scores.get(seed):
            return Result(name, split, False, f"seed {seed}: scores {one.scores.get(seed)} and {two.scores.get(seed)}")
    changed = [seed for seed, mutated in one.mutated.items() if mutated]
    if changed:
        return Result(name, split, False, f"scoring changes the task of seed {changed[0]}")
    return Result(name, split, True, f"{len(one.tasks)} tasks, {len(one.scores)} scored")


def _scores(spec: EnvSpec, env: TextEnv, split: str, deadline_s: float) -> Iterator[Result]:
    """Scores of solutions, prompts and nonsense, in a worker; and how fast they come."""
    try:
        tasks = distinct_tasks(env, _SCORED)
        played = [(task, (*_perfect(env, task), (task.prompt,), (NONSENSE,))) for task in tasks]
        items = [Episode(task.id, turns) for task, episodes in played for turns in episodes]
    except Exception as error:  # what a broken task source raises has been reported above
        yield Result("scores in range", split, False, f"{type(error).__name__}: {error}"[:300])
        return
    with VerifierPool(spec, deadline_s=deadline_s) as pool:
        pool.finish(items[:1])  # a worker's first score pays for what it loads
        started = time.perf_counter()
        rewards = pool.finish(items)
        spent = time.perf_counter() - started
    faults = [reward for reward in rewards if reward.status is Status.UNSCORABLE]
    yield Result("scores in range", split, not faults, faults[0].reason if faults else f"{len(rewards)} scores")
    late = [reward for reward in rewards if reward.status is Status.TIMEOUT]
    detail = late[0].reason if late else f"{len(rewards) / spent:,.0f} scores/s in one worker"
    yield Result("throughput", split, not late, detail)


def _hearsay(env: TextEnv, split: str) -> Iterator[Result]:
    """Names tests that only the judged objects decide: no fault, but weaker than they look."""
    try:
        notes = hearsay_notes(env, subjects_of(env, distinct_tasks(env, _SCORED)))
    except Exception:  # what a broken task source raises has been reported above
        return
    if notes:
        yield Result("tests decide by themselves", split, True, "; ".join(notes[:3]) + f" ({len(notes)} tasks)")


def _perfect(env: TextEnv, task: Task) -> list[tuple[str, ...]]:
    turns = tuple(turn for _, turn in env.oracle(task) or ())
    return [turns] if turns else []


def _disjoint(overlaps: Iterable[Leaks], shared: Sequence[Finding]) -> Iterator[Result]:
    for entry in overlaps:
        found = [*entry.findings(), *(f for f in shared if f.detail.startswith(f"{entry.test} against"))]
        told = f"{entry.compared[1]} tasks against {entry.compared[0]}"
        if entry.closest:
            told += f", the closest pair shares {entry.closest[0].overlap:.0%} of its 13-grams"
        detail = "; ".join(f"{f.code}: {f.count} of {f.tried}, such as {f.examples[0].task_id!r}" for f in found)
        yield Result(f"disjoint from {entry.train}", entry.test, not found, detail or told)
