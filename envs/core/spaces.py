"""A Gymnasium space for text of any length and any alphabet."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium.spaces import Space


class UnicodeText(Space[str]):
    """Every Python string.

    `gymnasium.spaces.Text` has a fixed alphabet and a maximal length, which neither prompts nor completions have.
    `sample` draws short printable text, enough for Gymnasium's checker and for tests of verifiers.
    """

    _SAMPLE_ALPHABET = "abcdefghijklmnopqrstuvwxyz 0123456789.,=+-<>/\\{}é√"
    _SAMPLE_MAX_CHARS = 32

    def __init__(self, seed: int | np.random.Generator | None = None):
        super().__init__(shape=None, dtype=None, seed=seed)

    @property
    def is_np_flattenable(self) -> bool:
        """Text has no fixed-size array form."""
        return False

    def sample(self, mask: Any | None = None, probability: Any | None = None) -> str:
        """Returns random short text; masks make no sense here and are refused."""
        if mask is not None or probability is not None:
            raise ValueError("UnicodeText.sample takes no mask and no probability")
        length = int(self.np_random.integers(0, self._SAMPLE_MAX_CHARS + 1))
        picks = self.np_random.integers(0, len(self._SAMPLE_ALPHABET), size=length)
        return "".join(self._SAMPLE_ALPHABET[i] for i in picks)

    def contains(self, x: Any) -> bool:
        """Whether `x` is a string."""
        return isinstance(x, str)

    def __repr__(self) -> str:
        return "UnicodeText()"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UnicodeText)

    __hash__ = None  # type: ignore[assignment]  # spaces are mutable (they hold a generator)
