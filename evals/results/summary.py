"""From samples to figures: pass@k and its kin, each with an interval over tasks."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from evals.results.result import Sample
from evals.statistics.intervals import bootstrap_interval, score_interval
from evals.statistics.passk import maj_at_k, pass_at_k
from grpo.engines.base import FinishReason

_UNREADABLE = re.compile("loading the code: (Syntax|Indentation|Tab)Error")
_RAISED = re.compile("^loading the code: |: raised: ")
_CUT_OFF = tuple(str(reason) for reason in FinishReason if reason is not FinishReason.STOP)


def summarise(samples: Sequence[Sample], ks: Sequence[int], parts: Sequence[str] = ()) -> dict[str, Any]:
    """Returns the figures of an eval as plain data.

    Samples that are unscorable (our fault) are counted and left out. A task without k scorable samples has no pass@k.

    Args:
        samples: Rows of an eval.
        ks: The k of pass@k and maj@k.
        parts: Parts of the reward that are metrics of their own.

    Returns:
        Each metric under its name (`pass@1`, `greedy`, `pass@4` ...), `intervals` (95%, over tasks) and `tasks_with`
        (how many tasks stand behind it) by metric name, `parts`, `rates`, `faults` (shares of samples that could not
        be judged to the end through their own fault, by the verifier's word for it), `mean_tokens`, `mean_turns`,
        `unscorable`, and `by_family` and `by_level` with metrics of their own.
    """
    sampled = [sample for sample in samples if not sample.greedy]
    scorable = [sample for sample in samples if sample.scorable]
    lengths_T = np.array([np.mean([s.tokens for s in group]) for group in _by_task(sampled).values()])
    values = task_metrics(scorable, ks, parts)
    if not any(sample.answer is not None for sample in scorable):  # a verifier that reads no answers has no majority
        values = {task: _without_majority(found) for task, found in values.items()}
    return {
        **_figures(values.values()),
        "parts": _parts(scorable),
        "rates": _rates(samples),
        "faults": _faults(samples),
        "mean_tokens": float(lengths_T.mean()) if lengths_T.size else 0.0,
        "mean_tokens_interval": list(bootstrap_interval(lengths_T)) if lengths_T.size else None,
        "mean_turns": float(np.mean([sample.turns for sample in sampled])) if sampled else 0.0,
        "unscorable": sum(not sample.scorable for sample in samples),
        "by_family": _split(values, {sample.task_id: sample.family or None for sample in scorable}),
        "by_level": _split(values, {sample.task_id: sample.level for sample in scorable}),
    }


def metrics_of(figures: Mapping[str, Any]) -> dict[str, float]:
    """Returns the metrics among the figures of an eval, of a family or of a level, by name."""
    return {name: figures[name] for name in figures["intervals"]}


def tasks_words(summary: Mapping[str, Any]) -> str:
    """Returns on how many tasks an eval rests, of how many that were asked for."""
    tasks, lost = summary["tasks"], summary.get("tasks_left_out", 0)  # evals of old left none out
    return f"{tasks} of {tasks + lost} tasks; {lost} prompts too long" if lost else f"{tasks} tasks"


def completions_words(summary: Mapping[str, Any]) -> str:
    """Returns of how many completions the rates of an eval are shares: the greedy ones are among them."""
    drawn = summary["tasks"] * summary["samples"]
    greedy = summary["tasks"] if summary.get("settings", {}).get("greedy") else 0
    return f"{drawn + greedy} = {drawn} samples + {greedy} greedy" if greedy else f"{drawn} samples"


def task_metrics(
    scorable: Iterable[Sample], ks: Sequence[int], parts: Sequence[str] = ()
) -> dict[str, dict[str, float]]:
    """Returns each task's values by metric name: `pass@1`, `greedy`, `mean_reward`, `pass@k`, `maj@k`, and `parts`."""
    values: dict[str, dict[str, float]] = {}
    for task_id, group in _by_task(scorable).items():
        drawn = [sample for sample in group if not sample.greedy]
        greedy = [sample for sample in group if sample.greedy]
        found: dict[str, float] = {}
        if drawn:
            found["pass@1"] = float(np.mean([sample.passed for sample in drawn]))
        if greedy:
            found["greedy"] = float(greedy[0].passed)
        if drawn:
            found["mean_reward"] = float(np.mean([sample.score for sample in drawn]))
            found.update(_at_k(drawn, [k for k in ks if 1 < k <= len(drawn)]))
            named = [name for name in parts if all(name in sample.parts for sample in drawn)]
            found.update({name: float(np.mean([sample.parts[name] for sample in drawn])) for name in named})
        values[task_id] = found
    return values


def _at_k(drawn: list[Sample], ks: Sequence[int]) -> dict[str, float]:
    passes = sum(sample.passed for sample in drawn)
    found = {f"pass@{k}": float(pass_at_k(np.array([len(drawn)]), np.array([passes]), k)[0]) for k in ks}
    answers = [sample.answer for sample in drawn]
    solved = [float(sample.passed) for sample in drawn]
    found.update({f"maj@{k}": maj_at_k(answers, solved, k) for k in ks})
    return found


def _without_majority(found: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in found.items() if not name.startswith("maj@")}


def _figures(tasks: Iterable[dict[str, float]]) -> dict[str, Any]:
    columns: dict[str, list[float]] = defaultdict(list)
    for found in tasks:
        for name, value in found.items():
            columns[name].append(value)
    order = sorted(columns, key=_place)
    return {
        **{name: float(np.mean(columns[name])) for name in order},
        "intervals": {name: [*score_interval(np.array(columns[name]))] for name in order},
        "tasks_with": {name: len(columns[name]) for name in order},
    }


def _place(name: str) -> tuple[int, int]:
    kind, _, k = name.partition("@")
    kinds = ["pass@1", "greedy", "pass", "maj", "mean_reward"]
    kind = name if name == "pass@1" else kind
    return (kinds.index(kind), int(k or 0)) if kind in kinds else (len(kinds), 0)  # of parts, as they come


def _parts(scorable: Sequence[Sample]) -> dict[str, float]:
    columns: dict[str, list[float]] = defaultdict(list)
    for sample in scorable:
        if not sample.greedy:
            for name, value in sample.parts.items():
                columns[name].append(value)
    return {name: float(np.mean(values)) for name, values in sorted(columns.items())}


def _rates(samples: Sequence[Sample]) -> dict[str, float]:
    """Returns shares of all samples, the greedy ones included."""
    count = max(1, len(samples))

    def share(holds: Iterable[bool]) -> float:
        return sum(holds) / count

    return {
        "truncated": share(s.finish_reason in _CUT_OFF for s in samples),
        "no_answer": share(s.outcome == "no_answer" for s in samples),
        "timeout": share(s.status == "timeout" for s in samples),
        "error": share(s.status == "error" for s in samples),
        "unscorable": share(not s.scorable for s in samples),
    }


def _faults(samples: Sequence[Sample]) -> dict[str, float]:
    """Returns shares of all samples by what was wrong with them: an error of their own, or tests that code failed."""
    counts = Counter(_fault(s) for s in samples if s.status == "error" or (s.outcome == "failed" and s.scorable))
    return {fault: count / len(samples) for fault, count in sorted(counts.items())}


def _fault(sample: Sample) -> str:
    if sample.outcome != "error":
        return sample.outcome
    if _UNREADABLE.match(sample.reason):
        return "syntax"
    return "raised" if _RAISED.search(sample.reason) else "error"


def _split(values: dict[str, dict[str, float]], group_of: Mapping[str, Any]) -> dict[str, Any]:
    groups: dict[Any, list[dict[str, float]]] = defaultdict(list)
    for task_id, found in values.items():
        if group_of[task_id] is not None:
            groups[group_of[task_id]].append(found)
    return {str(name): _figures(groups[name]) for name in sorted(groups)}


def _by_task(samples: Iterable[Sample]) -> Mapping[str, list[Sample]]:
    groups: dict[str, list[Sample]] = {}
    for sample in samples:
        groups.setdefault(sample.task_id, []).append(sample)
    return groups
