"""What travels by value: rewards from a notebook's cell, from `__main__`, a lambda or a closure to verifier workers.

What travels is plain data (a name, a hash, a pickle as text), so it fits wherever an environment's arguments go: the
run's config, checkpoints, workers. Loading a pickle runs code. Whoever resumes a run, or evaluates on its own reward,
runs the reward that lies in its `config.toml`; a checkpoint alone holds none that anything here would load.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import io
import os
import sys
import sysconfig
import types
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from envs.core.errors import UsageError
from envs.core.registry import CODE
from envs.workers.identity import closure_of, identity_of, named_globals

MOST_BYTES = 2**20
"""Longest pickle that is carried in a config: a reward that holds its data or a model reads it from a file."""
_PYTHON = ".".join(map(str, sys.version_info[:2]))
_MOST_LOOKED_AT = 10_000
_OURS = {"envs", "grpo", "evals", "cli"}
_INSTEAD = "make it inside the function, or write the environment as a file (docs/own-environment.md)"


def ship(reward: Any, what: str = "reward") -> dict[str, str]:
    """Returns a reward as plain data, from which `unship` makes it again in another process.

    Args:
        reward: A function, a lambda, a closure, an object that can be called.
        what: What messages call it.

    Raises:
        UsageError: It holds what cannot travel, such as a lock; the message names it and says what to do.
    """
    name = getattr(reward, "__name__", None) or type(reward).__name__
    try:
        pickled = _pickled(reward)
    except Exception as error:
        raise UsageError(
            f"the {what} {name!r} cannot travel to the verifier's process: {_culprit(reward, error)}"
        ) from error
    if len(pickled) > MOST_BYTES:
        raise UsageError(
            f"the {what} {name!r} is {len(pickled) / 2**20:.1f} MiB with all that it holds, and at most "
            f"{MOST_BYTES // 2**20} can travel: read data from a file inside the function, or {_INSTEAD}"
        )
    text = base64.b64encode(zlib.compress(pickled, 9)).decode("ascii")
    return {"name": name, "sha256": identity_of(reward, _travels_whole(reward)), "python": _PYTHON, CODE: text}


def unship(shipped: Any, what: str = "reward") -> Any:
    """Returns the reward that `ship` packed.

    Args:
        shipped: What it made of it.
        what: What messages call it.

    Raises:
        UsageError: It cannot be loaded here: a package that it uses is missing, or another Python made it.
    """
    name = shipped.get("name", "?") if isinstance(shipped, dict) else shipped
    try:
        code = shipped[CODE]
    except (TypeError, KeyError):
        raise UsageError(f"the code of {what} {name!r} is not here: it comes from Python, see docs/python.md") from None
    if shipped.get("python") != _PYTHON:  # whose code it is: another version may do anything with it
        raise UsageError(
            f"the {what} {name!r} was made by Python {shipped.get('python')}, and this is {_PYTHON}: go on with that "
            "one, or give it anew: grpo.train(env=..., run_dir=..., resume=True, force=True)"
        )
    import pickle

    try:
        return pickle.loads(zlib.decompress(base64.b64decode(code)))
    except Exception as error:
        raise UsageError(f"the {what} {name!r} cannot be loaded: {type(error).__name__}: {error}") from error


def _pickled(value: Any) -> bytes:
    import cloudpickle

    class Pickler(cloudpickle.Pickler):
        """Leaves out where code was written, which differs from run to run and says nothing."""

        def reducer_override(self, obj: Any) -> Any:
            if isinstance(obj, types.CodeType) and obj.co_filename != _NOWHERE:
                return _same, (obj.replace(co_filename=_NOWHERE),)
            return super().reducer_override(obj)

    with _by_value(value, cloudpickle), io.BytesIO() as stream:
        Pickler(stream, protocol=5).dump(value)
        return stream.getvalue()


_NOWHERE = "<reward>"


def _same(value: Any) -> Any:
    return value


@contextlib.contextmanager
def _by_value(value: Any, cloudpickle: Any) -> Iterator[None]:
    """Has what is defined in the user's own modules travel whole: a worker may not find them."""
    whole = _travels_whole(value)
    modules = [
        module for name, module in list(sys.modules.items()) if isinstance(module, types.ModuleType) and whole(name)
    ]
    fresh = [module for module in modules if module.__name__ not in cloudpickle.list_registry_pickle_by_value()]
    for module in fresh:
        cloudpickle.register_pickle_by_value(module)
    try:
        yield
    finally:
        for module in fresh:
            cloudpickle.unregister_pickle_by_value(module)


def _travels_whole(reward: Any) -> Callable[[str], bool]:
    """Returns what says of a module's name whether it is the user's own: where a part of the reward is defined."""
    homes: set[str] = set()
    seen: dict[int, Any] = {}
    waiting = [reward]
    while waiting and len(seen) < _MOST_LOOKED_AT:
        value = waiting.pop()
        if id(value) not in seen:
            seen[id(value)] = value
            home = value.__module__ if isinstance(value, types.FunctionType | type) else None
            if _is_users(sys.modules.get(str(home))):
                homes.add(str(home))
            waiting += _within(value)
    return lambda name: name == "__main__" or name in homes


def _within(value: Any) -> list[Any]:
    """Returns what a value is made of, as far as the user, or this project, has put it together."""
    if isinstance(value, types.FunctionType):
        return [*named_globals(value).values(), *closure_of(value).values(), *(value.__defaults__ or ())]
    if isinstance(value, types.MethodType):
        return [value.__func__, value.__self__]
    if isinstance(value, functools.partial):
        return [value.func, *value.args, *value.keywords.values()]
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, list | tuple):
        return list(value)
    kind = value if isinstance(value, type) else type(value)
    home = sys.modules.get(kind.__module__)
    if home is None or not (_is_users(home) or home.__name__.partition(".")[0] in {*_OURS, "__main__"}):
        return []
    return [
        *kind.__bases__,
        *vars(kind).values(),
        *(getattr(value, "__dict__", {}).values() if kind is not value else [kind]),
    ]


@functools.cache
def _installed() -> set[str]:
    """Where Python and its packages are."""
    return {os.path.realpath(sysconfig.get_paths()[name]) for name in ("stdlib", "platstdlib", "purelib", "platlib")}


def _is_users(module: types.ModuleType | None) -> bool:
    file = getattr(module, "__file__", None)
    if module is None or file is None or module.__name__.partition(".")[0] in _OURS:
        return False
    return not any(os.path.realpath(file).startswith(place + os.sep) for place in _installed())


def _culprit(reward: Any, error: Exception) -> str:
    """Returns what of a reward cannot travel, by its name, and what to do about it."""
    function = getattr(reward, "__func__", reward)
    if not isinstance(function, types.FunctionType):
        held = {f"self.{name}": value for name, value in getattr(reward, "__dict__", {}).items()}
    else:
        held = {**named_globals(function), **closure_of(function)}
    for name, value in held.items():
        try:
            _pickled(value)
        except Exception:
            return f"it uses {name!r}, a {type(value).__name__}: {_INSTEAD}"
    return f"{type(error).__name__}: {error}; {_INSTEAD}"[:300]
