"""Tools on the command line: shown, called, checked, and put around the environments of other commands."""

import io
import json
import re
import sys

import pytest

from envs.tools.calls.formats import FORMATS, scan, write
from envs.tools.calls.turn import Call
from gymtests.places import ROOT

MINE = '''"""Tools of a test."""

import random

from envs.tools import ToolError, tool


@tool(seconds=1, output_chars=200)
def population(city: str, year: int = 2020) -> int:
    """People in a city.

    Args:
        city: Its name.
        year: Which census.
    """
    if city != "Rome":
        raise ToolError("no such city")
    return 2_800_000 + year


@tool
def dice(sides: int) -> int:
    """Throws a die.

    Args:
        sides: How many.
    """
    return random.SystemRandom().randrange(10**9)


def plain(x: float) -> float:
    """Halves.

    Args:
        x: A number.
    """
    return x / 2


@tool
def faulty(n: int) -> int:
    """Has a fault.

    Args:
        n: Any.
    """
    print("so far")
    return n // 0


def broken(x):
    """Is no tool."""
'''


@pytest.fixture
def mine(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(MINE)
    return path


def test_tools_are_listed_and_shown(grpo, mine):
    code, out, _ = grpo("tools", "list", mine, "--json")
    assert code == 0
    own = [f"{mine}:{name}" for name in ("population", "dice", "faulty")]
    assert [one["name"] for one in json.loads(out)] == ["calculator", "python", *own]
    assert "calculator" in grpo("tools", "list")[1]
    code, out, _ = grpo("tools", "show", f"{mine}:population", "--json")
    assert code == 0 and json.loads(out)[0]["schema"]["function"]["parameters"]["required"] == ["city"]
    assert "at most 1 s and 200 characters" in grpo("tools", "show", f"{mine}:population")[1]


@pytest.mark.parametrize(
    ("name", "pairs", "code", "said"),
    [
        ("calculator", ["expression=3*(4+5)"], 0, "27\n"),
        ("calculator", ["expression=3/0"], 1, "Error: division by zero.\n"),
        ("population", ["city=Rome", "year=1"], 0, "2800001\n"),
        ("population", ["city=Oslo"], 1, "no such city\n"),
        ("plain", ["x=3"], 0, "1.5\n"),
    ],
)
def test_a_tool_is_called_as_a_policy_would(grpo, mine, name, pairs, code, said):
    told = name if name == "calculator" else f"{mine}:{name}"
    assert grpo("tools", "call", told, *pairs)[:2] == (code, said)


def test_an_author_sees_what_a_policy_never_does(grpo_process, mine):
    process = grpo_process("tools", "call", f"{mine}:faulty", "n=3")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "the tool failed\n") and "so far" in err and "ZeroDivisionError" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["call", "calculater"], "no tool 'calculater': did you mean 'calculator'"),
        (["call", "calculator", "expresion=1"], "there is no argument 'expresion': did you mean 'expression'"),
        (["call", "calculator"], "the argument 'expression' is missing"),
        (["call", "calculator", "1+1"], "'1+1' is no argument: write it as NAME=VALUE"),
        (["call", "MINE:population", "city=Rome", "year=x"], "the argument 'year' must be a whole number"),
        (["call", "MINE", "city=Rome"], "makes 3 tools: name one"),
        (["call", "MINE:nothing"], "has no 'nothing'"),
        (["show", "MINE:broken"], "argument 'x' has no type"),
        (["show", "nowhere.py"], "no file nowhere.py"),
        (["format", "nowhere"], "no chat template at nowhere"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(grpo, mine, words, said):
    code, out, err = grpo("tools", *[word.replace("MINE", str(mine)) for word in words])
    assert (code, out) == (2, "") and said in err and len(err.strip().splitlines()) == 1


def test_a_tool_that_answers_differently_is_found(grpo, mine):
    code, out, _ = grpo("tools", "check", f"{mine}:population", "city=Rome")
    assert code == 0 and out.count("ok ") == 3
    code, _, err = grpo("tools", "check", f"{mine}:dice", "sides=6")
    assert code == 1 and "dice answers the same call differently" in err
    assert "give arguments to see one called" in grpo("tools", "check", mine)[1]


def test_formats_are_listed(grpo):
    code, out, _ = grpo("tools", "format", "--json")
    examples = json.loads(out)
    assert code == 0 and list(examples) == list(FORMATS)
    assert all(len(scan(turn, name).calls) == 1 for name, turn in examples.items())


def played(grpo, monkeypatch, turns, *flags):
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n\n".join(turns) + "\n"))
    code, out, err = grpo("env", "play", "math", "--seed", "1", "--json", *flags)
    return code, json.loads(out.splitlines()[-1]) if out else None, err


@pytest.mark.parametrize("tool_format", ["hermes", "llama_json"])
def test_a_person_plays_with_tools(grpo, monkeypatch, tool_format):
    turn = write([Call("calculator", {"expression": "12*12"})], tool_format)
    flags = ["--tools", "calculator", "--tool-format", tool_format, "--env-arg", "max_turns=3"]
    code, ended, err = played(grpo, monkeypatch, [turn, "<answer>7</answer>"], *flags)
    assert code == 0 and ended["parts"]["called"] == 1.0 and "144" in err


@pytest.mark.parametrize(
    "words",
    [
        ["env", "play", "math"], ["env", "show", "math"], ["env", "check", "math"], ["env", "audit", "math"],
        ["train", "--env", "math"], ["eval", "--env", "math", "--ckpt", "builtin:tiny"],
    ],
)  # fmt: skip
def test_every_command_with_environments_takes_tools_and_refuses_one_that_is_not_there(grpo, words):
    code, _, err = grpo(*words, "--tools", "calculater")
    assert code == 2 and "no tool 'calculater': did you mean 'calculator'" in err
    code, _, err = grpo(*words, "--tools", "calculator", "--tool-format", "hermas")
    assert code == 2 and "no tool format 'hermas': did you mean 'hermes'" in err
    code, _, err = grpo(*words, "--tool-format", "hermes")
    assert code == 2 and "--tool-format hermes says how tools are called: name them" in err


def test_a_syntax_of_special_tokens_is_refused_where_they_are_not_told(grpo):
    for words in (["train", "--env", "math"], ["eval", "--env", "math", "--ckpt", "builtin:tiny"]):
        code, _, err = grpo(*words, "--tools", "calculator", "--tool-format", "kimi")
        assert code == 2 and "--tool-format kimi: its marks are special tokens" in err


def test_tools_go_around_environments_that_are_named(grpo, tmp_path):
    (tmp_path / "run.toml").write_text('env = "math"\n')
    code, _, err = grpo("train", "--config", tmp_path / "run.toml", "--tools", "calculator")
    assert code == 2 and "--tools goes around the environments of --env" in err
    code, _, err = grpo("env", "show", "guess", "--tools", "calculator")
    assert code == 2 and "GuessEnv has turns of its own" in err


def test_the_snippets_of_the_documentation_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    for code in re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "tools.md").read_text(), re.DOTALL):
        exec(code, names)  # noqa: S102 - our own documentation
    assert names["heard"] == "<tool_response>\n2754440\n</tool_response>"
    assert (names["reward"].score, names["reward"].parts["called"]) == (1.0, 1.0)


def test_an_eval_plays_with_tools(grpo, tmp_path):
    code, _, err = grpo(
        "eval", "--env", "math", "--tools", "calculator", "--ckpt", "builtin:tiny", "--engine", "transformers",
        "--tasks", "2", "--n", "1", "--no-greedy", "--max-tokens", "8", "--out", tmp_path / "out",
    )  # fmt: skip
    assert code == 0, err
    summary = (tmp_path / "out" / "summary.json").read_text()
    assert "tools/math" in summary and "calculator" in summary


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("{% for m in messages %}{{ m.content }}{% endfor %}", ("", False, False)),
        (
            "{% if tools %}{{ tools | tojson }}{% endif %}{% for m in messages %}<|{{ m.role }}|>{{ m.content or '' }}"
            "{% for c in m.tool_calls or [] %}<tool_call>\n{{ c.function | tojson }}\n</tool_call>{% endfor %}<|end|>"
            "{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}",
            ("hermes", True, True),
        ),
        (
            "{{ tools | tojson }}{% for m in messages %}{% if m.role == 'tool' %}{{ raise_exception('no') }}{% endif %}"
            "{{ m.content or '' }}{% for c in m.tool_calls or [] %}[TOOL_CALLS]{{ c.function.name }}"
            "{% if c.function.arguments is not string %}{{ raise_exception('text') }}{% endif %}"
            "{{ c.function.arguments }}</s>{% endfor %}{% endfor %}",
            ("mistral", True, False),
        ),
        (
            "{{ tools | tojson }}{% for m in messages %}{{ m.content or '' }}{% for c in m.tool_calls or [] %}"
            "<|tool_calls_section_begin|><|tool_call_begin|>{{ c.id }}<|tool_call_argument_begin|>"
            "{{ c.function.arguments | tojson }}<|tool_call_end|><|tool_calls_section_end|>{% endfor %}{% endfor %}",
            ("kimi", True, True),
        ),
        ("{{ tools | tojson }}{% for m in messages %}{{ m.content }}{% endfor %}", ("", True, False)),
    ],
)
def test_the_syntax_of_a_template_is_found_by_sentinels(grpo, tmp_path, template, found):
    pytest.importorskip("transformers", reason="transformers is not installed")
    path = tmp_path / "chat_template.jinja"
    path.write_text(template)
    code, out, _ = grpo("tools", "format", tmp_path, "--json")
    told = json.loads(out)
    assert code == 0 and (told["format"], told["tools"], told["results"]) == found
