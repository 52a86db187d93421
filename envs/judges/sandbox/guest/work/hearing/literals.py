"""Other values of the same look: what the tests might have written as well.

Guest code. An object that looks at the kind, the size or the spelling of what it is shown finds nothing to tell the
tests' own values by.
"""

from typing import Any

FAR = 10**15
TRIES = 40  # after so many values were refused, the tests' own are taken
CHANCES = 5
ORDERLY = 20
CLASSES = ("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789")
MARKS = "A0"  # a letter and a digit: where one is allowed, the other may be


class Literals:
    """Puts other values in place of the tests' own, each in place of the same one throughout, no two alike.

    Args:
        rng: Where chance comes from, a `random.Random`.
        share: How likely a value is to be replaced.
        only: `shown` where values are replaced only where an operator sees them, `given` where only elsewhere.
        free: Whether each place has a value of its own, and what is empty may hold something.
        tests: Where given, {kind: the tests' own values}, any of which may stand for another.
        near: Whether values are near the tests' own from the first.
        reach: How far whole numbers go, beside twice their size.

    Attributes:
        known: What stands for each value.
        drawn: Where each place has a value of its own, {kind: those that were drawn}.
        changed: Whether anything has been replaced.
        stuck: Whether a value had to stay the tests' own because no other was taken.
    """

    def __init__(
        self,
        rng: Any,
        share: float = 0.0,
        only: str = "",
        free: bool = False,
        tests: Any = None,
        near: bool = False,
        reach: int = 9,
    ) -> None:
        self.rng, self.share, self.only, self.free = rng, share, only, free
        self.near, self.reach = near, reach
        # In some worlds what is less than another stays so: an interval whose ends have changed places holds nothing.
        self.ordered = bool(share) and rng.random() < 0.5
        self.tests = {} if tests is None else tests
        self.known, self.drawn = {}, {}
        self.begin()
        self.changed = self.stuck = False

    def begin(self) -> None:
        """Begins a step; what it meets first may still become another."""
        self.new, self.refused, self.met, self.certain = [], 0, 0, 0

    def again(self) -> bool:
        """Takes back what the step met first: it was refused. Returns whether there is anything else to be tried.

        A constructor that reads dates or numerals takes few texts of the same look: the next are nearer to the tests'
        own, which are the last.
        """
        if not self.share or not self.met or self.refused == TRIES:
            return False
        self.refused += 1
        self.met, self.certain = 0, self.rng.randrange(self.met)
        for key in self.new:
            self.known.pop(key, None)
        self.stuck |= self.refused == TRIES
        self.new = []
        return True

    def of(self, value, shown):
        """Returns what stands for `value`, which is `shown` to an operator or given to anything else."""
        return self._other(value) if self.only in ("", "shown" if shown else "given") else value

    def note(self, held):
        """Notes in `held`, {kind: [values]}, what stands for anything here."""
        values_in([*self.known.values(), *self.drawn.values()], held)

    def asks_beyond(self, asked, held):
        """Returns whether what stands for `asked` here has a value in it that the world of `held` does not hold."""
        known, found = {}, {}
        values_in([*held.known.values(), *(own for _, own in (held.known if held.only else ()))], known)
        values_in(self.of(asked, True), found)
        return any(atom not in known.get(kind, ()) for kind, atoms in found.items() for atom in atoms)

    def _other(self, value):
        kind = type(value)
        if kind in (list, tuple, set, frozenset):
            filled = value or ([self.rng.randint(1, 9)] if self.free and self._replaced() else [])
            return kind(map(self._other, filled))
        if kind is dict:
            return {key: self._other(item) for key, item in value.items()}
        if kind not in (int, float, str, bool):
            return value
        if self.free:
            found = self._drawn(value) if self._replaced() else value
            self.changed |= found != value
            values_in(found, self.drawn)
            return found
        if (kind, value) not in self.known:
            self.new.append((kind, value))
            self.known[kind, value] = self._distinct(value) if self._replaced() else value
            self.changed = any(found != own for (_, own), found in self.known.items())
        return self.known[kind, value]

    def _replaced(self):
        """Returns whether the next value is to be another; of what was refused one is, and maybe others."""
        at, self.met = self.met, self.met + 1
        if self.refused < 2 or self.refused == TRIES:
            return self.refused < TRIES and self.rng.random() < self.share
        return at == self.certain or self.rng.random() < 0.3

    def _distinct(self, value):
        """Returns another value that stands for none yet: of two that are not equal, none is the other."""
        pairs = [(own, found) for (kind, own), found in self.known.items() if kind is type(value)]
        found = self._drawn(value)
        for _ in range((ORDERLY if self.ordered else CHANCES) if type(value) is not bool else 0):
            if all(found != other and (not self.ordered or (value < own) is (found < other)) for own, other in pairs):
                break
            found = self._drawn(value)
        return found

    def _drawn(self, value):
        if isinstance(value, bool) or not (self.refused or self.near):
            return self._alike(value)
        others = [other for other in self.tests.get(type(value), ()) if other != value]
        if others and self.refused > TRIES // 2 and self.rng.random() < 0.25:  # two spellings may mean the same
            return self.rng.choice(others)
        found = [self._near(value) for _ in range(CHANCES)]
        return next((near for near in found if near != value), value)

    def _alike(self, value):
        if isinstance(value, bool):
            return not value
        if isinstance(value, str):  # an empty text has no look: a letter is another
            return "".join(self._letter(letter) for letter in value or CLASSES[0][0])
        near, far = 9, self.reach + 2 * abs(int(value) if abs(value) < FAR else 0)
        step = self.rng.choice((-1, 1)) * self.rng.randint(1, self.rng.choice((near, far)))
        return value - step if value >= 0 > value + step else value + step

    def _near(self, value):
        """Returns a value that differs little: a number by one or two, a text in one letter, or in their order."""
        if not isinstance(value, str):
            step = self.rng.choice((-2, -1, 1, 2))
            return value - step if value >= 0 > value + step else value + step
        if not value:
            return self._letter(CLASSES[0][0])
        places = [at for at, letter in enumerate(value) if letter.isalnum()] or range(len(value))
        at, other = self.rng.choice(places), self.rng.choice(places)
        how = self.rng.randrange(10)
        if how == 0:
            return value[:at] + value[at + 1 :] or value
        if how == 1:
            return value[:at] + value[at] + value[at:]
        letters = list(value)
        if how < 4:  # two that change places: a sum over all digits stays what it was
            letters[at], letters[other] = letters[other], letters[at]
        else:
            letters[at] = self._letter(value[at] if how > 4 else self.rng.choice(MARKS))
        return "".join(letters)

    def _letter(self, letter):
        kind = next((letters for letters in CLASSES if letter in letters), letter)
        return self.rng.choice(kind)


def values_in(value, found):
    """Notes in `found`, {kind: [values]}, the numbers and texts that plain data holds."""
    if type(value) in (list, tuple, set, frozenset):
        for item in value:
            values_in(item, found)
    elif type(value) is dict:
        for item in value.values():
            values_in(item, found)
    elif type(value) in (int, float, str) and value not in found.setdefault(type(value), []):
        found[type(value)].append(value)
