"""The environments `gsm8k`, `math500` and `math-dataset`: real questions, answers judged as values."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable

from envs.builtin.datasets.records import Rejected
from envs.builtin.datasets.rows import Row, rows_of
from envs.builtin.datasets.source import QuestionTasks, only
from envs.builtin.datasets.splits import SplitRecords, find_records
from envs.core.environment import TextEnv
from envs.core.errors import UsageError
from envs.core.reward import Reward
from envs.core.task import Task
from envs.judges.math.equality.symbolic_client import NotReady
from envs.judges.math.verifier import MathVerifier

_TEST_ALONE = (
    "{0} is a test set and has no split {1!r}: measure on it, `grpo eval --env {0}` (split=test), and train on another "
    "environment, such as gsm8k"
)


class JudgedQuestion:
    """Scores a completion by the math judge, under the policy of a data set."""

    def __init__(self, policy: str = "default"):
        self.judge = MathVerifier(policy)

    def __call__(self, task: Task, completion: str) -> Reward:
        """Returns the judge's verdict as a reward."""
        return self.judge(completion, task.gold, task.prompt).to_reward()


class QuestionEnv(TextEnv):
    """Questions of a file, one a task."""

    summary = "Questions of a file, answers compared as values"
    parts = {"correct": "1 where the final answer has the gold's value"}

    def start_worker(self) -> None:
        """Waits for sympy, so that no completion's deadline has to; without it the judge says so row by row."""
        if isinstance(self.verifier, JudgedQuestion):
            with contextlib.suppress(NotReady):
                self.verifier.judge.warm()


def make_gsm8k(
    split: str = "train", data: str | None = None, answer_format: str = "boxed", render_mode: str | None = None
) -> QuestionEnv:
    r"""Builds GSM8K (arXiv 2110.14168): grade-school word problems.

    `test` is the published test file; `dev` is a tenth of the train file, chosen by a hash of the question, and `train`
    is the rest.

    Args:
        split: `train`, `dev` or `test`.
        data: Folder with `train.jsonl` and `test.jsonl`, or a data set as `hf:openai/gsm8k:main` (which `hf:` alone
            means); by default `gsm8k` in the folder that `GRPO_DATA` names.
        answer_format: `boxed` asks for `\boxed{}`, `tags` for `<answer>`.
        render_mode: Gymnasium's; None is the only one.
    """
    rows = _of_split(find_records("gsm8k", data), split, "question", "answer")
    return _env("gsm8k", split, rows, answer_format, "gsm8k", render_mode)


def make_math500(
    split: str = "test", data: str | None = None, answer_format: str = "boxed", render_mode: str | None = None
) -> QuestionEnv:
    r"""Builds MATH-500 of "Let's Verify Step by Step" (arXiv 2305.20050): a test set, without anything to train on.

    Args:
        split: `test`.
        data: Folder with `test.jsonl`, or a data set as `hf:HuggingFaceH4/MATH-500` (which `hf:` alone means); by
            default `math500` in the folder that `GRPO_DATA` names.
        answer_format: `boxed` asks for `\boxed{}`, `tags` for `<answer>`.
        render_mode: Gymnasium's; None is the only one.
    """
    if split != "test":
        raise UsageError(_TEST_ALONE.format("math500", split))
    rows = _of_split(find_records("math500", data), split, "problem", "answer")
    return _env("math500", split, rows, answer_format, "math", render_mode)


def make_aime(
    split: str = "test", data: str | None = None, answer_format: str = "boxed", render_mode: str | None = None
) -> QuestionEnv:
    r"""Builds an AIME-style test set: competition problems whose answers are whole numbers from 0 to 999.

    Any file of that form: AIME 2024, AIME 2025 or one's own. A row with another answer is left out and named.

    Args:
        split: `test`; there is nothing to train on.
        data: A `.jsonl` or `.parquet` file, a folder with a `test` file, or a data set whose `test` split, or else all
            of it, is the test set: `hf:HuggingFaceH4/aime_2024` (which `hf:` alone means), `hf:Maxwell-Jia/AIME_2024`;
            by default `aime` in the folder that `GRPO_DATA` names.
        answer_format: `boxed` asks for `\boxed{}`, `tags` for `<answer>`.
        render_mode: Gymnasium's; None is the only one.
    """
    if split != "test":
        raise UsageError(_TEST_ALONE.format("aime", split))
    found = find_records("aime", data, one_file=True)
    whole = found.parts and "test" not in found.parts
    rows = rows_of(found.all(), found.place) if whole else _of_split(found, split, None, None)
    return _env("aime", split, map(_three_digits, rows), answer_format, "default", render_mode)


def _three_digits(row: Row | Rejected) -> Row | Rejected:
    if isinstance(row, Rejected) or re.fullmatch(r"\s*0*\d{1,3}\s*", row.answer, re.ASCII):
        return row
    return Rejected(row.line, f"the answer {row.answer[:40]!r} is no whole number from 0 to 999")


def make_math_dataset(
    split: str = "train",
    data: str | None = None,
    question_field: str | None = None,
    answer_field: str | None = None,
    answer_format: str = "boxed",
    policy: str = "default",
    render_mode: str | None = None,
) -> QuestionEnv:
    r"""Builds an environment over any file of questions and answers.

    A folder with `train` and `test` files is read as GSM8K's is. A single file is divided by a hash of the question:
    80% train, 10% dev, 10% test.

    Args:
        split: `train`, `dev` or `test`.
        data: A `.jsonl` or `.parquet` file, a folder with `train` and `test` files, or a data set of the hub as
            `hf:owner/name:configuration`.
        question_field: Name of the question's field; found among the usual names when None.
        answer_field: Name of the answer's field; found among the usual names when None.
        answer_format: `boxed` asks for `\boxed{}`, `tags` for `<answer>`.
        policy: What counts as equal: default, gsm8k, math or strict.
        render_mode: Gymnasium's; None is the only one.
    """
    if data is None:
        raise UsageError(
            "math-dataset needs a file: give data=PATH of a .jsonl or .parquet file (--env-arg data=PATH, or --data "
            "PATH), or data=hf:OWNER/NAME:CONFIGURATION of a data set on the Hugging Face hub"
        )
    found = find_records("math-dataset", data, one_file=True)
    if list(found.parts) == [""]:
        rows = only(rows_of(found.all(), found.place, question_field, answer_field), (split,))
    else:
        rows = _of_split(found, split, question_field, answer_field)
    return _env(found.name, split, rows, answer_format, policy, render_mode)


def _of_split(found: SplitRecords, split: str, question: str | None, answer: str | None) -> Iterable[Row | Rejected]:
    """The test part is the test split; dev is carved out of the train part unless it has a part of its own."""
    parts = found.parts
    if split in parts and (split != "train" or "dev" in parts):
        return rows_of(parts[split], found.place, question, answer)
    if "train" not in parts or split == "test":
        raise UsageError(f"no {split}.jsonl or {split}.parquet, and no split of that name, in {found.place}")
    rows = rows_of(parts["train"], found.place, question, answer)
    return only(rows, ("dev",) if split == "dev" else ("train", "test"))


def _env(
    name: str,
    split: str,
    rows: Iterable[Row | Rejected],
    answer_format: str,
    policy: str,
    render_mode: str | None,
) -> QuestionEnv:
    return QuestionEnv(QuestionTasks(name, split, rows, answer_format), JudgedQuestion(policy), render_mode=render_mode)
