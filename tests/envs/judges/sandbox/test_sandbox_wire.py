"""The wire: what is plain data comes back the same, and no bytes whatever do harm."""

import math
import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from envs.judges.sandbox.compare import Comparison, expectation
from envs.judges.sandbox.crossing.live import LiveEncoder, LiveReader
from envs.judges.sandbox.crossing.values import PlainEncoder
from envs.judges.sandbox.crossing.wire import MAX_FRAME, FrameBuffer, Reader, WireError, frame
from envs.judges.sandbox.runs import described, shown

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=()))
    | st.binary()
)
hashable = st.recursive(scalars, lambda inner: st.tuples(inner, inner), max_leaves=4)
plain = st.recursive(
    scalars,
    lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(hashable, inner) | st.sets(hashable),
    max_leaves=20,
)


def exactly(a: object, b: object) -> bool:
    """Equality that tells True from 1 and 0.0 from -0.0."""
    if type(a) is not type(b):
        return False
    if isinstance(a, float):
        return struct.pack(">d", a) == struct.pack(">d", b)  # type: ignore[arg-type]
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(exactly, a, b))  # type: ignore[arg-type]
    if isinstance(a, dict):
        return exactly(list(a.items()), list(b.items()))  # type: ignore[attr-defined]
    return a == b


@given(plain)
def test_plain_data_comes_back_the_same(value):
    assert exactly(Reader(LiveEncoder().encode(value)).decode(), value)


@given(plain)
def test_a_value_matches_itself_however_it_was_built(value):
    again = Reader(PlainEncoder().encode(value)).decode()
    assert Comparison().matches(expectation(value), PlainEncoder().encode(again))


@given(st.dictionaries(hashable, scalars, min_size=2), st.randoms())
@settings(suppress_health_check=[HealthCheck.too_slow])  # drawing is slow on a busy machine
def test_the_order_of_a_dict_does_not_matter(value, rng):
    items = list(value.items())
    rng.shuffle(items)
    assert Comparison().matches(expectation(value), PlainEncoder().encode(dict(items)))


@given(plain, plain)
def test_what_differs_does_not_match(a, b):
    same = Comparison(rel_tol=0, abs_tol=0).matches(expectation(a), PlainEncoder().encode(b))
    assert same == Comparison(rel_tol=0, abs_tol=0).matches(expectation(b), PlainEncoder().encode(a))
    if same:
        assert a == b
    elif type(a) is type(b) and isinstance(a, str | bytes | int):
        assert a != b


def harmless(body: bytes) -> None:
    """Everything the judge does with bytes from a child, which may only fail as a `WireError`."""
    for action in (
        lambda: Reader(body).decode(),
        lambda: LiveReader(body).decode(),
        lambda: described(body),
        lambda: Comparison().matches(expectation([1, {2: (3.0, "x")}, {4}]), body),
        lambda: Comparison(lists_for_tuples=True).matches(expectation([[1], (2,)]), body),
    ):
        try:
            action()
        except WireError:
            pass
    assert len(shown(body)) < 300


@given(st.binary(max_size=300))
@settings(max_examples=150)
def test_random_bytes_do_no_harm(body):
    harmless(body)


@given(plain, st.data())
@settings(max_examples=150)
def test_damaged_values_do_no_harm(value, data):
    body = bytearray(PlainEncoder().encode(value))
    for _ in range(data.draw(st.integers(1, 4))):
        kind = data.draw(st.sampled_from(["flip", "cut", "insert", "double"]))
        at = data.draw(st.integers(0, max(0, len(body) - 1)))
        if kind == "flip" and body:
            body[at] = data.draw(st.integers(0, 255))
        elif kind == "cut":
            del body[at : at + data.draw(st.integers(1, 6))]
        elif kind == "insert":
            body[at:at] = data.draw(st.sampled_from([b"l", b"d", b"S", b"x\x03abc", b"u", b"o", b"\xff\xff\xff\xff"]))
        else:
            body += body[at:]
    harmless(bytes(body))


@given(
    st.lists(
        st.sampled_from(
            [
                b"l",
                b"t",
                b"d",
                b"S",
                b"x\x08iterator",
                b"x\x09frozenset",
                b"N",
                b"T",
                b"i\0\0\0\1\5",
                b"f" + struct.pack(">d", math.nan),
                b"\0\0\0\1",
                b"\0\0\0\2",
                b"\0\0\0\0",
                b"o\0\0\0\0\0\0\0\1",
            ]
        ),
        max_size=40,
    )
)
@settings(max_examples=150)
def test_made_up_structures_do_no_harm(parts):
    harmless(b"".join(parts))


@pytest.mark.parametrize(
    "body",
    [
        b"l\xff\xff\xff\xff",
        b"s\xff\xff\xff\xff",
        b"l\0\0\0\1" * 5000,
        b"t\0\0\0\1" * 300 + b"N",
        b"d\0\0\0\1" + b"l\0\0\0\0" + b"N",
        b"S\0\0\0\1l\0\0\0\0",
        b"x\xff",
        b"x\x01\xffN",
        b"i\0\0\0\0",
        b"s\0\0\0\1\xff",
        b"",
        b"NN",
        b"l\0\x0f\x42\x41" + b"N" * 1_000_001,
    ],
    ids=range(13),
)
def test_bombs_are_refused(body):
    harmless(body)


def test_hash_collisions_cost_the_judge_nothing():
    modulus = 2**61 - 1
    colliding = {k * modulus: 0 for k in range(1, 2000)}
    body = PlainEncoder().encode(colliding)
    assert not Comparison().matches(expectation({1: 0}), body)
    assert Comparison().matches(expectation(colliding), body)


def test_encoding_stops_at_its_limits():
    deep: list = []
    for _ in range(300):
        deep = [deep]
    cyclic: list = []
    cyclic.append(cyclic)
    for value in (deep, cyclic, "x" * (MAX_FRAME + 1), [b"x" * 2**20] * 20, object(), print, iter(int, 1)):
        with pytest.raises(WireError):
            expectation(value)


@given(st.lists(st.tuples(st.binary(min_size=1, max_size=1), st.binary(max_size=50)), max_size=8), st.data())
def test_frames_survive_any_cutting(frames, data):
    stream = b"".join(frame(kind, body) for kind, body in frames)
    buffer, found = FrameBuffer(), []
    while stream:
        step = data.draw(st.integers(1, len(stream)))
        buffer.feed(stream[:step])
        stream = stream[step:]
        while (one := buffer.next()) is not None:
            found.append(one)
    assert found == frames


@given(st.binary(max_size=200))
def test_hostile_streams_end_in_frames_or_a_wire_error(stream):
    buffer = FrameBuffer(limit=100)
    buffer.feed(stream)
    try:
        while buffer.next() is not None:
            pass
    except WireError:
        pass
    assert len(buffer.data) <= len(stream)
