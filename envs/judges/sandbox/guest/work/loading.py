"""Turns source text into a module, the way a file is imported or run.

Guest code, in the process that runs the candidate.
"""

import sys
import types

MODULE = "solution"


def load(source, name=MODULE):
    """Executes `source` as a module and returns it.

    Under the name `solution` an `if __name__ == "__main__":` block does not run; under `__main__` it does.

    Raises:
        BaseException: Whatever the source raises, `SyntaxError` and `SystemExit` included.
    """
    module = types.ModuleType(name)
    module.__dict__["__builtins__"] = __builtins__
    sys.modules[name] = module
    code = compile(source, f"<{name}>", "exec", dont_inherit=True)
    exec(code, module.__dict__)  # the one place where a candidate runs, inside its own sandboxed process
    return module


def text(raw):
    """Returns the source as it was sent; lone surrogates survive the trip and fail where Python says so."""
    return raw.decode("utf-8", "surrogatepass")


def resolve(module, name):
    """Returns the function called `name` in `module`; `Class.method` makes an instance first.

    An empty name stands for the last function the module defines at its top level.

    Raises:
        LookupError: There is none.
    """
    if not name:
        own = [key for key, value in module.__dict__.items() if isinstance(value, types.FunctionType)]
        name = next((key for key in reversed(own) if module.__dict__[key].__module__ == module.__name__), "?")
    found = module.__dict__.get(name.partition(".")[0], module)
    if found is module:
        raise LookupError(f"{name!r} is never defined")
    for part in name.split(".")[1:]:
        owner = found() if isinstance(found, type) else found
        found = getattr(owner, part, module)
        if found is module:
            raise LookupError(f"{name!r} is never defined")
    return found


def described(error):
    """Returns (names of the exception's classes, most derived first; its message), as plain data."""
    names = []
    for kind in type.mro(type(error))[:32]:
        if kind is not object:
            names.append(str(kind.__name__)[:200])
    try:
        message = str(error)[:500]
    except BaseException:
        message = ""
    return [names, message]
