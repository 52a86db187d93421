"""What an eval leaves behind: one row for each sample, and a summary of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from envs.core.errors import UsageError
from envs.core.reward import Reward
from envs.core.task import Task
from evals.sampling.slot import Slot
from grpo.rollouts.drawing.cells import cell_of
from grpo.runs.atomic import write_atomic

if TYPE_CHECKING:
    import pandas as pd

SAMPLES_FILE = "samples.parquet"
SUMMARY_FILE = "summary.json"
CHOICES_FILE = "choices.parquet"


@dataclass(slots=True)
class Sample:
    """One completion of one held-out task, with its verdict.

    Attributes:
        task_id: The task's id.
        sample: Place among the task's samples, from 0; 0 for the greedy one.
        greedy: Whether it is the greedy completion.
        family: The task's family, empty where it has none.
        level: The task's level, None where it has none.
        prompt: The prompt's text, as the environment gave it.
        completion: The completion's text.
        score: In [0, 1].
        passed: Whether it solves the task: the part `correct` is 1, or the score where there is no such part.
        status: See `envs.core.reward.Status`.
        outcome: The verifier's word for what it found.
        answer: The answer read from it.
        reason: One short line for a person.
        parts: Named components of the score.
        tokens: Its length: the policy's tokens.
        finish_reason: `stop`; `length`, `turns` or `context` where it was cut off; `failed`.
        turns: Turns of the policy.
    """

    task_id: str
    sample: int
    greedy: bool
    family: str
    level: int | None
    prompt: str
    completion: str
    score: float
    passed: bool
    status: str
    outcome: str
    answer: str | None
    reason: str
    parts: dict[str, float]
    tokens: int
    finish_reason: str
    turns: int = 1

    @property
    def scorable(self) -> bool:
        """Whether the sample says anything about the policy."""
        return self.status != "unscorable"


def has_passed(reward: Reward) -> bool:
    """Returns whether a reward means that the task is solved, whatever else its score weighs in."""
    return reward.passed


def sample_row(slot: Slot, reward: Reward) -> Sample:
    """Puts together the row of a finished episode; text that UTF-8 cannot hold becomes escapes."""
    task = slot.task
    cell = cell_of(task.meta)
    return Sample(
        task_id=task.id,
        sample=slot.index,
        greedy=slot.greedy,
        family=cell.family,
        level=cell.level,
        prompt=printable(slot.prompt),
        completion=printable(slot.text),
        score=float(reward.score),
        passed=has_passed(reward),
        status=str(reward.status),
        outcome=reward.outcome,
        answer=None if reward.answer is None else printable(reward.answer),
        reason=printable(reward.reason),
        parts={name: float(value) for name, value in reward.parts.items()},
        tokens=slot.tokens,
        finish_reason=str(slot.finish_reason),
        turns=len(slot.turns),
    )


def printable(text: str) -> str:
    """Returns text that UTF-8 can hold: lone surrogates become escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


@dataclass
class EvalResult:
    """One eval.

    Attributes:
        samples: Rows, tasks in order, the samples of a task together, its greedy completion last.
        summary: What `summarise` makes of them, with the facts of the eval; plain data.
        choices: Where policies are asked how likely they hold texts, a row for each text: task id, place, context,
            continuation, log-likelihood in nats, whether it is what a greedy policy writes, and its tokens. They are
            written, to `choices.parquet`, and not read back.
    """

    samples: list[Sample]
    summary: dict[str, Any] = field(default_factory=dict)
    choices: list[dict[str, Any]] = field(default_factory=list)

    def save(self, folder: Path) -> EvalResult:
        """Writes `samples.parquet` and `summary.json`, each whole or not at all, the summary last.

        Raises:
            RunError: The disk refuses.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        rows = [{**asdict(sample), "parts": json.dumps(sample.parts)} for sample in self.samples]
        table = pa.Table.from_pylist(rows, schema=_schema(pa))
        write_atomic(folder / SAMPLES_FILE, lambda path: pq.write_table(table, path))
        if self.choices:
            choices = pa.Table.from_pylist(self.choices)
            write_atomic(folder / CHOICES_FILE, lambda path: pq.write_table(choices, path))
        text = json.dumps(self.summary, indent=2, ensure_ascii=True, allow_nan=False)
        write_atomic(folder / SUMMARY_FILE, lambda path: _write_text(path, text))
        return self

    @classmethod
    def load(cls, folder: Path) -> EvalResult:
        """Reads an eval back.

        Raises:
            UsageError: There is no whole eval in this folder.
        """
        summary, table = read_summary(folder), _read_table(folder)
        return cls([Sample(**{**row, "parts": json.loads(row["parts"])}) for row in table.to_pylist()], summary)

    def sampled_of(self, tasks: Sequence[Task]) -> list[Task]:
        """Returns those of the tasks that were sampled: the others' prompts were too long."""
        sampled = {sample.task_id for sample in self.samples}
        return [task for task in tasks if task.id in sampled]

    def frame(self) -> pd.DataFrame:
        """Returns the rows as a DataFrame, with a column `part_NAME` for each part of the reward."""
        import pandas as pd

        frame = pd.DataFrame([asdict(sample) for sample in self.samples])
        return with_part_columns(frame)

    def brief(self) -> dict[str, Any]:
        """Returns the headline: metrics by name, their intervals, and the rates; plain data for `--json`."""
        long = ("by_family", "by_level", "env", "model", "settings")
        return {key: value for key, value in self.summary.items() if key not in long}


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def with_part_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Spreads the column `parts` (dicts) over columns `part_NAME`; a part that a row lacks is NaN."""
    names = sorted({name for parts in frame["parts"] for name in parts})
    spread = {f"part_{name}": [parts.get(name, float("nan")) for parts in frame["parts"]] for name in names}
    return frame.drop(columns="parts").assign(**spread)


def read_summary(folder: Path) -> dict[str, Any]:
    """Reads the summary of an eval.

    Raises:
        UsageError: There is none, or it cannot be read; the message says where evals are.
    """
    path = folder / SUMMARY_FILE
    try:
        summary = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        nested = sorted(str(found.parent) for found in folder.glob(f"**/{SUMMARY_FILE}"))[:3]
        hint = (
            f"; evals below it: {', '.join(nested)}" if nested else ": make one with `grpo eval --ckpt ... --out DIR`"
        )
        raise UsageError(f"{folder} holds no finished eval{hint}") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
    if not isinstance(summary, dict) or "intervals" not in summary:
        raise UsageError(f"{path} is not the summary of an eval")
    return summary


def _read_table(folder: Path) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = folder / SAMPLES_FILE
    try:
        return pq.ParquetFile(path).read()  # unlike read_table, for which a folder called `lr=1e-4` is a column
    except (OSError, pa.ArrowException) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error


def _schema(pa: Any) -> Any:
    text, number = pa.string(), pa.float64()
    types = {
        "task_id": text, "sample": pa.int32(), "greedy": pa.bool_(), "family": text, "level": pa.int32(),
        "prompt": text, "completion": text, "score": number, "passed": pa.bool_(), "status": text,
        "outcome": text, "answer": text, "reason": text, "parts": text, "tokens": pa.int32(), "finish_reason": text,
        "turns": pa.int32(),
    }  # fmt: skip
    return pa.schema(list(types.items()))
