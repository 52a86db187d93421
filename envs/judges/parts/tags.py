"""The completion is a sequence of tagged blocks and nothing else."""

from __future__ import annotations

import re

from envs.core.errors import UsageError
from envs.core.reward import Reward
from envs.core.task import Task

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


class TagFormat:
    """1 where the completion is each tag once, in order, each with content, and only white space around them.

    `TagFormat("think", "answer")` asks for `<think>…</think><answer>…</answer>`. No tag of the format may stand within
    a block, so neither a second answer nor one hidden in the thoughts passes. The whole completion is read.

    Args:
        *names: The tags, in the order asked for.
        opened: Whether the prompt's template already opened the first tag.

    Raises:
        UsageError: No name, a name twice, or one that is no tag.
    """

    def __init__(self, *names: str, opened: bool = False):
        if not names or len(set(names)) < len(names) or not all(_NAME.fullmatch(name) for name in names):
            raise UsageError(f"tags are different names such as 'think', 'answer', not {names!r}")
        self.names = names
        self.opened = opened

    def __call__(self, task: Task, completion: str) -> Reward:
        """Reads the completion from its start, tag by tag."""
        rest = f"<{self.names[0]}>{completion}" if self.opened else completion
        for name in self.names:
            before, opened, rest = rest.partition(f"<{name}>")
            if not opened or before.strip():
                return self._fault(f"<{name}> missing, or text before it")
            content, closed, rest = rest.partition(f"</{name}>")
            if not closed:
                return self._fault(f"<{name}> is not closed")
            if not content.strip():
                return self._fault(f"<{name}> is empty")
            if any(tag in content for other in self.names for tag in (f"<{other}>", f"</{other}>")):
                return self._fault(f"a tag within <{name}>")
        return self._fault(f"text after </{self.names[-1]}>") if rest.strip() else Reward(1.0, outcome="well_formed")

    @staticmethod
    def _fault(reason: str) -> Reward:
        return Reward(0.0, outcome="malformed", reason=reason)
