"""The reply has the form of a regular expression."""

from __future__ import annotations

import re

from envs.core.errors import UsageError
from envs.core.reward import Reward
from envs.core.task import Task
from envs.core.text import reply_of


class RegexMatch:
    """1 where the reply matches a pattern as a whole.

    The pattern is yours and the text is hostile: `(a+)+b` takes time exponential in the text. Python cannot stop a
    match, so two things bound it: a reply over `max_chars` is refused unread, and verifiers run in the pool, whose
    worker is killed at the deadline (the completion then scores 0 with status `timeout`). Outside the pool, in
    `env.step` of your own loop, nothing stops a pattern that backtracks: avoid repeats within repeats, or make the
    inner one possessive (`a++`).

    Args:
        pattern: A Python regular expression.
        search: Whether a match anywhere is enough; weaker, and easier to game.
        max_chars: Longest reply that is read.

    Raises:
        UsageError: The pattern is none, or matches the empty reply.
    """

    def __init__(self, pattern: str, search: bool = False, max_chars: int = 4_000):
        try:
            self.pattern = re.compile(pattern)
        except re.error as error:
            raise UsageError(f"the pattern {pattern!r} is no regular expression: {error}") from error
        self.search = search
        self.max_chars = max_chars
        if self._match(""):
            raise UsageError(f"the pattern {pattern!r} matches an empty reply, which would be rewarded: ask for a `.+`")

    def _match(self, text: str) -> re.Match[str] | None:
        return self.pattern.search(text) if self.search else self.pattern.fullmatch(text)

    def __call__(self, task: Task, completion: str) -> Reward:
        """Matches the reply, which is the completion without its thinking block and the space around."""
        reply = reply_of(completion)
        if len(reply) > self.max_chars:
            return Reward(0.0, outcome="too_long", reason=f"{len(reply)} characters are over {self.max_chars}")
        found = self._match(reply)
        return Reward(float(found is not None), outcome="match" if found else "no_match")
