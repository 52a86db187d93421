"""The `countdown` environment: reach a target from given numbers, checked exactly."""

from __future__ import annotations

from collections.abc import Sequence

from envs.builtin.countdown.expression import BadExpression, Step, fault_of, read_steps
from envs.builtin.countdown.tasks import DEFAULT_LEVELS, ProceduralCountdown
from envs.core.environment import TextEnv
from envs.core.errors import UsageError
from envs.core.reward import Reward
from envs.core.rubric import Part, Rubric
from envs.core.task import Task
from envs.core.text import reply_of
from envs.judges.parts.answer import read_answer


class Reaches:
    """1 where the answer is made of each given number exactly once and, unless `any_target`, equals the target.

    The answer is read by `envs.judges.read_answer` and is an expression, `(5-2)*8`, or its steps, `5-2=3 3*8=24`. A
    tag that holds the target alone is an answer where all the text before it is its steps.

    Args:
        any_target: Whether any value will do.
    """

    def __init__(self, any_target: bool = False):
        self.any_target = any_target

    def __call__(self, task: Task, completion: str) -> Reward:
        """Reads and checks the answer."""
        answer = read_answer(completion)
        if answer.text is None:
            return answer.missing()
        shown = answer.text[:500]
        try:
            steps = _steps(answer.text, completion)
            fault = fault_of(steps, task.gold["numbers"])
            if fault:
                return Reward(0.0, outcome="not_the_numbers", answer=shown, reason=fault)
            reached = fault_of([*steps[:-1], Step(steps[-1].expression, task.gold["target"])], task.gold["numbers"])
        except BadExpression as error:
            return Reward(0.0, outcome="no_expression", answer=shown, reason=str(error))
        if reached and not self.any_target:
            return Reward(0.0, outcome="wrong", answer=shown, reason=reached)
        return Reward(1.0, outcome="correct", answer=shown)


def _steps(answer: str, completion: str) -> list[Step]:
    """Returns the steps of an answer; where it is a number alone, those that lead to it."""
    steps = read_steps(answer)
    if len(steps) > 1 or not isinstance(steps[0].expression, int) or steps[0].result is not None:
        return steps
    working, tag, _ = reply_of(completion).partition("<answer>")
    if not tag or not working.strip():
        return steps
    led = read_steps(working)
    if led[-1].result != steps[0].expression:
        raise BadExpression("the steps do not end in the answer")
    return led


class CountdownEnv(TextEnv):
    """Numbers to combine; see `ProceduralCountdown` for levels and splits."""

    summary = "Reach a number from given numbers, the expression checked exactly"
    parts = {
        "correct": "1 where the expression uses each number exactly once and equals the target",
        "numbers": "1 where it uses each number exactly once, whatever its value; in the score by format_weight",
    }


def make(
    split: str = "train",
    levels: int | Sequence[int] = DEFAULT_LEVELS,
    format_weight: float = 0.0,
    render_mode: str | None = None,
) -> CountdownEnv:
    """Builds the environment.

    Args:
        split: `train`, `dev` or `test`.
        levels: Difficulties to draw from, 1 (two numbers) to 5 (six); one or several.
        format_weight: What an expression of the right numbers and the wrong value earns beside the 1 of a right one,
            before both are scaled into [0, 1]; 0 for a reward of right or wrong.
        render_mode: Gymnasium's; None is the only one.

    Raises:
        UsageError: An unknown split or level, or a weight outside [0, 1].
    """
    if not 0 <= format_weight <= 1:
        raise UsageError(f"format_weight is {format_weight}: give a number from 0 to 1")
    rubric = Rubric(
        Part("correct", Reaches(), primary=True),
        Part("numbers", Reaches(any_target=True), weight=format_weight),
    )
    levels = [levels] if isinstance(levels, int) else levels
    return CountdownEnv(ProceduralCountdown(split, levels), rubric, render_mode=render_mode)
