"""`grpo judge math` on files, good and bad."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli import main

ROWS = [
    {"id": "a", "gold": r"\frac{1}{2}", "completion": r"\boxed{0.5}"},
    {"id": "b", "gold": "5", "completion": "The answer is 6."},
    {"id": "c", "gold": 7, "completion": ""},
    {"id": "d", "gold": r"\frac{1", "completion": r"\boxed{1}"},
]


def _run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["grpo", "judge", "math", *arguments])
    try:
        code = main()
    except SystemExit as stop:
        code = stop.code
    return int(code or 0)


def _write(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("workers", ["1", "2"])
def test_rows_keep_their_fields_and_their_order(monkeypatch, tmp_path: Path, workers: str) -> None:
    source = _write(tmp_path / "rows.jsonl", [json.dumps(row) for row in ROWS * 50])
    target = tmp_path / "verdicts.jsonl"
    assert _run(monkeypatch, "--input", str(source), "--output", str(target), "--workers", workers) == 0
    verdicts = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert [row["id"] for row in verdicts] == list("abcd") * 50
    assert [row["status"] for row in verdicts[:4]] == ["correct", "wrong", "no_answer", "bad_gold"]
    assert [row["score"] for row in verdicts[:4]] == [1, 0, 0, 0]
    assert all({"extracted", "rung", "ms"} <= row.keys() for row in verdicts)
    assert list(tmp_path.iterdir()) == [target, source] or len(list(tmp_path.iterdir())) == 2


def test_bad_rows_are_reported_by_line_and_the_others_judged(monkeypatch, tmp_path: Path, capsys) -> None:
    lines = [
        "{broken",
        json.dumps(ROWS[0]),
        "",
        "[1]",
        json.dumps({"gold": "5"}),
        json.dumps({"gold": "5", "completion": 5}),
    ]
    source = _write(tmp_path / "rows.jsonl", lines)
    assert _run(monkeypatch, "--input", str(source)) == 0
    printed = capsys.readouterr()
    assert [json.loads(line)["score"] for line in printed.out.splitlines()] == [1]
    for number in (1, 4, 5, 6):
        assert f"line {number}:" in printed.err


def test_a_missing_file_and_an_unknown_policy_are_usage_errors(monkeypatch, tmp_path: Path, capsys) -> None:
    assert _run(monkeypatch, "--input", str(tmp_path / "none.jsonl")) == 2
    source = _write(tmp_path / "rows.jsonl", [json.dumps(ROWS[0])])
    assert _run(monkeypatch, "--input", str(source), "--policy", "gsm") == 2
    assert "did you mean 'gsm8k'" in capsys.readouterr().err


def test_a_failed_run_leaves_no_output(monkeypatch, tmp_path: Path) -> None:
    source = _write(tmp_path / "rows.jsonl", ["{broken"])
    target = tmp_path / "verdicts.jsonl"
    assert _run(monkeypatch, "--input", str(source), "--output", str(target)) == 2
    assert list(tmp_path.glob("*.tmp")) == []


@pytest.mark.parametrize("text", ["", "\n \n\n"])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_file_without_rows_is_a_usage_error(monkeypatch, tmp_path: Path, capsys, text: str, workers: str) -> None:
    source = tmp_path / "rows.jsonl"
    source.write_text(text)
    assert _run(monkeypatch, "--input", str(source), "--output", str(tmp_path / "out"), "--workers", workers) == 2
    told = capsys.readouterr()
    assert told.out == "" and told.err.count("\n") == 1 and "holds no rows" in told.err
    assert list(tmp_path.iterdir()) == [source]
