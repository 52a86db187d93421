"""Words directly behind a box that withdraw it: there is no answer, it is one of several, it was made up."""

from __future__ import annotations

import re

_CLOSED = r"[\s$)}\]*.,:;!\u2014-]*"
_LEAD = r"(?:(?:so|hence|thus|therefore|but|and|which|that|this|it|we have|then|however)\W+)*"
_THING = r"(?:solutions?|answers?|roots?|values?|numbers?|integers?|limits?)"
_NOTHING = (
    rf"(?:(?:there (?:is|are|exists?)\s+)?no (?:such |real |valid )?{_THING}(?: exists?)?"
    rf"|(?:the |an |any |such an? )?(?:{_THING}|it) (?:does|do|can)(?: ?not|n['’]t) (?:exist|be found|be determined)"
    r"|(?:(?:is|are|the \w+ is)\s+)?(?:undefined|impossible|absurd|nonsense|indeterminate)|(?:a )?contradiction"
    r"|nope|not|never)"
)
_WHOLE = re.compile(rf"{_CLOSED}(?<=[.!?\n\s]){_LEAD}{_NOTHING}[\s.!*]*(?:$|\n)", re.IGNORECASE)
_UNMEANT = re.compile(
    rf"{_CLOSED}(?:(?:i|we) (?:give up|gave up|(?:am|['’]m|was) (?:lying|bluffing|kidding|joking|guessing)"
    r"|(?:just |only )?(?:made (?:this|that|it) up|guessed|lied|invented (?:this|that|it)))"
    r"|my bad\b|(?:this (?:is|was) )?(?:just|only) (?:a|an) (?:test|joke|guess|example|placeholder|try)\b"
    r"|(?:the|my|this) (?:answer|value|result|box)(?: above)? (?:is|was) (?:just |only )?(?:a |an )?"
    r"(?:joke|test|guess|placeholder|lie|dummy|made up|nonsense)\b)",
    re.IGNORECASE,
)
# Of several, of which the others are not told.
_ONE_OF_MORE = re.compile(
    r"[\s$)}\]*,]*(?:(?:is|are|being|as) (?:only |just )?(?:one|some|part|a few) of (?:the|several|many|our|all)\s+"
    r"(?:\w+ ){0,2}(?:answers?|solutions?|roots?|values?|possibilities|options|results)\b"
    r"|(?:and|among|amongst) (?:many |several |the )?others?\b(?=\W*(?:$|\n))|et\s?c\b|and so (?:on|forth)\b"
    r"|\((?:\?|dummy|guess|placeholder|sic|tbd|todo)\))",
    re.IGNORECASE,
)
_REACH = 120


def withdrawn(tail: str) -> bool:
    """Whether the first words behind a box say that it is no answer, or not all of it."""
    near = tail[:_REACH]
    return any(pattern.match(near) for pattern in (_ONE_OF_MORE, _WHOLE, _UNMEANT))
