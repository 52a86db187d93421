"""Which code a completion gives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs.judges.code.extract import code_of, continued, defines

F = "def f(x):\n    return x\n"
PROMPT = 'from typing import List\n\n\ndef f(x: int) -> int:\n    """ Returns x. """\n'


@pytest.mark.parametrize(
    ("completion", "code"),
    [
        (f"```python\n{F}```", F),
        (f"Here:\n```py\n{F}```\nIt works.", F),
        (f"```\n{F}```", F),
        (f"~~~python\n{F}~~~", F),
        (f"  ```python\n{F}  ```", F),
        (f"```python\n{F}", F),
        (f"```bash\npip install x\n```\n```python\n{F}```", F),
        (f"```python\nx = 1\n```\n```python\n{F}```\n```python\nprint(f(1))\n```", F),
        (f"```python\ndef f(x):\n    return 0\n```\nBetter:\n```python\n{F}```", F),
        (f"<think>```python\ndef f(x): return 9\n```</think>\n```python\n{F}```", F),
        (f"````python\n{F}```\n````", F + "```\n"),
        (F, F),
        (f"The answer is:\n{F}", F),
        (f"x = 1\n{F}", f"x = 1\n{F}"),
        (f"# f\n{F}", f"# f\n{F}"),
        ("I cannot.", ""),
        ("", ""),
        ("```python\n```", ""),
    ],
)
def test_code_of(completion, code):
    assert code_of(completion, "f") == code


def test_defines_looks_at_top_level_lines_alone():
    assert defines(F, "f") and defines("async def f(): 0", "f") and defines("class f: 0", "f") and defines("f = 1", "f")
    assert not defines("def ff(): 0", "f") and not defines("  def f(): 0", "f") and not defines("f == 1" and "#f", "f")


@pytest.mark.parametrize(
    ("completion", "x", "result"),
    [
        ("    return x\n", 3, 3),
        ("    return x", 3, 3),
        ("    y = x\n\n    return y\n\n\ndef g():\n    syntax error here\n", 3, 3),
        ("    return x\n\nprint(f(3))\nif", 3, 3),
        ("return x\n", 3, 3),
        ("\n    return x\n", 3, 3),
        (f"```python\n{F}```", 3, 3),
        (f"```python\n{PROMPT}    return x + 1\n```", 3, 4),
        ("```python\n    return x\n```", 3, 3),
        ("def f(x: List[int]):\n    return x\n", 3, 3),
        ("    return [\n        x\n    ][0]\n", 3, 3),
        ("    # comment\n# at the margin\n    return x\n", 3, 3),
    ],
)
def test_continuations(completion, x, result):
    names: dict = {}
    exec(continued(PROMPT, completion, "f"), names)
    assert names["f"](x) == result


def test_helpers_of_the_prompt_are_at_hand():
    prompt = "def helper(x):\n    return x * 2\n\n\ndef f(x):\n    '''Uses helper.'''\n"
    names: dict = {}
    exec(continued(prompt, "```python\ndef f(x):\n    return helper(x)\n```", "f"), names)
    assert names["f"](2) == 4


@given(st.text())
def test_any_text_gives_text(completion):
    assert isinstance(code_of(completion, "f"), str)
    assert isinstance(continued(PROMPT, completion, "f"), str)


@pytest.mark.parametrize(
    "unit", ["```", "~~~", "```python\n", "`", "<think>", "def ", "f = ", "(", " ", "\n", "a.b, c = "]
)
def test_long_hostile_text_is_read_in_time_that_grows_with_it(unit):
    completion = unit * (200_000 // len(unit))
    assert isinstance(code_of(completion, "f"), str)
    assert isinstance(continued(PROMPT, completion, "f"), str)
