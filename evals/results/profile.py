"""How often a policy solves each training task, or each family and level: what `grpo train --select` chooses by."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from envs.core.environment import TextEnv
from envs.core.errors import UsageError
from envs.core.task import Task
from evals.results.result import Sample
from grpo.rollouts.drawing.cells import Cell, cell_of
from grpo.rollouts.drawing.selection import FACTS_KEY, histogram
from grpo.rollouts.seeds import derive_seed
from grpo.runs.atomic import write_atomic

PROFILE_FILE = "profile.parquet"
FACTS_FILE = "profile.json"
EACH_CELL = 32
"""Tasks of each family and level of a source without end, unless said otherwise."""
_LOOKED_AT = 256
"""Tasks of such a source that are drawn at least, to find its families and levels."""
_DRAWS_FOR_ONE = 64


@dataclass(frozen=True, slots=True)
class Profiled:
    """What a profile is made of: its tasks, by seed.

    Attributes:
        tasks: Each with its seed.
        by_task: Whether single tasks are told apart: those of a finite split.
    """

    tasks: Sequence[tuple[int, Task]]
    by_task: bool


def profiled_tasks(env: TextEnv, count: int | None, seed: int) -> Profiled:
    """Returns the tasks to profile: those of a finite split, or some of each family and level of a source without end.

    Args:
        env: The environment.
        count: How many of a finite split, None for all; of each family and level otherwise, None for 32.
        seed: Decides which.

    Raises:
        UsageError: There is none.
    """
    size = env.tasks.size
    if size is None:
        return Profiled(list(_of_each_cell(env, EACH_CELL if count is None else count, seed)), by_task=False)
    places: Iterable[int] = range(size)
    if count is not None and count < size:
        order = sorted(places, key=lambda place: derive_seed(seed, "profile", place))
        places = sorted(order[:count])
    tasks = [(place, env.tasks.task(place)) for place in places]
    if not tasks:
        raise UsageError(f"the split {env.tasks.split!r} has no tasks: nothing to profile")
    return Profiled(tasks, by_task=True)


def _of_each_cell(env: TextEnv, count: int, seed: int) -> Iterable[tuple[int, Task]]:
    found: dict[Cell, dict[str, tuple[int, Task]]] = {}
    place = 0
    while place < _LOOKED_AT or any(len(own) < count for own in found.values()):
        if place >= max(_LOOKED_AT, _DRAWS_FOR_ONE * count * len(found)):  # a cell that has no more tasks
            break
        drawn = derive_seed(seed, "profile", place)
        task = env.tasks.task(drawn)
        own = found.setdefault(cell_of(task.meta), {})
        if len(own) < count:
            own.setdefault(task.id, (drawn, task))
        place += 1
    for cell in sorted(found, key=_sorted_by):
        yield from found[cell].values()


def profile_rows(profiled: Profiled, samples: Iterable[Sample]) -> list[dict[str, Any]]:
    """Returns a row for each task, or for each family and level; what was not sampled, its prompt too long, has none.

    `pass_rate` and `mean_score` are of the samples that could be scored, and None where none could.
    """
    seeds = {task.id: seed for seed, task in profiled.tasks}
    groups: dict[Any, list[Sample]] = {}
    for sample in samples:
        groups.setdefault(sample.task_id if profiled.by_task else Cell(sample.family, sample.level), []).append(sample)
    rows = []
    for name, own in groups.items():
        scored = [sample for sample in own if sample.scorable]
        first = own[0]
        about = {"task_id": name, "seed": seeds[name]} if profiled.by_task else {}
        rows.append(
            {
                **about,
                "family": first.family,
                "level": first.level,
                **({} if profiled.by_task else {"tasks": len({sample.task_id for sample in own})}),
                "samples": len(scored),
                "passed": sum(sample.passed for sample in scored),
                "pass_rate": _mean([float(sample.passed) for sample in scored]),
                "mean_score": _mean([sample.score for sample in scored]),
                "mean_tokens": _mean([float(sample.tokens) for sample in own]),
                "truncated": _mean([float(sample.finish_reason != "stop") for sample in own]),
            }
        )
    return rows


def profile_summary(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Returns how hard it all is: the mean pass rate, how many are never, always and sometimes solved, a histogram."""
    rates = [row["pass_rate"] for row in rows if row["pass_rate"] is not None]
    never, always = sum(rate <= 0 for rate in rates), sum(rate >= 1 for rate in rates)
    return {
        "rows": len(rows),
        "pass_rate": _mean(rates),
        "never_solved": never,
        "always_solved": always,
        "between": len(rates) - never - always,
        "histogram": dict(histogram(rates)),
    }


def cells_of(rows: Sequence[Mapping[str, Any]]) -> list[tuple[Cell, int, float | None]]:
    """Returns families and levels, sorted, each with its tasks and their mean pass rate."""
    groups: dict[Cell, list[Mapping[str, Any]]] = {}
    for row in rows:
        if row["pass_rate"] is not None:
            groups.setdefault(Cell(row["family"], row["level"]), []).append(row)
    return [
        (cell, sum(int(row.get("tasks", 1)) for row in own), _mean([row["pass_rate"] for row in own]))
        for cell, own in sorted(groups.items(), key=lambda item: _sorted_by(item[0]))
    ]


def save_profile(folder: Path, rows: Sequence[Mapping[str, Any]], facts: Mapping[str, Any]) -> Path:
    """Writes `profile.parquet`, which carries its facts, and `profile.json`, which repeats them for a person.

    Returns:
        The parquet file.

    Raises:
        RunError: The disk refuses.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    text = json.dumps(facts, indent=2, ensure_ascii=True, allow_nan=False)
    whole = {"seed": pa.int64(), "level": pa.int64(), "pass_rate": pa.float64(), "mean_score": pa.float64()}
    table = pa.Table.from_pylist([dict(row) for row in rows])
    types = [pa.field(field.name, whole.get(field.name, field.type)) for field in table.schema]
    table = table.cast(pa.schema(types)).replace_schema_metadata({FACTS_KEY: text.encode("ascii")})
    write_atomic(folder / PROFILE_FILE, lambda path: pq.write_table(table, path))
    write_atomic(folder / FACTS_FILE, lambda path: _write_text(path, text))
    return folder / PROFILE_FILE


def read_facts(folder: Path) -> dict[str, Any] | None:
    """Returns the facts of the profile in a folder, None where there is no whole one."""
    if not (folder / PROFILE_FILE).is_file():
        return None
    try:
        return json.loads((folder / FACTS_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _sorted_by(cell: Cell) -> tuple[str, int]:
    return cell.family, -1 if cell.level is None else cell.level


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
