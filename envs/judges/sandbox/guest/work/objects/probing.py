"""Asks an object of the candidate for the other answer, where the tests only ever wanted one.

Guest code. Of a relation that has only been said to hold, nobody knows whether it can fail to. So it is asked of what
it should not hold for: equality of other objects the tests have made, an order the other way round, membership of a
value nobody has put in. Whoever says yes to everything is found out.
"""

import os

from .proxies import Remote

MOST = 24
ORDER = ("__lt__", "__le__", "__gt__", "__ge__")


def other_answers(peer, relation, questions):
    """Returns the answers to questions about one relation that the tests did not ask.

    Args:
        peer: The connection to the other side.
        relation: A special method.
        questions: Pairs of an object and what it was asked about.
    """
    found = set()
    for target, other in questions[:MOST]:
        for one, another in _questions(peer, relation, target, other):
            try:
                answer = peer.request(relation, one, another)
            except Exception:
                continue
            if type(answer) is bool:
                found.add(answer)
    return found


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
