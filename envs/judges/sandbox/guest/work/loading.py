"""Turns source text into a module, the way a file is imported or run.

Guest code, in the process that runs the candidate.
"""

import builtins
import sys
import types

from . import prelude
from .files import Files

MODULE = "solution"
DEPTH = 50_000  # what LiveCodeBench's prelude allows


def load(source, name=MODULE, given=False):
    """Executes `source` as a module and returns it.

    Under the name `solution` an `if __name__ == "__main__":` block does not run; under `__main__` it does.

    Args:
        source: Python, as hostile as it likes.
        name: The module's.
        given: Whether names of the usual libraries need not be imported, as where a data set has a prelude.

    Raises:
        BaseException: Whatever the source raises, `SyntaxError` and `SystemExit` included.
    """
    module = types.ModuleType(name)
    module.__dict__.update(__builtins__=__builtins__, __file__=f"/{name.strip('_')}.py")
    sys.modules[name] = module
    builtins.exit = builtins.quit = leave
    Files().install()
    source = source.removeprefix("\ufeff")  # as Python reads a file
    code = compile(source, f"<{name}>", "exec", dont_inherit=True)
    if given:
        # Behind the module, where the built-ins are: what is given is no definition of the candidate's.
        sys.setrecursionlimit(DEPTH)
        added = prelude.contest(_names(code) - vars(builtins).keys())
        module.__dict__["__builtins__"] = {**vars(builtins), **added}
    exec(code, module.__dict__)  # the one place where a candidate runs, inside its own sandboxed process
    return module


def leave(code=None):
    """Ends the program: `exit` and `quit`, which Python's `site` would define."""
    raise SystemExit(code)


def _names(code):
    """Returns the global and attribute names that code uses, that of its functions included."""
    found, waiting = set(), [code]
    while waiting:
        part = waiting.pop()
        found.update(part.co_names)
        waiting += [constant for constant in part.co_consts if isinstance(constant, types.CodeType)]
    return found


def text(raw):
    """Returns the source as it was sent; lone surrogates survive the trip and fail where Python says so."""
    return raw.decode("utf-8", "surrogatepass") if isinstance(raw, bytes) else raw


def missing(module, name):
    """Returns the method `name` of a new `Solution`, where the module has that class and nothing called `name`."""
    kind = module.__dict__.get("Solution")
    return getattr(kind(), name, None) if isinstance(kind, type) and hasattr(kind, name) else None


def resolve(module, name):
    """Returns the function called `name` in `module`; `Class.method` makes an instance first.

    An empty name stands for the last function the module defines at its top level. A method of `Solution` may go by
    its bare name.

    Raises:
        LookupError: There is none.
    """
    if not name:
        own = [key for key, value in module.__dict__.items() if isinstance(value, types.FunctionType)]
        name = next((key for key in reversed(own) if module.__dict__[key].__module__ == module.__name__), "?")
    found = module.__dict__.get(name.partition(".")[0], module)
    if found is module:
        method = missing(module, name)
        if method is None:
            raise LookupError(f"{name!r} is never defined")
        return method
    for part in name.split(".")[1:]:
        owner = found() if isinstance(found, type) else found
        found = getattr(owner, part, module)
        if found is module:
            raise LookupError(f"{name!r} is never defined")
    return found


def described(error):
    """Returns (names of the exception's classes, most derived first; its message), as plain data.

    A class that goes by the name of one of Python's and is not that one is named with its module.
    """
    names = []
    for kind in type.mro(type(error))[:32]:
        if kind is not object:
            name = str(kind.__name__)[:200]
            spoofed = name in builtins.__dict__ and builtins.__dict__[name] is not kind
            names.append(f"{MODULE}.{name}" if spoofed else name)
    try:
        message = str(error)[:500]
    except BaseException:
        message = ""
    return [names, message]
