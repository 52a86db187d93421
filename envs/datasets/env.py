"""The environments `gsm8k`, `math500` and `math-dataset`: real questions, answers judged as values."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable
from pathlib import Path

from envs.datasets.records import Rejected
from envs.datasets.rows import Row, read_rows
from envs.datasets.source import QuestionTasks, find_file, only
from envs.environment import TextEnv
from envs.errors import UsageError
from envs.math.symbolic_client import NotReady
from envs.math.verifier import MathVerifier
from envs.reward import Reward
from envs.task import Task

DATA_VARIABLE = "GRPO_DATA"


class JudgedQuestion:
    """Scores a completion by the math judge, under the policy of a data set."""

    def __init__(self, policy: str = "default"):
        self.judge = MathVerifier(policy)

    def __call__(self, task: Task, completion: str) -> Reward:
        """Returns the judge's verdict as a reward."""
        return self.judge(completion, task.gold).to_reward()


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
        data: Folder with `train.jsonl` and `test.jsonl`; by default `gsm8k` in the folder that `GRPO_DATA` names.
        answer_format: `boxed` asks for `\boxed{}`, `tags` for `<answer>`.
        render_mode: Gymnasium's; None is the only one.
    """
    folder = _folder("gsm8k", data)
    rows = _of_folder(folder, split, "question", "answer")
    return _env("gsm8k", split, rows, answer_format, "gsm8k", render_mode)


def make_math500(
    split: str = "test", data: str | None = None, answer_format: str = "boxed", render_mode: str | None = None
) -> QuestionEnv:
    r"""Builds MATH-500 of "Let's Verify Step by Step" (arXiv 2305.20050): a test set, without anything to train on.

    Args:
        split: `test`.
        data: Folder with `test.jsonl`; by default `math500` in the folder that `GRPO_DATA` names.
        answer_format: `boxed` asks for `\boxed{}`, `tags` for `<answer>`.
        render_mode: Gymnasium's; None is the only one.
    """
    if split != "test":
        raise UsageError(f"math500 is a test set and has no split {split!r}: use split=test, and train on another")
    rows = _of_folder(_folder("math500", data), split, "problem", "answer")
    return _env("math500", split, rows, answer_format, "math", render_mode)


def make_aime(
    split: str = "test", data: str | None = None, answer_format: str = "boxed", render_mode: str | None = None
) -> QuestionEnv:
    r"""Builds an AIME-style test set: competition problems whose answers are whole numbers from 0 to 999.

    Any file of that form: AIME 2024, AIME 2025 or one's own. A row with another answer is left out and named.

    Args:
        split: `test`; there is nothing to train on.
        data: A `.jsonl` or `.parquet` file, or a folder with a `test` file; by default `aime` in the folder that
            `GRPO_DATA` names.
        answer_format: `boxed` asks for `\boxed{}`, `tags` for `<answer>`.
        render_mode: Gymnasium's; None is the only one.
    """
    if split != "test":
        raise UsageError(f"aime is a test set and has no split {split!r}: use split=test, and train on another")
    path = Path(data) if data is not None else None
    found = (
        read_rows(path) if path is not None and path.is_file() else _of_folder(_folder("aime", data), split, None, None)
    )
    return _env("aime", split, map(_three_digits, found), answer_format, "default", render_mode)


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
        data: A `.jsonl` or `.parquet` file, or a folder with `train` and `test` files.
        question_field: Name of the question's field; found among the usual names when None.
        answer_field: Name of the answer's field; found among the usual names when None.
        answer_format: `boxed` asks for `\boxed{}`, `tags` for `<answer>`.
        policy: What counts as equal: default, gsm8k, math or strict.
        render_mode: Gymnasium's; None is the only one.
    """
    if data is None:
        raise UsageError("math-dataset needs a file: give data=PATH of a .jsonl or .parquet file (--env-arg data=PATH)")
    path = Path(data)
    if path.is_dir():
        rows = _of_folder(path, split, question_field, answer_field)
    else:
        rows = only(read_rows(path, question_field, answer_field), (split,))
    return _env(path.stem, split, rows, answer_format, policy, render_mode)


def _folder(name: str, data: str | None) -> Path:
    root = os.environ.get(DATA_VARIABLE)
    if data is None and root is None:
        raise UsageError(
            f"{name} needs its data: give data=FOLDER (--env-arg data=FOLDER), or set {DATA_VARIABLE} to the folder "
            f"that holds {name}/"
        )
    folder = Path(data) if data is not None else Path(str(root)) / name
    if folder.is_file():
        folder = folder.parent
    if not folder.is_dir():
        raise UsageError(f"no folder {folder}: {name} needs the folder with its train and test files")
    return folder


def _of_folder(folder: Path, split: str, question: str | None, answer: str | None) -> Iterable[Row | Rejected]:
    """The test file is the test split; dev is carved out of the train file unless it has a file of its own."""
    own = find_file(folder, split)
    train = find_file(folder, "train")
    if own is not None and (split != "train" or find_file(folder, "dev") is not None):
        return read_rows(own, question, answer)
    if train is None or split == "test":
        raise UsageError(f"no {split}.jsonl or {split}.parquet in {folder}")
    return only(read_rows(train, question, answer), ("dev",) if split == "dev" else ("train", "test"))


def _env(
    name: str,
    split: str,
    rows: Iterable[Row | Rejected],
    answer_format: str,
    policy: str,
    render_mode: str | None,
) -> QuestionEnv:
    return QuestionEnv(QuestionTasks(name, split, rows, answer_format), JudgedQuestion(policy), render_mode=render_mode)
