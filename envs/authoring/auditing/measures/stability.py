"""Whether a seed, a task and a score mean the same in another process, in another order, and a second time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from envs.authoring.auditing.attacks.probe import Completion
from envs.authoring.auditing.findings import Example, Finding
from envs.authoring.auditing.measures.witness import NONSENSE, Testimony, testify
from envs.authoring.auditing.scoring import Scorer, shown
from envs.authoring.auditing.subjects import Subject
from envs.core.environment import TextEnv
from envs.core.registry import EnvSpec
from envs.core.reward import Reward

_SEEDS = 12
_ITEMS = 12
_SAME = 1e-12


def score_stability(scorer: Scorer, subjects: Sequence[Subject]) -> Iterator[Finding]:
    """Scores the same completions in fresh processes: again, backwards and twice, right answers first, many times over.

    What was scored before in the audit is held against them too: a verifier may keep its state in a file.
    """
    items = _items(subjects)
    if not items or scorer.hung:
        return
    before = scorer.score(items)
    first, second = scorer.again(items), scorer.again(items)
    apart = _differences(items, first, second)
    if apart:
        yield Finding("nondeterministic", len(apart), len(items), "two processes, same order", tuple(apart[:3]))
        return
    apart = _differences(items, before, first)
    if apart:
        yield Finding("state-dependent", len(apart), len(items), "the same, after many others", tuple(apart[:3]))
        return
    for told, order, workers in _orders(items):
        scores = scorer.again([items[index] for index in order], workers)
        ordered = [items[index] for index in order]
        apart = _differences(ordered, [first[index] for index in order], scores)
        if apart:
            yield Finding("state-dependent", len(apart), len(order), told, tuple(apart[:3]))
            return


def _items(subjects: Sequence[Subject]) -> list[tuple[str, Completion]]:
    """Right, wrong and meaningless completions of a dozen tasks, in turn."""
    chosen = list(subjects)[:_ITEMS]
    others = [*chosen[1:], *chosen[:1]]
    return [
        (subject.task.id, completion)
        for subject, other in zip(chosen, others, strict=True)
        for completion in (subject.ending(subject.solution), subject.ending(other.solution), NONSENSE)
    ]


def _orders(items: Sequence[object]) -> Iterator[tuple[str, list[int], int]]:
    """Yields orders in which to score again: what it is, the indices, and how many workers."""
    whole = list(range(len(items)))
    right, wrong, nothing = whole[::3], whole[1::3], whole[2::3]
    yield "the same, backwards and twice, two workers at once", [*whole, *whole][::-1], 2
    mixed = [*right, *wrong, *nothing, *right, *wrong[:1] * 60, *nothing, *right[:1] * 10]
    yield "right answers first, then wrong ones, then one wrong answer many times", mixed, 1


def _differences(
    items: Sequence[tuple[str, Completion]], first: Sequence[Reward], second: Sequence[Reward]
) -> list[Example]:
    return [
        Example(task_id, "another score", shown(text), b.score, f"first {a.score:g}, then {b.score:g}")
        for (task_id, text), a, b in zip(items, first, second, strict=True)
        if abs(a.score - b.score) > _SAME or a.status != b.status
    ]


def task_stability(spec: EnvSpec, env: TextEnv) -> Iterator[Finding]:
    """Asks two fresh processes with different hash seeds what each seed's task is."""
    here = [env.tasks.task(seed) for seed in range(_SEEDS)]
    if env.tasks.size != 1 and len({task.id for task in here}) == 1:
        yield Finding("seed-ignored", _SEEDS, _SEEDS, f"always {here[0].id!r}")
    one, two = (testify(spec, range(_SEEDS), hash_seed=seed) for seed in (0, 1))
    yield from _disagreements(one, two)
    mutated = [seed for seed, changed in one.mutated.items() if changed]
    if mutated:
        yield Finding("mutates-task", len(mutated), len(one.mutated), "gold or meta differ after scoring")


def _disagreements(one: Testimony, two: Testimony) -> Iterator[Finding]:
    apart = [seed for seed, text in one.tasks.items() if two.tasks.get(seed, text) != text]
    if apart:
        example = Example("", f"seed {apart[0]}", one.tasks[apart[0]][:200], 0.0, two.tasks[apart[0]][:200])
        yield Finding("unstable-task", len(apart), len(one.tasks), "two processes, two hash seeds", (example,))
        return
    moved = [seed for seed, scores in one.scores.items() if two.scores.get(seed, scores) != scores]
    if moved:
        example = Example("", f"seed {moved[0]}", str(one.scores[moved[0]]), 0.0, str(two.scores[moved[0]]))
        yield Finding("nondeterministic", len(moved), len(one.scores), "two processes, two hash seeds", (example,))
    lost = [seed for seed, same in one.addresses.items() if not same]
    if lost:
        example = Example("", f"seed {lost[0]}", one.tasks[lost[0]][:200], 0.0)
        yield Finding("no-address", len(lost), len(one.tasks), "get(task.id) is another task", (example,))
