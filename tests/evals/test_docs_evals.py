"""The Python of docs/evals.md runs as it stands."""

import re

from gymtests.evaluating.made_run import make_run
from gymtests.places import DOCS

DOC = DOCS / "evals.md"


def test_the_examples_run(tmp_path, monkeypatch, capsys):
    make_run(tmp_path / "runs" / "x")
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", DOC.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        exec(compile(block, str(DOC), "exec"), {"__name__": "example"})
    printed = capsys.readouterr().out
    assert "better" in printed and "runs/x" in printed
