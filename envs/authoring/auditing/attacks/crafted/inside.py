"""What the verifier's own code holds: words it compares with, and patterns it searches for.

An adversary may read the code, so the audit does: the constants of the functions that the verifier reaches, what their
closures and the verifier's attributes hold, and what their module calls by name. Only code of the environment's author
is read; the gold of a task is no constant of the code.
"""

from __future__ import annotations

import functools
import re
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from envs.core.environment import TextEnv

_INSTALLED = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")})
_MOST_PARTS = 400
_MOST_HELD = 40  # a longer container is data, not code
_LONGEST = 200
_MARKS = re.compile(r"[\\\[\](){}*+?|^$]")


class Inside:
    """What was found.

    Attributes:
        words: The strings of the author's code, in the order of finding.
        patterns: Regular expressions with their flags.
    """

    def __init__(self, env: TextEnv):
        self.words: list[str] = []
        self.patterns: list[tuple[str, int]] = []
        self._shipped: dict[str, None] = {}
        self._seen: set[int] = set()
        self._kept: list[Any] = []  # ids are unique only while what they name lives
        self._own = {_package(found) for found in (env.verifier, env, env.tasks)}
        self._walk(env.verifier)
        for name in ("reply", "score", "unfinished"):
            own = getattr(type(env), name, None)
            if own is not getattr(TextEnv, name, None):
                self._walk(own)

    def _walk(self, found: Any, depth: int = 0, shipped: bool = False) -> None:
        if len(self._seen) > _MOST_PARTS or depth > 8 or id(found) in self._seen:
            return
        if not isinstance(found, str | int | float | None):
            self._seen.add(id(found))
            self._kept.append(found)
        module = getattr(found, "__module__", None)
        if isinstance(module, str):
            shipped = module.startswith("envs.")
        for part in self._parts(found, shipped):
            self._walk(part, depth + 1, shipped)

    def _parts(self, found: Any, shipped: bool) -> Iterator[Any]:
        """Notes what a thing says, and yields what it leads to."""
        if isinstance(found, str):
            self._note(found, shipped)
        elif isinstance(found, re.Pattern):
            pattern = found.pattern if isinstance(found.pattern, str) else ""
            self.patterns.append((pattern, found.flags))
        elif isinstance(found, MethodType):
            yield from (found.__func__, found.__self__)
        elif isinstance(found, FunctionType):
            yield from self._of_function(found)
            yield getattr(found, "__wrapped__", None)
        elif isinstance(found, CodeType):
            yield from found.co_consts
        elif isinstance(found, Mapping):
            yield from [*found, *found.values()] if len(found) <= _MOST_HELD else ()
        elif isinstance(found, functools.partial):
            yield from (found.func, found.args, found.keywords)
        elif callable(getattr(found, "__wrapped__", None)):
            yield found.__wrapped__
        elif isinstance(found, list | tuple | set | frozenset):
            yield from found if len(found) <= _MOST_HELD else ()
        elif _is_authored(found, self._own):
            yield from self._of_object(found)

    def _of_function(self, function: FunctionType) -> Iterator[Any]:
        if not _is_authored(function, self._own):
            return
        code = function.__code__
        constants = list(code.co_consts)
        if function.__doc__ is not None and constants[:1] == [function.__doc__]:
            constants = constants[1:]
        yield from constants
        yield from (cell.cell_contents for cell in function.__closure__ or () if _filled(cell))
        yield from function.__defaults__ or ()
        for name in _names(code):
            held = function.__globals__.get(name)
            if held is not None and not isinstance(held, ModuleType):
                yield held
        method = function.__qualname__.rpartition(".")[0]
        owner = getattr(sys.modules.get(function.__module__), method, None) if method else None
        if isinstance(owner, type):
            yield from (vars(owner)[name] for name in _names(code) if name in vars(owner))

    def _of_object(self, found: Any) -> Iterator[Any]:
        if isinstance(found, type):
            yield from (value for name, value in vars(found).items() if name == "__call__" or not name.startswith("__"))
            return
        yield type(found)
        yield from getattr(found, "__dict__", {}).values()
        yield from (getattr(found, name, None) for name in getattr(type(found), "__slots__", ()))

    def _note(self, text: str, shipped: bool) -> None:
        stripped = text.strip()
        if not stripped or len(text) > _LONGEST:
            return
        if _MARKS.search(text):
            self.patterns.append((text, 0))
        if shipped:
            self._shipped[stripped] = None
        elif stripped not in self.words:
            self.words.append(stripped)

    def phrases(self) -> list[str]:
        """Returns words, and texts that the patterns match, each once; the author's before those of this project."""
        from envs.authoring.auditing.attacks.crafted.pumps import matching

        plain = [word for word in self.words if not (_MARKS.search(word) and _compiles(word))]
        made = [text for pattern, flags in self.patterns for text in matching(pattern, flags)]
        return list(dict.fromkeys(text for text in [*plain, *made, *self.words, *self._shipped] if text.strip()))


def _package(found: Any) -> str:
    module = getattr(found, "__module__", None) or type(found).__module__
    return str(module).partition(".")[0]


def _is_authored(found: Any, own: set[str]) -> bool:
    """Whether a thing is code of the environment's author: of its package, or of a file outside what is installed.

    Of this project it is what judges: verifiers, and the environments that ship.
    """
    module = getattr(found, "__module__", None)
    if not isinstance(module, str):
        return False
    package = module.partition(".")[0]
    if package == "envs":
        return module.startswith(("envs.builtin", "envs.judges", "envs.core.rubric"))
    if package in own:
        return True
    path = getattr(sys.modules.get(module), "__file__", None)
    return path is not None and not any(path.startswith(folder) for folder in _INSTALLED)


def _names(code: CodeType) -> set[str]:
    inner = (_names(constant) for constant in code.co_consts if isinstance(constant, CodeType))
    return set(code.co_names).union(*inner)


def _filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return False
    return True
