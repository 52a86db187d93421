"""The tables in the documentation are the code's."""

from __future__ import annotations

import re

import envs.judges.parts
from envs.builtin.format.families import FAMILIES
from envs.builtin.format.forms import KINDS
from gymtests.places import DOCS

TEXT = (DOCS / "environments.md").read_text(encoding="utf-8")


def section(title):
    return TEXT.split(f"\n## {title}\n")[1].split("\n## ")[0]


def test_the_tables_of_forms_and_families_are_the_codes():
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", section("`format`"), re.MULTILINE))
    assert rows == {item.name: item.says for item in (*KINDS.values(), *FAMILIES.values())}


def test_every_part_of_the_library_is_in_its_table():
    named = set(re.findall(r"`([A-Z]\w+)`", section("Rubrics: rewards of several parts")))
    library = {name: getattr(envs.judges, name) for name in envs.judges.__all__}
    parts = {name for name, part in library.items() if ".judges.parts." in part.__module__ and name[0].isupper()}
    assert len(parts) > 10 and parts - {"Answer"} | {"CodeTests"} <= named


def test_the_rubric_in_the_documentation_works():
    code = section("Rubrics: rewards of several parts").split("```python\n")[1].split("```")[0]
    names: dict = {}
    exec(code.split("env = ")[0], names)
    task = envs.Task("t", "?", "24")
    assert names["rubric"](task, "<think>8*3</think><answer>24</answer>").score == 1
    assert names["rubric"](task, "<answer>24</answer>").score == 1 / 1.2
    assert names["rubric"](task, "<think>8*3</think><answer>25</answer>").score == 0
