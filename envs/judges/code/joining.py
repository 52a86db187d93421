"""Which of several blocks are the answer, and in what order: by what the tests ask for and what that uses.

By lines and patterns alone, as everything about a completion. Blocks count as they would in a notebook: what is defined
again replaces what was before. Left out is what only shows a use.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

MOST = 40  # blocks
_FUNCTION = re.compile(r"^(?:(?:async[ \t]+)?def|class)[ \t]+(\w+)", re.MULTILINE)
_IMPORTED = re.compile(r"^(?:from[ \t]\S+[ \t]+)?import[ \t]\(?([^\n]+)", re.MULTILINE)
_ASSIGNED = re.compile(r"^(\w+(?:[ \t]*,[ \t]*\w+)*)[ \t]*(?::[^=\n]+)?=(?!=)", re.MULTILINE)
_READS = re.compile(r"\binput\(|\bstdin\b|\bopen\(0")
# A line at the margin that does something: a call, a loop, a check. One that assigns does nothing by itself.
_DOES = re.compile(r"^(?:print\b|assert\b|for\b|while\b|with\b|if\b|[A-Za-z_][\w.]*\()", re.MULTILINE)
_TEXT = re.compile(r"\"\"\".*?(?:\"\"\"|\Z)|'''.*?(?:'''|\Z)", re.DOTALL)
_WORD = re.compile(r"(?<![\w.])[^\W\d]\w*")
# What hands a program its input itself, as who tries it out does.
_FEEDS = re.compile(r"\bstdin[ \t]*=(?!=)|\bStringIO\(|\bpatch\b|\bsubprocess\b|\bopen\([ \t]*['\"]")
_DEFINITION = re.compile(r"^(?:(?:async[ \t]+)?def|class)[ \t]+(\w+)[^\n]*(?:\n(?:[ \t)\]}][^\n]*)?)*", re.MULTILINE)
# What a definition has that only says what it is to be: its head, a text, `pass` and the like.
_HEADS = re.compile(r"\b(?:def[ \t]+\w+[ \t]*\([^)]{0,1000}\)|class[ \t]+\w+[ \t]*(?:\([^)]{0,200}\))?)[^:\n]*:")
_UNSAID = re.compile(
    r"#[^\n]*|\"\"|\.\.\.|\bpass\b|\basync\b|\bself\b|\braise[ \t]+NotImplementedError\b(?:\([^)\n]*\))?"
)
# What a function binds by itself: loop variables, parameters, names given in an indented line.
_LOCAL = re.compile(
    r"\bfor[ \t]+([\w, \t()]{1,200}?)[ \t]in\b|\blambda[ \t]+([\w, \t=]{1,200}):|\bas[ \t]+(\w+)"
    r"|\bdef[ \t]+\w+\(([^)]{0,1000})|^[ \t]+(\w[\w, \t]{0,200}?)[ \t]*=(?!=)",
    re.MULTILINE,
)
_DEFAULT = re.compile(r"=[^,]*")
_CALLED = re.compile(r"(\w+)\(")


def defines(code: str, name: str) -> bool:
    """Returns whether a line of `code` defines or assigns `name` at the top level, judged by its first word."""
    name = re.escape(name.partition(".")[0])
    return re.search(rf"^(?:(?:async[ \t]+)?def|class)[ \t]+{name}\b|^{name}[ \t]*[:=]", code, re.MULTILINE) is not None


def has_method(code: str, name: str) -> bool:
    """Returns whether a class in `code` has a method of that name."""
    return re.search(rf"^[ \t]+(?:async[ \t]+)?def[ \t]+{re.escape(name)}\b", code, re.MULTILINE) is not None


def chosen(texts: Sequence[str], wanted: Sequence[str]) -> str:
    """Returns the program that blocks amount to.

    Args:
        texts: The blocks, in order.
        wanted: Names the tests ask for: each is taken from the last block that defines it. Without any that is found,
            the last block counts that is no mere use of an earlier one.
    """
    parts = [_Part(text) for text in texts[-MOST:]]
    first = {at for name in wanted if (at := _last(parts, name)) is not None} or {_unasked(parts)}
    kept = _completed(parts, set(first))
    order = sorted(kept)
    code = parts[order[0]].text
    for at in order[1:]:
        code = _joined(code, parts[at], late=at > max(first))
    return code


class _Part:
    """One block, with the names it gives to others and those it uses."""

    def __init__(self, text: str) -> None:
        self.text = text
        bare = _TEXT.sub('""', text)
        self.functions = set(_FUNCTION.findall(bare))
        imported = {name for line in _IMPORTED.findall(bare) for name in re.findall(r"\w+", line)} - {"as"}
        assigned = {name for group in _ASSIGNED.findall(bare) for name in re.findall(r"\w+", group)}
        self.given = self.functions | imported | assigned
        self.stubs = {found[1] for found in _DEFINITION.finditer(bare) if _is_stub(found[0])}
        self.variables = assigned - self.functions
        self.shows = _DOES.search(bare) is not None and not self.functions
        self.used = set(_WORD.findall(bare))
        told = " ".join(_DEFAULT.sub("", part) for groups in _LOCAL.findall(bare) for part in groups)
        self.bound = set(_WORD.findall(told))
        self.bare = bare

    def is_program(self) -> bool:
        """Returns whether the block reads what it is given, and does something."""
        return bool(_READS.search(self.bare) and _DOES.search(self.bare) and not _FEEDS.search(self.bare))

    def margin(self) -> str:
        """Returns the lines that run when the block does."""
        return "\n".join(line for line in self.bare.split("\n") if line[:1].strip())

    def needs(self, name: str, part: _Part) -> bool:
        """Returns whether this block uses a name of another: one in lower case that is a variable, only if unbound."""
        if name not in self.used:
            return False
        if name not in part.variables or not name.islower():
            return True
        return not part.shows and name not in self.bound


def _is_stub(definition: str) -> bool:
    """Returns whether a function or class, its texts emptied, has nothing in it that does anything."""
    return not _UNSAID.sub("", _HEADS.sub("", definition)).strip()


def _last(parts: Sequence[_Part], name: str) -> int | None:
    """Returns the last block that defines a name, or a class with a method of that name; one with a body, if any."""
    for found in (defines, has_method):
        places = [at for at, part in enumerate(parts) if found(part.text, name)]
        whole = [at for at in places if not _only_stubs(parts[at], name)]
        if places:
            return (whole or places)[-1]
    return None


def _only_stubs(part: _Part, name: str) -> bool:
    """Returns whether a block says of a name no more than what it is to be."""
    own = name.partition(".")[0]
    return own in part.stubs if own in part.functions else bool(part.stubs) and part.stubs == part.functions


def _unasked(parts: Sequence[_Part]) -> int:
    """Returns the block that is the answer where no test names one."""
    programs = [at for at, part in enumerate(parts) if part.is_program()]
    bodied = [at for at, part in enumerate(parts) if not part.functions or part.functions - part.stubs]
    last = bodied[-1] if bodied else len(parts) - 1
    used = parts[last].functions.intersection(_CALLED.findall(parts[programs[-1]].bare)) if programs else ()
    if programs and not (used and not parts[programs[-1]].functions):  # else what is asked, maybe, shown after its use
        return programs[-1]
    if parts[last].functions or _READS.search(parts[last].bare):
        for at in range(last):  # a helper, shown after what calls it
            one, other = parts[at], parts[last]
            called = other.functions.intersection(_CALLED.findall(one.bare))
            if one.functions and called and not one.functions & other.functions:
                return at
        return last
    whole = [at for at, part in enumerate(parts[:last]) if _READS.search(part.bare) and _DOES.search(part.bare)]
    return whole[-1] if whole else last


def _completed(parts: Sequence[_Part], kept: set[int]) -> set[int]:
    """Returns blocks with all the others that they use, and those which define anew what is used."""
    waiting = list(kept)
    while waiting:
        part = parts[waiting.pop()]
        for name in sorted(part.used):
            own = [at for at in kept if name in parts[at].given]
            places = [at for at, other in enumerate(parts) if name in other.given and part.needs(name, other)]
            places = [at for at in places if name not in parts[at].stubs] or places
            if not places or places[-1] in kept:
                continue
            newer = parts[places[-1]]
            if own and (newer.shows or name not in newer.functions or places[-1] < max(own)):
                continue
            kept.add(places[-1])
            waiting.append(places[-1])
    return kept


def _joined(code: str, part: _Part, late: bool) -> str:
    """Returns code with a later block, which goes in front where it can and is shown late, or needed at the margin."""
    before = _Part(code)
    again = part.functions & before.functions
    needed = (part.given - before.given).intersection(_WORD.findall(before.margin()))
    if again or before.given.intersection(_WORD.findall(part.margin())) or not (late or needed):
        return f"{code.rstrip()}\n\n{part.text}"
    return f"{part.text.rstrip()}\n\n{code}"
