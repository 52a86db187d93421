"""Rewards that travel by value: from a notebook's cell, from `__main__`, a lambda or a closure to verifier workers.

What travels is plain data (a name, a hash, a pickle as text), so it fits wherever an environment's arguments go: the
run's config, checkpoints, workers. Loading a pickle runs code. Whoever resumes a run, or evaluates on its own reward,
runs the reward that lies in its `config.toml`; a checkpoint alone holds none that anything here would load.
"""

from __future__ import annotations

import base64
import contextlib
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
_OURS = {"envs", "grpo", "evals", "cli"}
_INSTEAD = "make it inside the function, or write the environment as a file (docs/own-environment.md)"


def ship(reward: Any) -> dict[str, str]:
    """Returns a reward as plain data, from which `unship` makes it again in another process.

    Args:
        reward: A function, a lambda, a closure, an object that can be called.

    Raises:
        UsageError: It holds what cannot travel, such as an open file; the message names it and says what to do.
    """
    name = getattr(reward, "__name__", None) or type(reward).__name__
    try:
        pickled = _pickled(reward)
    except Exception as error:
        raise UsageError(
            f"the reward {name!r} cannot travel to the verifier's process: {_culprit(reward, error)}"
        ) from error
    if len(pickled) > MOST_BYTES:
        raise UsageError(
            f"the reward {name!r} is {len(pickled) / 2**20:.1f} MiB with all that it holds, and at most "
            f"{MOST_BYTES // 2**20} can travel: read data from a file inside the function, or {_INSTEAD}"
        )
    text = base64.b64encode(zlib.compress(pickled, 9)).decode("ascii")
    return {"name": name, "sha256": identity_of(reward, _travels_whole(reward)), CODE: text}


def unship(shipped: Any) -> Any:
    """Returns the reward that `ship` packed.

    Raises:
        UsageError: It cannot be loaded here: a package that it uses is missing, or another Python made it.
    """
    name = shipped.get("name", "?") if isinstance(shipped, dict) else shipped
    try:
        code = shipped[CODE]
    except (TypeError, KeyError):
        raise UsageError(f"reward {name!r} is no function of Python: see grpo.dataset(..., reward=...)") from None
    import pickle

    try:
        return pickle.loads(zlib.decompress(base64.b64decode(code)))
    except Exception as error:
        raise UsageError(f"the reward {name!r} cannot be loaded: {type(error).__name__}: {error}") from error


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
    homes = {part.__module__ for part in _functions(reward) if _is_users(sys.modules.get(part.__module__))}
    return lambda name: name == "__main__" or name in homes


def _functions(value: Any) -> Iterator[Any]:
    """Yields the functions and classes that a reward is made of, as far as they are in plain sight."""
    yield value if hasattr(value, "__qualname__") else type(value)
    for part in getattr(value, "parts", ()):  # of a rubric
        yield from _functions(getattr(part, "verifier", part))


def _is_users(module: types.ModuleType | None) -> bool:
    file = getattr(module, "__file__", None)
    if module is None or file is None or module.__name__.partition(".")[0] in _OURS:
        return False
    places = {os.path.realpath(path) for path in sysconfig.get_paths().values()}
    return not any(os.path.realpath(file).startswith(place + os.sep) for place in places)


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
