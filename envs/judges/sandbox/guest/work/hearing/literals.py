"""Other values of the same look: what the tests might have written as well.

Guest code. An object that looks at the kind, the size or the spelling of what it is shown finds nothing to tell the
tests' own values by.
"""

from typing import Any

FAR = 10**15
CLASSES = ("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789")


class Literals:
    """Puts other values in place of the tests' own, each in place of the same one throughout.

    Args:
        rng: Where chance comes from, a `random.Random`.
        share: How likely a value is to be replaced.
        only: `shown` where values are replaced only where an operator sees them, `given` where only elsewhere.

    Attributes:
        known: What stands for each value.
        changed: Whether anything has been replaced.
    """

    def __init__(self, rng: Any, share: float = 0.0, only: str = "") -> None:
        self.rng, self.share, self.only = rng, share, only
        self.known = {}
        self.changed = False

    def of(self, value, shown):
        """Returns what stands for `value`, which is `shown` to an operator or given to anything else."""
        return self._other(value) if self.only in ("", "shown" if shown else "given") else value

    def _other(self, value):
        kind = type(value)
        if kind in (list, tuple):
            return kind(map(self._other, value))
        if kind is dict:
            return {key: self._other(item) for key, item in value.items()}
        if kind in (set, frozenset):
            return kind(map(self._other, value))
        if kind not in (int, float, str, bool):
            return value
        if (kind, value) not in self.known:
            self.known[kind, value] = self._alike(value) if self.rng.random() < self.share else value
            self.changed |= self.known[kind, value] != value
        return self.known[kind, value]

    def _alike(self, value):
        if isinstance(value, bool):
            return not value
        if isinstance(value, str):  # an empty text has no look: a letter is another
            return "".join(self._letter(letter) for letter in value or CLASSES[0][0])
        near, far = 9, 9 + 2 * abs(int(value) if abs(value) < FAR else 0)
        step = self.rng.choice((-1, 1)) * self.rng.randint(1, self.rng.choice((near, far)))
        return value - step if value >= 0 > value + step else value + step

    def _letter(self, letter):
        kind = next((letters for letters in CLASSES if letter in letters), letter)
        return self.rng.choice(kind)
