"""What the answers to one question in several worlds say: whether it has an answer, and whether it could have another.

Guest code.
"""

import itertools

from ..objects.operators import COMPARISONS, DESCRIPTIONS
from .record import Handle

ORDER = ("__lt__", "__le__", "__gt__", "__ge__")
RELATIONS = (*COMPARISONS, "__contains__")
ENOUGH = 6
TIED = 0.25  # how many pairs of other values an order may find equal, and tell apart by when they were made
# How many of the questions about what no world holds, or what its own does not, a container answers with no, at least.
DENIED, STRANGE = 1 / 8, 1 / 16
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
            among them.
        beside: The answers of and about objects of worlds in which all is over: [{world it is about: answers}, {world
            whose object was asked: answers}], those about values that were drawn for the question alone among them.
        fresh: Those.
        unheard: Those of them about values that no world holds: a register of all worlds may hold any other.
        missing: How many questions could not be asked: what they are about could not be made.
    """

    def __init__(self, asked):
        self.operation = asked.operation
        self.claimed = asked.value
        self.is_relation = asked.operation in RELATIONS and type(asked.value) is bool
        self.told = {}
        self.again = []
        self.turned = []
        self.alike = []
        self.beside = [{}, {}]
        self.fresh = []
        self.unheard = []
        self.missing = 0
        self.asked = asked.arguments[0] if asked.arguments else None

    def note(self, one, other, answer, of_twins):
        """Notes the answer of a world's object about another's; of both sides, one may be an object of no world."""
        own = type(one) is type(other) is int and one < 2 and other < 2
        if own and not of_twins:
            self.again.append(answer)
        if answer is None:
            return
        if of_twins:
            self.alike.append(answer)
        elif type(one) is type(other) is int:
            self.told[one, other] = answer
        elif type(other) not in (int, Handle):
            self.fresh.append(answer)
            self.unheard.extend([answer] if other.unheard else [])
            self.beside[1].setdefault(one, []).append(answer)
        else:
            side, world = (0, other) if type(other) is int else (1, one)
            self.beside[side].setdefault(world, []).append(answer)

    def holds(self, worlds, within=True):
        """Returns whether the tests' own question has the answer of the tests, and worlds of the same values agree."""
        claimed = all(same(answer, self.claimed) for answer in self.again)
        return bool(self.again) and claimed and self.agrees(worlds, within)

    def agrees(self, worlds, within=True):
        """Returns whether worlds that hold the same values gave one answer; with `within`, asked of themselves as well.

        An order may tell those that are equal apart by when they were made: most of its answers have to.
        """
        seen = {}
        for (one, other), answer in self.told.items():
            if within or one != other:
                seen.setdefault((worlds[one].literals, worlds[other].literals), []).append(answer)
        apart = sum(any(not same(answers[0], answer) for answer in answers) for answers in seen.values())
        return apart <= (len(seen) * TIED if self.operation in ORDER else 0)

    def _depends_on(self, side):
        """Returns whether answers differ that differ in one side alone: 0 for whom is asked, 1 for about what."""
        seen = {}
        for place, answer in self.told.items():
            if type(answer) is bool:
                seen.setdefault(place[1 - side], set()).add(answer)
        for world, answers in self.beside[side].items():
            seen.setdefault(world, set()).update(answer for answer in answers if type(answer) is bool)
        return any(len(answers) > 1 for answers in seen.values())

    def heard(self):
        """Returns the truth values that were given to this question, the other way round and about others as well."""
        given = [self.claimed, *self.turned, *self.told.values()]
        given += [answer for side in self.beside for answers in side.values() for answer in answers]
        return {answer for answer in given if type(answer) is bool}

    def others(self, worlds, only=""):
        """Returns the answers about other values than the tests'; with `only`, of the worlds that are so."""
        return [
            answer
            for (one, other), answer in self.told.items()
            if (worlds[one].literals.changed or worlds[other].literals.changed)
            and (not only or worlds[one].literals.only == only)
        ]

    def is_equivalence(self):
        """Returns whether those that are equal to one are equal to the same ones, as equality has to have it.

        Equal is here what `==` calls so and `!=` does not. Who calls equal what shares anything has more in common with
        one than with another.
        """
        equal = self.operation != "__ne__"
        rows = {}
        for (one, other), answer in self.told.items():
            if type(answer) is bool:
                rows.setdefault(one, {})[other] = answer is equal
        for first, second in itertools.combinations(rows.values(), 2):
            both = first.keys() & second.keys()
            if any(first[at] and second[at] for at in both) and any(first[at] is not second[at] for at in both):
                return False
        return True

    def denies_enough(self, worlds):
        """Returns whether a container says no to enough of what it may not hold: all but a few things is everything.

        Of what its own world does not hold, for who denies only what it was given denies none of that; or of what no
        world holds, for one register of all worlds holds the others. Where the worlds hold whatever looks alike, nobody
        can say.
        """
        if self.fresh and not self.unheard:
            return True
        strange = [
            answer
            for (one, other), answer in self.told.items()
            if type(answer) is bool and worlds[other].literals.asks_beyond(self.asked, worlds[one].literals)
        ]
        told = [(STRANGE, strange + self.fresh), (DENIED, self.unheard)]
        answers = [(share, [answer for answer in given if type(answer) is bool]) for share, given in told]
        return not answers[0][1] or any(given.count(False) >= share * len(given) for share, given in answers if given)

    def could_differ(self, worlds):
        """Returns whether another object, asked the same, and the object, asked about another, had another answer.

        Of an object that was combined with a value: whether another object had, and the same one with another value.
        """
        if self.operation in ORDER and False in self.turned:
            return True
        if self.is_relation:
            return all(self._depends_on(side) for side in (0, 1))
        if self.operation in DESCRIPTIONS:  # nothing is shown to who describes itself
            return any(not same(answer, self.claimed) for answer in self.others(worlds))
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
        if found.claimed is True and False in found.alike:
            return f"{found.operation} calls equal only what the tests hold"
        if (found.claimed is True or not found.is_relation) and not found.could_differ(worlds):
            return f"{found.operation} has the same answer whatever it is asked"
        if objection := _against(found, worlds):
            return f"{found.operation} {objection}"
    for relation in {found.operation for found in answers if found.is_relation}:
        asked = [found for found in answers if found.operation == relation]
        if not {True, False} <= set().union(*(found.heard() for found in asked)):
            return f"{relation} has the same answer whatever it is asked"
    return ""


def upheld_beside(answers, worlds, more):
    """Returns what keeps hearsay from counting beside other assertions, or an empty text.

    Args:
        answers: Those to the questions of the tests.
        worlds: The worlds they are of.
        more: {relation: answers to it about other objects}.
    """
    stuck = any(world.literals.stuck for world in worlds)
    for found in answers:
        if found.is_relation:
            objection = _objection(found, worlds, stuck, more.get(found.operation, ()))
            if objection:
                return f"{found.operation} {objection}"
        elif found.operation in DESCRIPTIONS:
            others = [*found.others(worlds), *more.get(found.operation, ())]
            enough = len(others) >= ENOUGH or stuck or found.missing >= ENOUGH
            if enough and all(same(answer, found.claimed) for answer in others):
                return f"{found.operation} has the same answer whatever it is asked"
    return ""


def _against(found, worlds):
    """Returns what speaks against a relation whoever upholds it, or an empty text."""
    if found.operation in ("__eq__", "__ne__") and not found.is_equivalence():
        return "is no equivalence"
    if found.operation == "__contains__" and found.claimed is True and not found.denies_enough(worlds):
        return "says yes to almost everything"
    return ""


def _objection(found, worlds, stuck, more):
    """Returns what speaks against a relation that counts beside other assertions, or an empty text."""
    # Of the tests' own values everything can be made again: who cannot hides from the question.
    if len(found.again) < OWN or any(type(answer) is not bool for answer in found.again):
        return "has no one answer"
    others = [answer for answer in found.others(worlds) if type(answer) is bool]
    if found.operation != "__contains__" and len(others) >= ENOUGH and not found.agrees(worlds, within=False):
        return "has no one answer"
    across = [found.told.get(pair) for pair in ((0, 1), (1, 0))]
    if found.operation == "__eq__":
        # Who is equal by a number of its own has the tests' answer of one world alone, and of two always the same.
        if [found.told.get((at, at)) for at in (0, 1)] != [found.claimed] * 2 or across[0] is not across[1]:
            return "has no one answer"
        if across[0] is found.claimed and not found.holds(worlds, within=False):
            return "has no one answer"
        if found.claimed is across[0] is True and False in found.alike:
            return "calls equal only what the tests hold"
    if len(others) < ENOUGH and not (stuck or found.missing >= ENOUGH):
        return ""  # there is nothing that the tests could have written as well
    if objection := _against(found, worlds):
        return objection
    if found.operation in ORDER:
        return "" if {True, False} <= found.heard().union(more) else "has the same answer whatever it is asked"
    if found.operation == "__eq__":
        differs = found.claimed is False or found.could_differ(worlds)
    else:
        differs = False in found.heard().union(found.fresh)
    return "" if differs else "says yes to everything"
