"""The examples of docs/bridges.md and docs/learned-rewards.md run as shown."""

import os
import re
import sys
from pathlib import Path

import pytest

from gymtests.places import DOCS, environment


def _snippets(page):
    return re.findall(r"```python\n(.*?)```", (DOCS / page).read_text(), re.DOTALL)


def test_the_bridges_work_as_shown():
    pytest.importorskip("reasoning_gym", reason="needs `pip install reasoning-gym`")
    pytest.importorskip("datasets", reason="needs `pip install datasets`")
    gym, table, trl, _ = _snippets("bridges.md")
    names = {}
    for code in (gym, table, trl):
        exec(code, names)  # noqa: S102 - our own documentation
        if code is not trl:
            assert names["score"] == 1.0
    assert names["values"] == [0.0] or names["values"] == [1.0]


def test_serving_works_as_shown(monkeypatch):
    for package in ("starlette", "uvicorn", "websockets"):
        pytest.importorskip(package, reason=f"needs `pip install {package}`")
    for name, value in environment(
        PATH=os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    ).items():
        monkeypatch.setenv(name, value)
    names = {}
    exec(_snippets("bridges.md")[-1], names)  # noqa: S102
    assert names["served"].scorable and names["served"].parts["steps"] == 1.0
    names["server"].communicate(timeout=60)


def test_learned_rewards_work_as_shown(tmp_path):
    rubric, compared = _snippets("learned-rewards.md")
    names = {}
    exec(rubric, names)  # noqa: S102
    (tmp_path / "config.json").write_text("{}")
    built = names["rubric"](str(tmp_path), "http://127.0.0.1:1/v1", str(tmp_path / "cache"))
    assert [part.name for part in built.parts] == ["correct", "taste", "style"]
    exec(compared, {})  # noqa: S102
