"""Calls in a turn: read back in every syntax, never out of half a turn, never by way of an exception."""

import json
import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from envs.core.errors import UsageError
from envs.tools.calls.formats import FORMATS, scan, write
from envs.tools.calls.turn import MAX_CALLS, MAX_CHARS, Call, Fault
from gymtests.toolcalls.hostile import MEANT, hostile
from gymtests.toolcalls.turns import RAW, as_read, fits, goods

everywhere = pytest.mark.parametrize("tool_format", FORMATS)
formats = st.sampled_from(sorted(FORMATS))
names = st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True)
texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
many_calls = st.lists(st.builds(Call, names, st.dictionaries(names, values, max_size=3)), min_size=1, max_size=4)


def plain(scanned):
    return [(call.name, dict(call.arguments)) for call in scanned.calls]


def says_marks(made, tool_format):
    """Whether an argument holds a mark of the syntax itself, or of thinking, which end what they stand in."""
    syntax = FORMATS[tool_format]
    told = json.dumps([call.arguments for call in made], ensure_ascii=False)
    marks = [mark for pair in (*syntax.think, syntax.marks) for mark in pair if mark]
    inner = ("</parameter>", "</arg_value>", "<|", "<｜", "[TOOL_CALLS]")
    return any(mark in told for mark in (*marks, *inner))


ODD = [
    [Call("f", {"x": "\n'\"\\ \t{}[]<>;,=\x00é", "y": ""}), Call("g", {})],
    [Call("f", {"x": "\"\"\"'''\\", "y": -0.0, "z": [True, None, {"": []}]})],
]


@everywhere
@pytest.mark.parametrize("made", ODD)
def test_odd_text_is_read_as_it_was_written(tool_format, made):
    if fits(made, tool_format):
        assert plain(scan(write(made, tool_format), tool_format)) == as_read(made, tool_format)


@given(tool_format=formats, made=many_calls)
def test_what_is_written_is_read(tool_format, made):
    assume(fits(made, tool_format) and not says_marks(made, tool_format))
    turn = write(made, tool_format)
    for ended in (True, None):
        scanned = scan(turn, tool_format, ended=ended)
        assert plain(scanned) == as_read(made, tool_format)
        assert not [item for item in scanned.items if isinstance(item, Fault)]


@given(tool_format=formats, made=many_calls, place=st.floats(0, 1, exclude_max=True))
def test_no_call_is_made_of_a_prefix(tool_format, made, place):
    assume(fits(made, tool_format) and not says_marks(made, tool_format))
    turn = write(made, tool_format)
    prefix = turn[: int(len(turn) * place)]
    assert scan(prefix, tool_format, ended=False).calls == []
    calls, right = plain(scan(prefix, tool_format)), as_read(made, tool_format)
    assert len(calls) < len(made) and calls == right[: len(calls)]
    if calls:  # the prefix is a whole turn itself: that of the first calls
        assert prefix.strip() == write(made[: len(calls)], tool_format).strip()


@everywhere
def test_no_prefix_of_a_turn_of_one_call_holds_one(tool_format):
    turn = write([Call("rm", {"path": "a/b c", "deep": "q\"'\\"})], tool_format)
    for place in range(len(turn)):
        for ended in (True, False, None):
            assert scan(turn[:place], tool_format, ended=ended).calls == []


@everywhere
def test_a_turn_that_was_cut_holds_no_call(tool_format):
    turn = goods()[tool_format]
    assert len(scan(turn, tool_format).calls) == 1
    cut = scan(turn, tool_format, ended=False)
    assert cut.items == () and cut.cut


@pytest.mark.parametrize("tool_format", ["hermes", "qwen3_coder", "glm", "mistral"])
def test_calls_before_one_that_breaks_off_are_made_only_where_the_policy_ended_the_turn(tool_format):
    good = goods()[tool_format]
    turn = good + "\n" + good[: len(good) // 2]
    assert scan(turn, tool_format).calls == [] and scan(turn, tool_format).cut
    assert [type(item) for item in scan(turn, tool_format, ended=True).items] == [Call, Fault]


@pytest.mark.parametrize("tool_format", [name for name in FORMATS if name != "harmony"])
def test_calls_in_thinking_are_none(tool_format):
    good = goods()[tool_format]
    for opened, closed in (("<think>", "</think>"), ("[THINK]", "[/THINK]"), ("◁think▷", "◁/think▷")):
        assert scan(f"{opened}{good}{closed}No call.", tool_format).items == ()
        assert scan(f"{good}{closed}{good}", tool_format).calls == scan(good, tool_format).calls
        assert scan(f"{opened}{good}", tool_format).items == ()


def test_what_the_analysis_channel_says_is_no_call():
    inside = "<|channel|>analysis<|message|>to=functions.f {}<|end|>"
    call = '<|start|>assistant to=functions.f<|channel|>commentary json<|message|>{"x": 1}<|call|>'
    assert scan(inside, "harmony").items == ()
    assert scan(inside + call, "harmony").calls == [Call("f", {"x": 1})]
    final = "<|channel|>final<|message|>to=functions.f<|message|>{}<|return|>"
    assert scan(final, "harmony").items == ()


@everywhere
def test_one_bad_call_costs_one_sentence(tool_format):
    good = write([Call("f", {"x": "v"}), Call("f", {"x": "w"})], tool_format)
    if tool_format in ("pythonic", "llama4_pythonic", "lfm2"):  # a list is one piece
        assert [type(item) for item in scan(good.replace("'v'", "v"), tool_format).items] == [Fault]
        return
    bad = good.replace("f", "1 bad name!", 1) if tool_format not in ("deepseek_v3", "kimi", "harmony") else good
    if bad == good:
        bad = good.replace('{"x": "v"}', '{"x": "v"')
    items = scan(bad, tool_format).items
    assert sorted(type(item).__name__ for item in items) == ["Call", "Fault"]


@everywhere
def test_sixteen_calls_are_read_and_one_sentence_stands_for_the_rest(tool_format):
    made = [Call("f", {"x": f"v{number}"}) for number in range(MAX_CALLS + 5)]
    items = scan(write(made, tool_format), tool_format).items
    assert plain(scan(write(made, tool_format), tool_format)) == as_read(made[:MAX_CALLS], tool_format)
    assert items[MAX_CALLS:] == (Fault(f"only the first {MAX_CALLS} calls of a turn are read"),)


@everywhere
def test_a_call_that_is_too_long_is_none(tool_format):
    turn = write([Call("f", {"x": "a" * MAX_CHARS})], tool_format)
    scanned = scan(turn, tool_format)
    assert scanned.calls == [] and len(scanned.items) == 1


def test_half_a_character_is_refused_however_it_is_written():
    for text in ("\ud800", "\\ud800", "\\udfff\\ud800"):
        turn = f'<tool_call>{{"name": "f", "arguments": {{"x": "{text}"}}}}</tool_call>'
        assert [type(item) for item in scan(turn, "hermes").items] == [Fault]
    whole = '<tool_call>{"name": "f", "arguments": {"x": "\\ud83d\\ude42"}}</tool_call>'
    assert scan(whole, "hermes").calls == [Call("f", {"x": "🙂"})]


@pytest.mark.parametrize(
    "body",
    [
        "NaN", "Infinity", "1e999", "-1e999", "9" * 10_000, '{"a":1,"a":2}', "[" * 20_000, '{"a":' * 20_000, "01",
        "'x'",
        '"\\x"', "tru", "undefined", "[1,]", "",
    ],
)  # fmt: skip
def test_what_is_no_json_makes_no_call(body):
    for tool_format in set(FORMATS) - set(RAW) - {"pythonic", "llama4_pythonic", "lfm2"}:
        turn = goods()[tool_format].replace('"v"', body)
        assert scan(turn, tool_format).calls == []


@pytest.mark.parametrize(
    "body", ["__import__('os')", "f()", "x", "1+1", "[1 for _ in y]", "lambda: 1", "f'{x}'", "b'x'"]
)
def test_what_is_no_literal_makes_no_call(body):
    for tool_format in ("pythonic", "llama4_pythonic", "lfm2"):
        turn = goods()[tool_format].replace("'v'", body)
        assert scan(turn, tool_format).calls == []


@everywhere
def test_hostile_text_raises_nothing_and_makes_no_call(tool_format):
    for kind, text in hostile(tool_format, size=20_000):
        for read_as in FORMATS:
            scanned = scan(text, read_as)
            assert len(scanned.items) <= MAX_CALLS + 1
            untyped = tool_format in RAW or read_as in RAW
            if kind in MEANT or untyped or (kind == "thoughts open" and read_as == "harmony"):
                continue
            assert scanned.calls == [], (kind, read_as)


@given(tool_format=formats, text=st.text(max_size=60), place=st.integers(0, 200))
def test_any_text_anywhere_in_a_turn_raises_nothing(tool_format, text, place):
    good = goods()[tool_format]
    for turn in (text, good[:place] + text + good[place:], good[:place] + text, text + good):
        for item in scan(turn, tool_format).items:
            assert isinstance(item, Call | Fault)


def test_an_answer_is_no_call():
    for answer in ("The answer is 4.", "", "\\boxed{4}", '{"sum": 4}', "[1, 2]", "```python\nf(x=1)\n```", "x < y > z"):
        for tool_format in FORMATS:
            assert scan(answer, tool_format).items == ()


def test_models_spellings_that_mean_one_thing_are_read():
    wanted = [Call("f", {"x": 1})]
    for turn in (
        '<tool_call>{"name":"f","arguments":"{\\"x\\": 1}"}</tool_call>',
        '<tool_call>\n\n{"name": "f", "parameters": {"x": 1}} </tool_call><|im_end|>',
    ):
        assert scan(turn, "hermes").calls == wanted
    assert scan('[TOOL_CALLS]f{"x": 1}</s>', "mistral").calls == wanted
    assert scan('[TOOL_CALLS]f[CALL_ID]abc123xyz[ARGS]{"x": 1}', "mistral").calls == wanted
    assert scan('[TOOL_CALLS] [{"name": "f", "arguments": {"x": 1}}]', "mistral").calls == wanted
    assert scan('<|python_tag|>{"name": "f", "parameters": {"x": 1}}<|eom_id|>', "llama_json").calls == wanted
    assert scan("[f(x=1)]<|eot_id|>", "pythonic").calls == wanted
    assert scan("[f(x=1,),]", "pythonic").calls == wanted
    assert scan("<function=f>\n<parameter=x>\n1\n</parameter>\n</function>", "qwen3_coder").calls == [
        Call("f", {"x": "1"}, raw=True)
    ]


def test_a_format_that_is_unknown_is_named():
    with pytest.raises(UsageError, match="no tool format 'hermas': did you mean 'hermes'"):
        scan("", "hermas")


def test_no_fault_repeats_what_the_policy_wrote():
    secret = "".join(string.ascii_lowercase)
    for tool_format in FORMATS:
        turn = goods()[tool_format].replace("v", secret).replace("f", f"{secret}!", 1)
        assert secret not in "".join(item.text for item in scan(turn, tool_format).items if isinstance(item, Fault))
