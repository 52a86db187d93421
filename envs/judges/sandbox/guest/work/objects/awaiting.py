"""Coroutines across the two children: each runs where it was made, to its end, whenever the other side awaits it.

Guest code. So what is gathered runs one after the other; the results are the same.
"""

from . import faults


def finished(awaitable):
    """Runs an awaitable of this side to its end and returns its result, also while a loop of this side is running."""
    from asyncio import events

    running = events._get_running_loop()
    loop = _loop()
    events._set_running_loop(None)
    try:
        return loop.run_until_complete(_waiting(awaitable))
    finally:
        events._set_running_loop(running)


async def _waiting(awaitable):
    return await awaitable


_LOOPS = []  # one, so that what belongs to a loop lives on between two awaits; a new one while that is running


def _loop():
    import asyncio

    if not _LOOPS:
        _LOOPS.append(asyncio.new_event_loop())
    return asyncio.new_event_loop() if _LOOPS[0].is_running() else _LOOPS[0]


def methods(operators):
    """Returns the methods by which a stand-in is awaited, or iterated and entered so, by what its class has."""
    offered = {}
    if "__await__" in operators:
        offered |= {"__await__": _await, "send": _send, "throw": _throw, "close": lambda self: None}
    if "__anext__" in operators:
        offered |= {"__aiter__": lambda self: self, "__anext__": _later("__anext__")}
    elif "__aiter__" in operators:
        offered["__aiter__"] = lambda self: self._remote_peer.request("__aiter__", self)
    offered |= {name: _later(name) for name in ("__aenter__", "__aexit__") if name in operators}
    return offered


SPECIAL = ("__await__", "__anext__", "__aiter__", "__aenter__", "__aexit__")
OPERATIONS = {
    "await": finished,
    "__aiter__": lambda target: type(target).__aiter__(target),
    **{
        name: lambda target, *rest, name=name: finished(getattr(type(target), name)(target, *rest))
        for name in ("__anext__", "__aenter__", "__aexit__")
    },
}


def _await(self):
    return self._remote_peer.request("await", self)
    yield


def _send(self, _):
    """Lets a loop of this side run the coroutine as if it was its own."""
    raise StopIteration(self._remote_peer.request("await", self))


def _throw(self, kind, value=None, trace=None):
    raise value if isinstance(value, BaseException) else kind


def _later(name):
    async def method(self, *rest):
        told = self._remote_peer.request(name, self, *(*rest[:2], None) if rest else ())
        hidden = name == "__aexit__" and self._remote_peer.strict and faults.swallowed(*rest[:2])
        return told and not hidden if name == "__aexit__" else told

    return method
