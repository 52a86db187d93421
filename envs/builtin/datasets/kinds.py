"""What the answers of a data set can be, and what judges each kind."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from envs.builtin.datasets.template import as_text
from envs.core.environment import Verifier
from envs.core.errors import UsageError
from envs.core.reward import Reward
from envs.core.rubric import Rubric
from envs.core.task import Task
from envs.judges import CodeTests, ExactMatch, JsonSchema, MathMatch, NumericMatch, RegexMatch, read_number
from envs.judges.code.rows import problem_of
from envs.judges.math.comparing.gold import parse_gold
from envs.judges.sandbox.cases import suite

OWN = "own"
"""The kind whose judge is a function of the user's own."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of answer.

    Attributes:
        gold: Turns the answer's value in a record into a task's gold.
            Raises ValueError, which every `UsageError` is, for one that cannot be judged by.
        verifier: Builds what judges a completion by it.
        answer_format: How a prompt asks for the answer unless told otherwise; `none` leaves the prompt as it is.
        part: What the score means.
        named: The part of the reward that says so, where the verifier names one, with those beside it.
    """

    gold: Callable[[Any], Any]
    verifier: Callable[[], Verifier]
    answer_format: str
    part: str
    named: Mapping[str, str] | None = None

    @property
    def meanings(self) -> dict[str, str]:
        """What the parts of a reward mean, as `TextEnv.parts` has it."""
        return dict(self.named or {"score": self.part})


class TaskPattern:
    """1 where the reply as a whole matches its task's own regular expression."""

    def __call__(self, task: Task, completion: str) -> Reward:
        """Matches the reply; see `RegexMatch` for what bounds a match."""
        return _pattern(task.gold)(task, completion)


@lru_cache(1024)
def _pattern(text: str) -> RegexMatch:
    return RegexMatch(text)


class OwnReward:
    """Scores by a function of the user's own, `reward(task, completion)`, which may return a number of numpy's too."""

    def __init__(self, function: Callable[[Task, str], Any]):
        self.function = function

    def __call__(self, task: Task, completion: str) -> Any:
        """Returns what the function says; the environment checks that it is a score."""
        score = self.function(task, completion)
        return score.item() if not isinstance(score, Reward) and getattr(score, "shape", None) == () else score


def own_verifier(reward: Any) -> Verifier:
    """Returns what judges by a reward of the user's own: a rubric, and what scores many at once, as it is."""
    return reward if isinstance(reward, Rubric) or hasattr(reward, "score_batch") else OwnReward(reward)


def _not_by_name() -> Verifier:
    raise UsageError("a reward of one's own comes from Python: grpo.dataset(..., reward=reward)")


def _as_it_is(value: Any) -> Any:
    return value


def _text(value: Any) -> str:
    text = as_text(value).strip()
    if not text:
        raise ValueError("the answer is empty")
    return text


def _math(value: Any) -> str:
    return parse_gold(_text(value)).answer


def _number(value: Any) -> str:
    text = _text(value)
    if read_number(text) is None:
        raise ValueError(f"the answer is no number: {text[:60]!r}")
    return text


def _regex(value: Any) -> str:
    return _pattern(_text(value)).pattern.pattern


def _tests(value: Any) -> dict[str, Any]:
    if isinstance(value, str) and value.lstrip().startswith("{"):  # a dictionary of tests as JSON text
        value = json.loads(value)
    problem = problem_of(value) if isinstance(value, dict) and "tests" not in value else None
    gold: dict[str, Any] = {"tests": value}
    if problem is not None:
        gold = problem.gold()
    elif isinstance(value, dict) and "tests" in value:
        gold = dict(value)
    suite(gold["tests"], gold.get("entry_point") or None, gold.get("context", ""))
    return gold


def _schema(value: Any) -> dict[str, Any]:
    schema = json.loads(value) if isinstance(value, str) else value
    JsonSchema(schema)
    return {"schema": schema}


_SHARE = "share of the tests that pass"


def _told(part: str, **beside: str) -> tuple[str, Mapping[str, str]]:
    return part, {"correct": part, **beside}


KINDS: dict[str, Kind] = {
    "math": Kind(_math, MathMatch, "boxed", *_told("1 where the final answer has the gold's mathematical value")),
    "exact": Kind(_text, ExactMatch, "tags", "1 where the answer is the gold as text"),
    "numeric": Kind(_number, NumericMatch, "tags", "1 where the answer is the gold as a number"),
    "regex": Kind(_regex, TaskPattern, "none", "1 where the reply matches the task's pattern as a whole"),
    "code": Kind(
        _tests, CodeTests, "none", *_told("1 where the code passes the task's tests in the sandbox", tests=_SHARE)
    ),
    "json_schema": Kind(_schema, JsonSchema, "none", "1 where the reply is JSON that the task's schema accepts"),
    OWN: Kind(_as_it_is, _not_by_name, "none", "what a function of the user's own gives, 0 to 1"),
}
ANSWERABLE = frozenset({"math", "exact", "numeric"})
"""The kinds whose gold is itself an answer."""
