"""Asks an object of the candidate for the other answer, where the tests only ever wanted one.

Guest code. Of a relation that has only been said to hold, nobody knows whether it can fail to. So it is asked of what
it should not hold for: equality of other objects the tests have made, an order the other way round, membership of a
value nobody has put in. Whoever says yes to everything is found out.
"""

import os

from .proxies import Remote

MOST = 24
COMBINED = "an object that was combined with a value of the tests"
ORDER = ("__lt__", "__le__", "__gt__", "__ge__")


def other_answers(peer, relation, questions):
    """Returns the answers to questions about one relation that the tests did not ask.

    Args:
        peer: The connection to the other side.
        relation: A special method.
        questions: Pairs of an object and what it was asked about.
    """
    found = set()
    if relation == "__eq__" and not _constant(peer, questions[:MOST]):
        return found
    for target, other in questions[:MOST]:
        if relation == COMBINED:
            found |= _combined_anew(peer, target, *other)
            continue
        for one, another in _questions(peer, relation, target, other):
            try:
                answer = peer.request(relation, one, another)
            except Exception:
                continue
            if type(answer) is bool:
                found.add(answer)
    return found


def _constant(peer, questions):
    """Returns whether equalities that all had one answer have it still, and the other way round.

    An equality by what was made last, or was an operand once, has another answer when the tests are over.
    """
    answers = set()
    for target, other in questions:
        for one, another in ((target, other), (other, target)):
            try:
                answers.add(peer.request("__eq__", one, another) is True)
            except Exception:
                return False
    return len(answers) < 2


def _combined_anew(peer, target, operation, arguments, answer):
    """Returns False where the same question has another answer once the operand is another: what was shown counts."""
    recipe = object.__getattribute__(target, "_remote_state")["tainted"]
    if not isinstance(recipe, tuple):
        return set()
    name, left, right = recipe
    if isinstance(right, bool) or not isinstance(right, int | float) or operation == "call":
        return set()
    try:
        other = peer.request(name, left, right + 1 + os.urandom(1)[0] % 7)
        again = peer.request(operation, other, *arguments)
        return {False} if type(again) is type(answer) and again != answer else set()
    except Exception:
        return set()


def _questions(peer, relation, target, other):
    if relation in ORDER:
        yield other, target
    elif relation == "__contains__":
        strange = _strange(other)
        if strange is not None:
            yield target, strange
    elif relation == "__eq__":
        known = [one for one in list(peer.theirs.values())[:MOST] if isinstance(one, Remote) and one._remote_named]
        for one in known:
            if one is not target and one is not other and type(one) is type(other):
                yield target, one


def _strange(like):
    """Returns a value of the same kind that nobody has thought of, or None."""
    chance = os.urandom(12)
    if isinstance(like, bool):
        return None
    if isinstance(like, str):
        return chance.hex()
    if isinstance(like, bytes):
        return chance
    return int.from_bytes(chance, "big") if isinstance(like, int) else None
