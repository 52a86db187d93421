"""How models mark their thinking, which no judge takes for an answer: read the same way by all of them."""

from __future__ import annotations

import re

_THINK = r"(?:think(?:ing)?|reason(?:ing)?|thought|scratchpad|analysis|reflection)"
THINK_OPEN = re.compile(
    rf"<\s*{_THINK}(?:\s+[\w-]+\s*=[^<>]*)?\s*>|◁think▷|<\|begin_of_thought\|>|\[THINK\]", re.IGNORECASE
)
THINK_CLOSE = re.compile(rf"<\s*/\s*{_THINK}\s*>|◁/think▷|<\|end_of_thought\|>|\[/THINK\]", re.IGNORECASE)
