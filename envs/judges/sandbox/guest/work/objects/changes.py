"""What a call changes in its arguments, made on the caller's own objects.

Guest code.
"""

import collections
import sys

from . import operators
from .codec import PeerEncoder

MOST_LENT = 16
MOST_HANDED_OUT = 64 * MOST_LENT  # a second hearing asks in many worlds at once
MUTABLE = (
    list, dict, set, bytearray, collections.deque, collections.Counter, collections.OrderedDict,
    collections.defaultdict, collections.UserList, collections.UserDict, collections.ChainMap,
)  # fmt: skip
KEYS = (int, str, bool, float, tuple)
VIEWS = (type({}.keys()), type({}.values()), type({}.items()))
HOLDERS = (*MUTABLE, *VIEWS, tuple, memoryview)  # a tuple does not change, what it holds may


def _is_array(value):
    numpy = sys.modules.get("numpy")
    return numpy is not None and type(value) is getattr(numpy, "ndarray", None)


def _is_row(value):
    array = sys.modules.get("array")
    return array is not None and type(value) is array.array


def snapshot(peer, value):
    """Returns the bytes of a value a call could change, or None for one it could not."""
    if type(value) not in HOLDERS and not _is_array(value) and not _is_row(value):
        return None
    return PeerEncoder(peer).encode(value)


class Lent:
    """Containers read from attributes and items of objects over there: what is done to the copies is done there too."""

    def __init__(self, peer):
        """Holds none yet."""
        self.peer = peer
        self.held = []

    def given(self, target, place, value):
        """Notes a value that was read from a place, as `refresh` takes it; another read is another copy."""
        if type(value) in MUTABLE:
            self.held = [*self.held[1 - MOST_LENT :], [target, place, value, snapshot(self.peer, value)]]

    def changed(self):
        """Returns [object, place, value] of what is no longer as it was read."""
        found = []
        for entry in self.held:
            now = snapshot(self.peer, entry[2])
            if now != entry[3]:
                entry[3] = now
                found.append(entry[:3])
        return found


_handed_out = collections.OrderedDict()
"""{(number of an object, key's text): the object, the container that it gave for that key}, the newest last."""


def item(target, key):
    """Returns what an object has for a key, and keeps it: the next reading may give another container."""
    value = operators.special("__getitem__")(target, key)
    if type(value) in MUTABLE and type(key) in KEYS:
        _handed_out[id(target), repr(key)] = (target, value)
        if len(_handed_out) > MOST_HANDED_OUT:
            _handed_out.popitem(last=False)
    return value


def refresh(target, place, value):
    """Makes a container in an attribute, or handed out for a `[key]`, what the other side has made of its copy."""
    if type(place) is list:
        update(_handed_out.get((id(target), repr(place[0])), (None, None))[1], value)
    else:
        update(getattr(target, place), value)


OPERATIONS = {"__getitem__": item, "refresh": refresh}


def update(old, new):
    """Makes `old` equal to `new` in place, keeping the identity of what is nested where the shapes agree."""
    if type(old) is not type(new):
        return
    if isinstance(old, (tuple, *VIEWS)):
        for before, after in zip(old, new, strict=False):
            update(before, after)
    elif isinstance(old, list):
        old[:] = [_merged(a, b) for a, b in zip(old, new, strict=False)] + new[len(old) :]
    elif isinstance(old, dict):
        merged = {key: _merged(old[key], value) if key in old else value for key, value in new.items()}
        old.clear()
        old.update(merged)
    elif isinstance(old, bytearray) or _is_row(old):
        old[:] = new
    elif isinstance(old, memoryview):
        _rewrite(old, new)
    elif isinstance(old, collections.UserList | collections.UserDict):
        update(old.data, new.data)
    elif isinstance(old, collections.ChainMap):
        update(old.maps, new.maps)
    elif isinstance(old, set | collections.deque):
        old.clear()
        old.update(new) if isinstance(old, set) else old.extend(new)
    elif _is_array(old) and old.shape == new.shape and old.dtype == new.dtype:
        old[...] = new


def _rewrite(old, new):
    if not old.readonly and old.contiguous and old.nbytes == new.nbytes:
        old.cast("B")[:] = new.cast("B")


def _merged(old, new):
    if type(old) is type(new) and type(old) in HOLDERS:
        update(old, new)
        return old if type(old) is not tuple or old == new else new
    return new
