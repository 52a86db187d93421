"""Asks the candidate again what its objects decided: in a new process, several worlds at once, in an order by chance.

Guest code. Job body: `[whether hearsay stands alone, positions of the questions, the record, whether all other values
are near the tests' own]`. A world is the record
done again: two worlds hold the tests' own values, each other pair holds other values of the same look. The worlds
advance together, objects that never meet are made in any order, and every question is asked of an object of one world
about the value of each other one. Answer: `V` with `[what does not stand up, or an empty text]`.
"""

import collections
import contextlib
import itertools
import os

from ....crossing.values import PlainEncoder
from ....crossing.wire import Link, WireError
from ..objects.codec import PeerEncoder, PeerReader
from ..objects.operators import DESCRIPTIONS
from .literals import Literals, values_in
from .order import Order, merged
from .questions import ORDER, RELATIONS, Answers, upheld_alone, upheld_beside
from .record import ROOTS, THEIRS, Asked, Handle, Objects, Raised, Unrepeatable, paired

OTHERS = (1.0, 1.0, 1.0, 1.0, 0.6, 0.6)  # how many of the values are others, in each pair of worlds but two
KINDS = ((0.0, ""), *((share, "") for share in OTHERS), (1.0, "shown"), (1.0, "given"))  # as `Literals` takes them
# More of those in which one side alone is another: `V(7) % 4` may well be what another object's is.
ONE_SIDED = ((1.0, "shown"), (1.0, "given")) * 3
MAX_QUESTIONS = 8
MOST = 16
# Worlds in which all is over: what was made there is other than what is asked about, whatever the tests write.
OVER = ((0.0, False), (1.0, True), *((0.5, True),) * 6)
ASKED_OF = 4  # of how many worlds objects are brought together with those
FURTHER = 29
CANNOT = "it cannot be asked again"


def run(link, body, descriptors):
    """Holds a hearing and reports what came of it."""
    from ....crossing.live import LiveReader

    alone, questions, record, near = LiveReader(body).decode()
    try:
        found = Session(Link(descriptors[0])).hear(alone, questions, record, near)
    except Unrepeatable:
        found = CANNOT if alone else ""
    except (EOFError, OSError):
        found = "its process ended"
    link.send(b"V", PlainEncoder().encode([found]))


class World:
    """The record done again with some values; `known` holds its objects, by their numbers in the record."""

    def __init__(self, literals, known):
        self.literals = literals
        self.known = dict(known)


class Shown:
    """A value that was drawn for a question alone; `unheard` where no world holds it."""

    def __init__(self, value, unheard):
        self.value = value
        self.unheard = unheard


class Session:
    """One hearing.

    Attributes:
        strict: As `Peer.strict`: this side is the tests', and names functions of libraries.
        kept: As `Peer.kept`, and `wanted` as `Peer.wanted`: nothing of this side's own crosses.
    """

    strict = True
    kept = ()
    wanted = frozenset()

    def __init__(self, link):
        """Holds the connection to the candidate's new process."""
        import random  # not for every child's memory

        self.link = link
        self.rng = random.Random(os.urandom(16))
        self.worlds = []

    def number(self, value):
        """See `Peer.number`: handles alone are of the other side."""
        if type(value) is not Handle:
            raise Unrepeatable
        return value.number | THEIRS

    def number_there(self, _):
        """See `Peer.number_there`."""
        return 0

    def hear(self, alone, questions, record, near):
        """Asks everything and returns what does not stand up, or an empty text."""
        steps = [Asked(entry) for entry in record]
        known, roots = {}, set()
        for step in steps:
            if step.operation in ROOTS:
                paired(step.value, self._ask(step.message({}, Literals(self.rng))), known)
                roots.update(step.made)
        tests = {}
        for step in steps:
            values_in([*step.arguments, *step.keywords.values()], tests)
        kinds = [Literals(self.rng, share, only, tests=tests, near=near) for share, only in (*KINDS, *ONE_SIDED)]
        self.worlds = [World(kind, known) for kind in kinds for _ in range(2)]
        over = [World(Literals(self.rng, share, "", free, tests, near), known) for share, free in OVER]
        order, done, answers = Order(roots), 0, []
        for position in self._chosen(questions, steps):
            self._advance(order, steps[done:position], [] if done else self._to_the_end(over, steps, roots))
            answers.append(self._answers(steps[position], over, self._made(over, steps)))
            done = position
        self._advance(order, steps[done:])
        if alone:
            return upheld_alone(answers, self.worlds)
        return upheld_beside(answers, self.worlds, self._more(answers, steps, roots))

    def _to_the_end(self, over, steps, roots):
        """Returns all that is done to objects, for each of the worlds in which it is over."""
        found = []
        for world in over:
            lists = Order(roots).groups([step for step in steps if step.operation not in ROOTS])
            done = [step for groups in lists for step in merged(self.rng, groups)]
            found.append([(world, step) for step in done if step.group is not None or step.operation == "getattr"])
        return found

    def _made(self, over, steps):
        """Returns some objects of the worlds in which all is over that classes made, rather than functions."""
        classes = {number for step in steps if step.operation == "name classes" for number in step.made}
        kinds, used = {}, collections.Counter(number for step in steps for number in step.touched)
        for step in steps:
            if step.operation == "call" and classes.intersection(step.touched[:1]):
                for number in step.made:
                    found = [world.known.get(number) for world in over]
                    kinds.setdefault((step.request, used[number]), []).extend(
                        one for one in found if type(one) is Handle
                    )
        for objects in kinds.values():  # what was done to an object makes it another kind
            self.rng.shuffle(objects)
        turns = [one for row in itertools.zip_longest(*kinds.values()) for one in row if one is not None]
        return turns[:MOST]

    def _chosen(self, questions, steps):
        """Returns some of the questions, in their order: of each relation one that was answered yes, and one no."""
        mixed, kinds = self.rng.sample(questions, len(questions)), {}
        for position in mixed:
            kinds.setdefault((steps[position].operation, repr(steps[position].value)), position)
        first = [position for position in mixed if position in kinds.values()]
        rest = [position for position in mixed if position not in kinds.values()]
        return sorted([*first, *rest][:MAX_QUESTIONS])

    def _advance(self, order, steps, beside=()):
        """Does the steps in every world, the worlds taking turns by chance, and what is done `beside`."""
        lists = order.groups([step for step in steps if step.operation not in ROOTS])
        for groups in lists:
            turns = [[(world, step) for step in merged(self.rng, groups)] for world in self.worlds]
            for world, step in merged(self.rng, [*turns, *beside]):
                self._do(world, step)
            beside = ()
        for world, step in merged(self.rng, beside):
            self._do(world, step)

    def _do(self, world, step):
        world.literals.begin()
        while True:
            with contextlib.suppress(Raised):
                paired(step.value, self._ask(step.message(world.known, world.literals)), world.known)
                return
            able = all(number in world.known for number in step.touched)
            if not (able and step.made and step.operation == "call" and world.literals.again()):
                return

    def _answers(self, step, over, others):
        """Asks one question of every world's object, a relation about every world's value, and `others` of `over`."""
        found = Answers(step)
        count = range(2 * len(KINDS) if found.is_relation else len(self.worlds))
        pairs = [(one, other) for one in count for other in (count if found.is_relation else (one,))]
        pairs += [(one, other) for one, other in pairs if one < 2 and other < 2]  # the tests' own question, once more
        asked = [(self._question, *pair) for pair in pairs]
        if step.operation == "__eq__":
            asked += [(twins, one, one ^ 1) for one in count for twins in (self._twins, self._equals)]
        asked += self._with_others(found, over, others)
        self.rng.shuffle(asked)
        for worded, one, other in asked:
            try:
                question = worded(step, *(self.worlds[at] if type(at) is int else at for at in (one, other)))
            except Raised:  # it could not be made: who has a register of all there is makes nothing twice
                found.missing += 1
                continue
            if type(question[1]) is not Handle:  # plain data came of other values
                continue
            answer = None
            with contextlib.suppress(Raised):
                answer = self._ask(question)
            found.note(one, other, answer, worded in (self._twins, self._equals))
        for one, other in (self.worlds[:2], self.worlds[1::-1]):
            with contextlib.suppress(Raised):
                found.turned.append(self._ask(self._turned(step, one, other)))
        return found

    def _with_others(self, found, over, others):
        """Returns what is to be asked of and about objects of the worlds in which all is over."""
        if not found.is_relation:
            return []
        worlds = [0, *self.rng.sample(range(1, 2 * len(KINDS)), ASKED_OF - 1)]
        pairs = [pair for at in worlds for other in others for pair in ((other, at), (at, other))]
        if found.operation == "__contains__":
            shown = self._shown(found.asked, over, ASKED_OF * len(worlds))
            pairs += zip(worlds * ASKED_OF, shown, strict=True)
        return [(self._question, one, other) for one, other in pairs]

    def _shown(self, asked, over, count):
        """Returns so many other values of the look of what was asked about.

        A register of all objects has what every world put there, those in which all is over too: of small numbers that
        may be all that are as near as the worlds' own, so these go further.
        """
        literals, heard, shown = Literals(self.rng, 1.0, free=True, reach=FURTHER), {}, []
        for world in (*self.worlds, *over):
            world.literals.note(heard)
        for _ in range(count):
            atoms = {}
            values_in(value := literals.of(asked, True), atoms)
            unheard = any(atom not in heard.get(kind, ()) for kind, found in atoms.items() for atom in found)
            shown.append(Shown(value, unheard))
        return shown

    def _twins(self, step, one, other):
        """Returns the question whether what was made of the same values twice is equal."""
        operation, target, arguments, keywords = step.message(one.known, one.literals)
        if operation != "__eq__" or type(arguments[0]) is not Handle:
            raise Raised
        return [operation, target, [step.message(other.known, other.literals)[1]], keywords]

    def _equals(self, step, one, other):
        """Returns the same of what the question is about."""
        operation, _, arguments, keywords = step.message(one.known, one.literals)
        if type(arguments[0]) is not Handle:
            raise Raised
        return [operation, arguments[0], step.message(other.known, other.literals)[2], keywords]

    def _turned(self, step, one, other):
        """Returns a question that has the other answer where the tests were told no equality, or an order."""
        operation, target, arguments, keywords = step.message(one.known, one.literals)
        if operation == "__eq__":
            return [operation, target, [step.message(other.known, other.literals)[1]], keywords]
        if operation in ORDER and type(arguments[0]) is Handle:
            return [operation, arguments[0], [target], keywords]
        raise Raised

    def _question(self, step, one, other):
        """Returns the question of one world's object about another's value; a handle is an object itself."""
        if type(one) is Handle:
            operation, _, arguments, keywords = step.message(other.known, other.literals)
            return [operation, one, arguments, keywords]
        operation, target, arguments, keywords = step.message(one.known, one.literals)
        if type(other) in (Handle, Shown):
            if (type(arguments[0]) is Handle) != (type(other) is Handle):
                raise Raised
            arguments = [other.value if type(other) is Shown else other]
        elif other is not one:
            arguments = step.message(other.known, other.literals)[2]
        return [operation, target, arguments, keywords]

    def _more(self, answers, steps, roots):
        """Returns what else was or is said of the relations: of all that the code made, when everything is over."""
        more = {}
        for step in steps:
            if step.operation in (*RELATIONS, *DESCRIPTIONS):
                more.setdefault(step.operation, []).append(step.value)
        if any(found.operation == "__eq__" for found in answers):
            made = [n for s in steps if s.operation in ("call", *RELATIONS) for n in s.made if n not in roots]
            objects = [self.worlds[0].known[number] for number in made[:MOST] if number in self.worlds[0].known]
            for one in objects:
                for other in objects:
                    if one is not other and type(one) is type(other) is Handle:
                        with contextlib.suppress(Raised):
                            more.setdefault("__eq__", []).append(self._ask(["__eq__", one, [other], {}]))
        return more

    def _ask(self, message):
        """Makes one request and returns the value it is answered with."""
        self.link.send(b"q", PeerEncoder(self).encode(message))
        while True:
            kind, body = self.link.receive()
            if kind == b"q":
                self.link.send(b"e", PeerEncoder(self).encode([None, ["PermissionError"], [], {}, None, 0, None, ""]))
                continue
            if kind != b"r":
                raise Raised
            try:
                return PeerReader(body, Objects()).decode()[0]
            except (WireError, LookupError, TypeError) as error:
                raise Raised from error
