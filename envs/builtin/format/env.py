"""The `format` environment: instructions about form that a program can check."""

from __future__ import annotations

from collections.abc import Sequence

from envs.builtin.format.compose import findings
from envs.builtin.format.families import FAMILIES
from envs.builtin.format.forms import KINDS
from envs.builtin.format.tasks import DEFAULT_LEVELS, ProceduralFormat
from envs.core.environment import TextEnv
from envs.core.reward import Reward
from envs.core.task import Task
from envs.core.text import reply_of

MAX_REPLY_CHARS = 20_000  # no reply asked for is a tenth as long
_BASE = ("topic", "length", "own_words")


class FollowsInstructions:
    """1 where the reply meets every constraint of its task.

    The reply is the completion without its thinking block and the space around it.

    Args:
        partial: Whether the score is instead the share of constraints met, as soon as the reply is on the topic, of
            the length asked for and in its own words; without these, nothing is met: silence uses no commas either.
    """

    def __init__(self, partial: bool = False):
        self.partial = partial

    def __call__(self, task: Task, completion: str) -> Reward:
        """Checks each constraint, which is a part of the reward under its family's name."""
        reply, gold = reply_of(completion), task.gold
        if len(reply) > MAX_REPLY_CHARS:
            return Reward(0.0, {"correct": 0.0}, outcome="too_long", reason=f"over {MAX_REPLY_CHARS} characters")
        if "kind" in gold:
            met = {gold["kind"]: KINDS[gold["kind"]].check(gold, reply)}
        else:
            constraints = [(name, tuple(params)) for name, *params in gold["constraints"]]
            met = findings(gold["topics"], constraints, task.prompt, reply)
        missed = [name for name, passed in met.items() if not passed]
        own = [name for name in met if name not in _BASE]
        sound = not any(name in missed for name in _BASE)
        share = sum(met[name] for name in own) / len(own) if sound else 0.0
        correct = float(not missed)
        parts = {"correct": correct, **{name: float(passed) for name, passed in met.items()}}
        reason = f"missed: {', '.join(missed)}" if missed else ""
        outcome = "missed" if missed else "correct"
        return Reward(share if self.partial else correct, parts, outcome=outcome, reason=reason)


class FormatEnv(TextEnv):
    """Instructions about form; see `ProceduralFormat` for levels, families and splits."""

    summary = "Instructions about the form of a reply, each checked by a program"
    parts = {
        "correct": "1 where every constraint is met",
        "topic": "1 where both topic words are used, and Latin letters alone (levels 2 to 4)",
        "length": "1 where the reply has 8 to 30 words (levels 2 to 4)",
        "own_words": "1 where no six words in a row are the prompt's (levels 2 to 4)",
        **{name: f"1 where the reply meets: {kind.says}" for name, kind in KINDS.items()},
        **{name: f"1 where the reply meets: {family.says}" for name, family in FAMILIES.items()},
    }


def make(
    split: str = "train",
    levels: int | Sequence[int] = DEFAULT_LEVELS,
    families: str | Sequence[str] | None = None,
    partial: bool = False,
    render_mode: str | None = None,
) -> FormatEnv:
    """Builds the environment.

    Args:
        split: `train`, `dev` or `test`.
        levels: Difficulties to draw from, 1 to 4; one or several.
        families: Kinds (level 1) and families (levels 2 to 4) to draw from; None or "all" for all.
        partial: Whether the share of constraints met is the score; an easier reward to climb.
        render_mode: Gymnasium's; None is the only one.
    """
    levels = [levels] if isinstance(levels, int) else levels
    if isinstance(families, str):
        families = None if families == "all" else [families]
    return FormatEnv(ProceduralFormat(split, families, levels), FollowsInstructions(partial), render_mode=render_mode)
