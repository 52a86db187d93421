"""What the answers to one question in several worlds say: whether it has an answer, and whether it could have another.

Guest code.
"""

from ..objects.operators import COMPARISONS, DESCRIPTIONS

ORDER = ("__lt__", "__le__", "__gt__", "__ge__")
RELATIONS = (*COMPARISONS, "__contains__")
ENOUGH = 6
OWN = 8  # of the two worlds that hold the tests' own values, each is asked about each, twice


class Answers:
    """The answers to one question of the tests.

    Attributes:
        operation: What was asked.
        claimed: What the tests were told.
        told: {(world of the object, world of what it is asked about): answer}; who raised is not in it.
        again: The answers to the tests' own question, each time it was asked; None of who raised.
        turned: Of an equality, whether what was made of the same values twice is equal; of an order, the answers to the
            question the other way round.
        alike: Of an equality, whether what was made of the same values twice is equal, other values than the tests'
            among them; as `told`.
    """

    def __init__(self, asked):
        self.operation = asked.operation
        self.claimed = asked.value
        self.is_relation = asked.operation in RELATIONS and type(asked.value) is bool
        self.told = {}
        self.again = []
        self.turned = []
        self.alike = {}

    def holds(self, worlds):
        """Returns whether worlds that hold the same values gave one answer, and the tests' own that of the tests."""
        if not self.again or any(not same(answer, self.claimed) for answer in self.again):
            return False
        seen = {}
        for (one, other), answer in self.told.items():
            known = seen.setdefault((worlds[one].literals, worlds[other].literals), answer)
            if not same(known, answer):
                return False
        return True

    def _depends_on(self, side):
        """Returns whether answers differ that differ in one side alone: 0 for whom is asked, 1 for about what."""
        seen = {}
        for place, answer in self.told.items():
            if type(answer) is bool:
                seen.setdefault(place[1 - side], set()).add(answer)
        return any(len(answers) > 1 for answers in seen.values())

    def others(self, worlds, only=""):
        """Returns the answers about other values than the tests'; with `only`, of the worlds that are so."""
        return [
            answer
            for (one, other), answer in self.told.items()
            if (worlds[one].literals.changed or worlds[other].literals.changed)
            and (not only or worlds[one].literals.only == only)
        ]

    def could_differ(self, worlds):
        """Returns whether another object, asked the same, and the object, asked about another, had another answer.

        Of an object that was combined with a value: whether another object had, and the same one with another value.
        """
        if self.operation in ORDER and False in self.turned:
            return True
        if self.is_relation:
            return all(self._depends_on(side) for side in (0, 1))
        shown, given = (self.others(worlds, only) for only in ("shown", "given"))
        return all(any(not same(answer, self.claimed) for answer in told) for told in (shown, given) if told)


def same(one, other):
    """Returns whether two answers are the same plain data."""
    return type(one) is type(other) and (one == other or one != one and other != other)


def upheld_alone(answers, worlds):
    """Returns what keeps hearsay from deciding everything, or an empty text."""
    for found in answers:
        if not found.holds(worlds):
            return f"{found.operation} has no one answer"
        # Who learned in the first questions which values are the tests' own knows no others.
        if found.claimed is True and False in found.alike.values():
            return f"{found.operation} calls equal only what the tests hold"
        if (found.claimed is True or not found.is_relation) and not found.could_differ(worlds):
            return f"{found.operation} has the same answer whatever it is asked"
    for relation in {found.operation for found in answers if found.is_relation}:
        asked = [found for found in answers if found.operation == relation]
        heard = [answer for found in asked for answer in (found.claimed, *found.turned, *found.told.values())]
        if not {True, False} <= {answer for answer in heard if type(answer) is bool}:
            return f"{relation} has the same answer whatever it is asked"
    return ""


def upheld_beside(answers, worlds, more):
    """Returns what keeps hearsay from counting beside other assertions, or an empty text.

    Args:
        answers: Those to the questions of the tests.
        worlds: The worlds they are of.
        more: {relation: answers to it about other objects}.
    """
    for found in answers:
        # Of the tests' own values everything can be made again: who cannot hides from the question.
        whole = len(found.again) >= OWN and all(type(answer) is bool for answer in found.again)
        if found.is_relation and not whole:
            return f"{found.operation} has no one answer"
        others = [answer for answer in found.others(worlds) if type(answer) is bool]
        if found.is_relation and len(others) >= ENOUGH and False not in (*others, *more.get(found.operation, ())):
            return f"{found.operation} says yes to everything"
        if found.operation in DESCRIPTIONS:
            others = [*found.others(worlds), *more.get(found.operation, ())]
            if len(others) >= ENOUGH and all(same(answer, found.claimed) for answer in others):
                return f"{found.operation} has the same answer whatever it is asked"
    return ""
