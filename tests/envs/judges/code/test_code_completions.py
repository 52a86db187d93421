# ruff: noqa: E501 - the completions are short texts on one line
"""The forms completions come in, and what holds no answer: thinking that never ends, text after the end."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs.authoring.judge.code import job_of
from envs.core.errors import UsageError
from envs.judges.code import fences
from envs.judges.code.extract import code_of
from envs.judges.math.reading.around import visible as math_visible

F = "def square(n):\n    return n*n\n"
GOOD = {
    "crlf": f"```python\r\n{F}```".replace("\n", "\r\n"),
    "bom": "\ufeff" + F,
    "bom_fence": "\ufeff```python\n" + F + "```",
    "list": "1. x\n   ```python\n   def square(n):\n       return n*n\n   ```\n",
    "bullet": "- ```python\n  def square(n):\n      return n*n\n  ```\n",
    "quote": "> ```python\n> def square(n):\n>     return n*n\n> ```\n",
    "unpaired": F + "```\nThis function squares.\n",
    "unpaired2": F + "```\n\nExample:\n```\nsquare(3)\n```\n",
    "unpaired_import": "import math\n\n" + F + "```\nprose here is long",
    "begin": f"[BEGIN]\n{F}[DONE]\n\nMore text",
    "begin_fence": f"[BEGIN]\n```python\n{F}```\n[DONE]",
    "done_only": f"{F}[DONE]\nassert x",
    "helper": "```python\ndef mul(a,b):\n    return a*b\n```\nthen\n```python\ndef square(n):\n    return mul(n,n)\n```",
    "usage": f"```python\n{F}```\nUsage:\n```python\nprint(square(3))\n```",
    "output": f"```python\n{F}```\nOutput:\n```\n9\n```",
    "untagged": f"```\n{F}```\n\n```\n9\n```",
    "bash": f"```bash\npython x.py\n```\n```python\n{F}```\n```bash\npython x.py\n```",
    "think": f"<think>```python\ndef square(n): return 0\n```</think>{F}",
    "think_close_only": f"some thought\n```python\ndef square(n): return 0\n```\n</think>\n\n```python\n{F}```",
    "think_open_fence": f"<think>x\n```python\ndef square(n):\n  return\n</think>\n```python\n{F}```",
    "reasoning": f"<reasoning>no</reasoning>\n```python\n{F}```",
    "string_think": f"```python\n{F}TAG='</think>'\n```",
    "string_answer": f"```python\n{F}TAG='<answer>'\nEND='</answer>'\n```",
    "answer": f"<answer>\n```python\n{F}```\n</answer>",
    "answer_bare": f"<answer>{F}</answer>",
    "answer_after_think": f"<think>a</think><answer>```python\n{F}```</answer>",
    "prose_after": f"{F}\nThe function works by multiplying n.\n",
    "prose_bullets": f"{F}\n- It takes n\n- It returns n*n\n",
    "explanation": f"{F}\nExplanation:\nThis is it.\n",
    "bold": f"{F}\n**Explanation**: multiplies.\n",
    "prose_both": f"Here you go:\n\n{F}\nHope this helps!\n",
    "im_end": f"```python\n{F}```<|im_end|>",
    "im_end_bare": f"{F}<|im_end|>\n<|im_start|>user",
    "eos": f"{F}</s>",
    "decorator": f"Sure\n@staticmethod\n{F}".replace("@staticmethod\n", "import functools\n@functools.cache\n"),
    "docstring_fence": "```python\ndef square(n):\n    '''\n    ```\n    x\n    ```\n    '''\n    return n*n\n```",
    "tilde": f"~~~python\n{F}~~~",
    "four": f"````python\n{F}````",
    "py_attr": f'```python title="a.py"\n{F}```',
    "brace": "```{.python}\n" + F + "```",
    "upper": f"```Python3\n{F}```",
    "inline": f"Answer: ```python\n{F}```",
    "closing_same": "```python\ndef square(n):\n    return n*n```",
    "multi_attempt": f"```python\ndef square(n):\n    return n\n```\nWait, that is wrong.\n```python\n{F}```",
    "string_module": f"'''Module docs about this thing here\nIt really works well for everyone\n'''\n{F}",
    "comment_first": f"# squares\n{F}",
    "tabs": "```python\ndef square(n):\n\treturn n*n\n```",
    "trailing_test": f"{F}\n\nassert square(2) == 4\nprint(square(3))\n",
    "prompt_open_with_text": f"\n{F}```\n\nI used multiplication.",
    "const_block": "```python\nLIMIT = 2\n```\n```python\ndef square(n):\n    return n**LIMIT\n```",
    "import_block": "```python\nimport math\n```\n```python\ndef square(n):\n    return int(math.pow(n, 2))\n```",
    "nested_class": "```python\nclass Solution:\n    def square(self, n):\n        return n*n\n```",
    "helper_after": "```python\ndef square(n):\n    return mul(n, n)\n```\nwhere mul is:\n```python\ndef mul(a, b):\n    return a * b\n```",
    "base_after": "```python\ndef square(n):\n    return Mul(n).by(n)\n\nclass Num: pass\n```\n```python\nclass Mul(Num):\n    def __init__(self, a): self.a = a\n    def by(self, b): return self.a * b\n```",
    "constant_after": "```python\ndef square(n, to=POWER):\n    return n ** to\n```\nwith\n```python\nPOWER = 2\n```",
    "python_tag": f"[PYTHON]\n{F}[/PYTHON]\n[TESTS]\nassert square(2) == 4\n[/TESTS]",
    "python_tag_prose": f"Here you are:\n[PYTHON]\n{F}[/PYTHON]\nDone.",
    "python_tag_fence": f"[PYTHON]\n```python\n{F}```\n[/PYTHON]",
    "code_tag": f"Use <code>n*n</code> here:\n<code>\n{F}</code>\nDone with <code>square</code>.",
    "pre_code_tag": f'Here:\n<pre><code class="python">{F}</code></pre>\n',
    "code_word": f"The operator <code>*</code> does it.\n```python\n{F}```\nSee <code>square</code>.",
    "session_after": f"```python\n{F}```\n```python\n>>> square(3)\n9\n```",
    "ends_in_backticks_comment": "```python\ndef square(n):\n    # see `x`\n    return n*n\n```",
}
BAD = {
    "think_unclosed": f"<think>\n```python\n{F}```\n",
    "reasoning_unclosed": f"<reasoning>\n```python\n{F}```\n",
    "thinking_unclosed": f"<thinking>{F}",
    "scratch": f"<scratchpad>\n```python\n{F}```\n",
    "kimi": f"◁think▷\n```python\n{F}```\n",
    "upper": f"<THINK>\n```python\n{F}```\n",
    "thought_mark": f"<|begin_of_thought|>\n{F}",
    "bracket": f"[THINK]\n```python\n{F}```\n",
    "reopened": f"<think>a</think>\nHm\n<think>\n```python\n{F}```",
    "inside_only": f"<think>\n```python\n{F}```\n</think>\nDone.",
    "close_only": f"```python\n{F}```\n</think>\nDone.",
    "unclosed_fence_inside": f"<think>\n```python\n{F}",
    "javascript": "```javascript\nfunction square(n){return n*n}\n```",
    "refusal": "I can't do that.",
    "empty": "```python\n```",
    "after_end": f"I give up.<|im_end|>\n```python\n{F}```",
}


@pytest.mark.parametrize("name", GOOD)
def test_the_code_of_a_completion_is_found(name):
    names: dict = {}
    exec(code_of(GOOD[name], "square"), names)
    square = names["Solution"]().square if "Solution" in names else names["square"]
    assert square(7) == 49


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_answer_gives_no_code(name):
    assert "return n*n" not in code_of(BAD[name], "square")


def test_thinking_is_what_the_math_judge_takes_for_it():
    assert fences.THINK_OPEN is math_visible.THINK_OPEN
    assert fences.THINK_CLOSE is math_visible.THINK_CLOSE


TAGS = (("<think>", "</think>"), ("<reasoning>", "</reasoning>"), ("◁think▷", "◁/think▷"), ("[THINK]", "[/THINK]"))
thoughts = st.lists(
    st.sampled_from(["Hm.", "```python", "```", "def square(n): return 0", "    return 1", "", "~~~", "print('x')"])
).map("\n".join)


@given(thoughts, st.sampled_from(TAGS), st.sampled_from([F, f"```python\n{F}```", f"So:\n```python\n{F}```\nDone."]))
def test_thinking_before_an_answer_changes_nothing(thought, tags, answer):
    assert code_of(f"{tags[0]}\n{thought}\n{tags[1]}\n{answer}", "square") == code_of(f"\n{answer}", "square")


@given(thoughts, st.sampled_from(TAGS), st.booleans())
def test_thinking_that_never_ends_holds_no_answer(thought, tags, first):
    completion = f"{tags[0]}\n{thought}\n```python\n{F}```\n"
    assert "return n*n" not in code_of(completion if first else f"Let me see.\n{completion}", "square")


PARTS = [" ", "a", "`", "```", "```python", "\n", "</think>", "<answer>", "def f(): 0", "'''", "  "]


@given(st.lists(st.sampled_from(PARTS)))
def test_any_arrangement_gives_text(parts):
    assert isinstance(code_of("".join(parts), "f"), str)


MBPP = {"text": "square", "code": F, "test_list": ["assert square(3) == 9"]}
APPS = {"code": F, "input_output": {"inputs": ["1"], "outputs": ["1"]}}
WRONG = "def square(n): return 0"


@pytest.mark.parametrize("row", [MBPP, APPS, {"code": F, "calls": [[[3], 9]], "entry_point": "square"}])
@pytest.mark.parametrize("completion", [WRONG, "", [{"role": "assistant", "content": WRONG}]])
def test_the_reference_beside_a_completion_is_never_judged(row, completion):
    assert job_of(row)["code"] == F
    answer = completion if isinstance(completion, str) else WRONG
    assert job_of({**row, "completion": completion})["code"].strip() == answer


@pytest.mark.parametrize("completion", [None, 5, [], ["def f(): pass"], [{"role": "assistant"}], {"content": F}])
def test_a_completion_that_is_no_text_is_refused_whatever_code_is_beside_it(completion):
    with pytest.raises(UsageError, match=re.escape('"completion" must be text')):
        job_of({**MBPP, "completion": completion})


@pytest.mark.parametrize("prompt", ["def square(n):\n", "def square(n):", "import math\n\ndef square(n) -> int:\n"])
@pytest.mark.parametrize("body", ["    m = n\n    return m * n\n", "    return n * n\n\nprint(1)"])
def test_a_body_continues_a_prompt_that_has_no_docstring(prompt, body):
    row = {"prompt": prompt, "completion": body, "tests": "assert square(3) == 9", "entry_point": "square"}
    found = {}
    exec(job_of(row)["code"], found)
    assert found["square"](3) == 9


def test_an_answer_in_two_blocks_is_whole_where_no_entry_point_is_told():
    completion = GOOD["helper_after"]
    found: dict = {}
    exec(code_of(completion), found)
    assert found["square"](7) == 49
    shown = f"Given:\n```python\nassert square(3) == 9\n```\nthis will do:\n```python\n{F}```"
    assert code_of(shown) == F
    again = (
        f"```python\ndef square(n):\n    return mul(n, n)\n```\nBetter:\n```python\ndef mul(a, b): return a * b\n{F}```"
    )
    assert code_of(again) == f"def mul(a, b): return a * b\n{F}"
    program = "```python\nprint(twice(int(input())))\n```\nwhere\n```python\ndef twice(n):\n    return 2 * n\n```"
    assert code_of(program) == "def twice(n):\n    return 2 * n\n"  # shown before it: what is asked, maybe


@pytest.mark.parametrize("body", ["    return n * n\n", "[PYTHON]\n    return n * n\n[/PYTHON]"])
def test_a_body_continues_a_prompt_whose_function_is_not_named(body):
    prompt = 'def square(n):\n    """Squares."""\n'
    job = job_of({"prompt": prompt, "completion": body, "tests": "assert square(3) == 9"})
    assert job["entry_point"] == "square" and job["tests"].entry == "square"
    found: dict = {}
    exec(job["code"], found)
    assert found["square"](3) == 9


def fenced(*parts):
    return "\n\nThen:\n\n".join(f"```python\n{part}\n```" for part in parts)


AREA = "def area(r):\n    return PI * square(r)"
SQUARE = "def square(x):\n    return x * x"
PI = "PI = 3.14159265"
WRONG_AREA = "def area(r):\n    return 3"
CIRCLE = "class Circle(Shape):\n    def __init__(self, r): self.r = r\n    def area(self): return PI * self.r ** 2"
SHAPE = "class Shape:\n    pass"
UNIT = "import unittest\nclass T(unittest.TestCase):\n    def test(self): self.assertEqual(area(1), 3)\nif __name__ == '__main__':\n    unittest.main()"
LOGGED = "def logged(f):\n    def w(*a): return f(*a)\n    return w"
JOINED = {
    "usage_last": fenced(SQUARE, PI, AREA, "print(area(2))"),
    "assigned_usage": fenced(SQUARE, PI, AREA, "result = area(3)\nprint(result)"),
    "reading_usage": fenced(SQUARE, PI, AREA, "r = float(input())\nprint(area(r))"),
    "session": fenced(SQUARE, PI, AREA, ">>> area(2)\n12.56"),
    "tests_last": fenced(SQUARE, PI, AREA, UNIT),
    "helpers_after": fenced(AREA, SQUARE, PI),
    "lambda": fenced(AREA, "square = lambda x: x * x", "import math\nPI = math.pi"),
    "redefined": fenced("def square(x):\n    return x + x", PI, AREA, SQUARE),
    "redefined_beside": fenced(f"{PI}\ndef square(x):\n    return x + x\n{AREA}", SQUARE),
    "corrected": fenced(WRONG_AREA, SQUARE, PI, AREA),
    "chain": fenced("def one(x):\n    return x", "def square(x):\n    return one(x) * x", PI, AREA, "print(area(1))"),
    "chain_back": fenced(AREA, "def square(x):\n    return one(x) * x", "def one(x):\n    return x", PI),
    "base_after": fenced(CIRCLE, SHAPE, "def area(r):\n    return Circle(r).area()", PI),
    "decorator_after": fenced(f"{SQUARE}\n@logged\n{AREA}", LOGGED, PI),
    "import_alone": fenced("from math import pi", "def area(r):\n    return pi * r ** 2", "area(3)"),
    "lower_constant": fenced("pi = 3.14159265", "def area(r):\n    return pi * r ** 2", "print(area(3))"),
    "output": fenced(f"{PI}\n{SQUARE}\n{AREA}") + "\nOutput:\n```\n12.56\n```",
    "whole_again": fenced(SQUARE, PI, f"{PI}\n{SQUARE}\n{AREA}"),
}
ASKING = {
    "imported": {"test": "from solution import area\ndef test_a(): assert abs(area(1) - 3.1415) < 1e-3"},
    "module": {"test": "import solution\ndef test_a(): assert abs(solution.area(1) - 3.1415) < 1e-3"},
    "called": {"test_list": ["assert abs(area(1) - 3.1415) < 1e-3"]},
    "entry": {"test_list": ["assert abs(area(1) - 3.1415) < 1e-3"], "entry_point": "area"},
}


@pytest.mark.parametrize("asking", ASKING)
@pytest.mark.parametrize("name", JOINED)
def test_blocks_are_joined_to_all_that_the_tests_need(name, asking):
    names: dict = {"__name__": "solution"}
    exec(job_of({**ASKING[asking], "completion": JOINED[name]})["code"], names)
    assert abs(names["area"](2) - 12.566) < 0.01


def test_the_last_answer_counts_where_there_are_several():
    names: dict = {}
    exec(job_of({**ASKING["called"], "completion": fenced(SQUARE, PI, AREA, WRONG_AREA)})["code"], names)
    assert names["area"](2) == 3
