"""Any records as an environment: templates, splits, bad rows, every kind of answer."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import envs
from envs import EnvSpec, UsageError
from envs.authoring.cli import parse_env_args
from envs.builtin.datasets.table import Columns, Table, TableTasks
from envs.builtin.datasets.template import Template
from envs.workers.pool import VerifierPool

QA = {"prompt": "{question}", "answer": "{answer}", "verifier": "exact"}


def _jsonl(path: Path, rows: list[object]) -> str:
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8")
    return str(path)


def _rows(count: int) -> list[object]:
    return [{"question": f"What follows {n}?", "answer": n + 1, "key": f"k{n}"} for n in range(count)]


def _prompts(env: envs.TextEnv) -> set[str]:
    return {env.tasks.task(seed).prompt for seed in range(env.tasks.size or 0)}


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "parquet"])
def test_every_format_gives_the_same_tasks_in_splits_that_share_none(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"after.{suffix}"
    if suffix == "jsonl":
        _jsonl(path, _rows(300))
    elif suffix == "csv":
        with path.open("w", newline="") as stream:
            writer = csv.DictWriter(stream, ["question", "answer", "key"])
            writer.writeheader()
            writer.writerows(_rows(300))  # type: ignore[arg-type]
    else:
        import pandas

        pandas.DataFrame(_rows(300)).to_parquet(path)
    whole = [envs.make("dataset", split=split, data=str(path), **QA) for split in envs.SPLITS]
    prompts = [_prompts(env) for env in whole]
    assert sum(map(len, prompts)) == len(set.union(*prompts)) == 300
    assert len(prompts[0]) > len(prompts[1]) > 0 < len(prompts[2])
    task = whole[0].tasks.task(0)
    assert whole[0].tasks.get(task.id) == task
    assert whole[0].score(task, whole[0].tasks.solution(task) or "").score == 1.0
    assert whole[0].score(task, f"<answer>{task.gold}1</answer>").score == 0.0


def test_ids_are_the_columns_or_the_prompts_hash_and_survive_reordering(tmp_path: Path) -> None:
    one = envs.make("dataset", data=_jsonl(tmp_path / "a.jsonl", _rows(40)), id_column="key", **QA)
    assert {one.tasks.task(seed).id for seed in range(one.tasks.size or 0)} <= {f"a/k{n}" for n in range(40)}
    hashed = envs.make("dataset", data=str(tmp_path / "a.jsonl"), **QA)
    (tmp_path / "turned").mkdir()
    turned = envs.make("dataset", data=_jsonl(tmp_path / "turned" / "a.jsonl", _rows(40)[::-1]), **QA)
    ids = [{env.tasks.task(seed).id for seed in range(env.tasks.size or 0)} for env in (hashed, turned)]
    assert ids[0] == ids[1]


def test_bad_rows_are_told_by_line_and_the_rest_is_used(tmp_path: Path) -> None:
    bad = [{"question": "No answer?"}, {"question": None, "answer": 1}, "[3]"]
    again = [{"question": "What follows 3?", "answer": "other"}, {"question": "what  follows 4?", "answer": 5}]
    rows = ["{broken", *_rows(30), *bad, *again]
    path = _jsonl(tmp_path / "rows.jsonl", rows)
    with pytest.warns(UserWarning) as caught:
        env = envs.make("dataset", data=path, **QA)
    said = " / ".join(str(warning.message) for warning in caught)
    assert "5 bad rows" in said and "line 1: not JSON" in said and "2 rows repeat a prompt" in said
    tasks = env.tasks
    assert isinstance(tasks, TableTasks)
    assert [row.line for _, row in tasks.rejected] == [1, 32, 33, 34, 35]
    assert tasks.duplicates == 2


def test_a_csv_row_of_another_width_is_one_bad_row(tmp_path: Path) -> None:
    path = tmp_path / "w.csv"
    path.write_text("question,answer\n" + "".join(f'"q\n{n}",{n}\n' for n in range(20)) + "one,2,3\n")
    with pytest.warns(UserWarning, match="line 42: 3 cells under 2"):
        envs.make("dataset", data=str(path), **QA)


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "bom"])
@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_what_spreadsheets_write_between_cells_is_read(tmp_path: Path, sign: str, mark: str) -> None:
    path = tmp_path / "cells.csv"
    rows = "".join(f'"What, {n}; or\t{n}?"{sign}{n}\n' for n in range(20))
    path.write_text(f"{mark}question{sign}answer\n{rows}", encoding="utf-8")
    tasks = envs.make("dataset", data=str(path), **QA).tasks
    assert all(task.prompt.startswith(f"What, {task.gold}; or\t{task.gold}?") for task in map(tasks.task, range(9)))


def test_a_split_that_few_rows_leave_empty_says_where_they_are(tmp_path: Path) -> None:
    path = _jsonl(tmp_path / "few.jsonl", _rows(3))
    with pytest.raises(UsageError, match=r"no task in split 'test' .*prompts: .* in train.*test_data or split_column"):
        envs.make("dataset", split="test", data=path, **QA)


def test_given_splits_hold_and_what_is_held_out_is_never_trained_on(tmp_path: Path) -> None:
    _jsonl(tmp_path / "train.jsonl", _rows(100))
    _jsonl(tmp_path / "test.jsonl", _rows(10))
    with pytest.warns(UserWarning, match="10 rows repeat a prompt: left out, 10 of them from another split"):
        parts = {split: _prompts(envs.make("dataset", split=split, data=str(tmp_path), **QA)) for split in envs.SPLITS}
    assert len(parts["test"]) == 10 and len(parts["train"]) + len(parts["dev"]) == 90 and parts["dev"]
    assert not parts["test"] & (parts["train"] | parts["dev"])
    alone = str(tmp_path / "train.jsonl")
    with pytest.warns(UserWarning):
        given_file = envs.make("dataset", split="test", data=alone, test_data=str(tmp_path / "test.jsonl"), **QA)
    assert _prompts(given_file) == parts["test"]


def test_a_column_can_name_the_split(tmp_path: Path) -> None:
    words = ["train", "validation", "TEST", "holdout"]
    rows = [{**row, "part": words[n % 4]} for n, row in enumerate(_rows(40))]  # type: ignore[dict-item]
    path = _jsonl(tmp_path / "p.jsonl", rows)  # type: ignore[arg-type]
    with pytest.warns(UserWarning, match="'holdout' in 'part' is no split"):
        sizes = [envs.make("dataset", split=s, data=path, split_column="part", **QA).tasks.size for s in envs.SPLITS]
    assert sizes == [10, 10, 10]


def test_a_hugging_face_data_set_is_read_by_the_package(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets", reason="needs `pip install datasets`")
    parts = {"train": _rows(50), "validation": [{"question": "What precedes 1?", "answer": 0, "key": "x"}]}
    saved = datasets.DatasetDict({name: datasets.Dataset.from_list(rows) for name, rows in parts.items()})
    saved.save_to_disk(str(tmp_path / "saved"))
    dev = envs.make("dataset", split="dev", data=str(tmp_path / "saved"), **QA)
    assert dev.tasks.size == 1 and dev.tasks.task(0).gold == "0"
    assert 40 <= (envs.make("dataset", data=str(tmp_path / "saved"), **QA).tasks.size or 0) < 50


def test_a_data_set_that_cannot_be_loaded_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("datasets", reason="needs `pip install datasets`")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("datasets.config.HF_HUB_OFFLINE", True, raising=False)
    with pytest.raises(UsageError, match="cannot load the data set 'nobody/nothing-here'"):
        envs.make("dataset", data="nobody/nothing-here", **QA)


CASES = {
    "math": ("\\frac{1}{2}", "so \\boxed{0.5}", "\\boxed{0.6}"),
    "exact": ("Paris", "<answer>Paris</answer>", "<answer>Paris or Rome</answer>"),
    "numeric": ("1,000", "<answer>1000</answer>", "<answer>100</answer>"),
    "regex": ("[a-z]+ [0-9]+", "abc 12", "abc"),
    "json_schema": ({"type": "object", "required": ["a"]}, '{"a": 1}', '{"b": 1}'),
    "code": (
        ["assert inc(1) == 2", "assert inc(5) == 6"],
        "def inc(n):\n    return n + 1",
        "def inc(n):\n    return n",
    ),
}


@pytest.mark.parametrize("verifier", CASES)
def test_every_kind_of_answer_is_judged_in_both_directions(tmp_path: Path, verifier: str) -> None:
    gold, right, wrong = CASES[verifier]
    rows = [{"q": f"question {n}", "a": gold} for n in range(20)]
    arguments = {"prompt": "{q}", "answer": "{a}", "verifier": verifier}
    spec = EnvSpec("dataset", {"data": _jsonl(tmp_path / "k.jsonl", rows), **arguments})
    task = spec.build().tasks.task(0)
    with VerifierPool(spec, deadline_s=30) as pool:
        rewards = pool.score([(task.id, right), (task.id, wrong), (task.id, "")])
    if rewards[0].outcome == "refused":
        pytest.skip("no sandbox on this machine")
    assert [(reward.score, str(reward.status)) for reward in rewards[:2]] == [(1.0, "ok"), (0.0, rewards[1].status)]
    assert rewards[1].scorable and rewards[2].score == 0.0


@pytest.mark.parametrize(
    ("verifier", "gold"),
    [("numeric", "many"), ("math", "\\frac{1"), ("regex", "(a"), ("regex", ".*"), ("json_schema", {"type": 3}),
     ("json_schema", "{"), ("code", []), ("exact", " ")],
)  # fmt: skip
def test_an_answer_that_cannot_be_judged_by_is_a_bad_row(tmp_path: Path, verifier: str, gold: object) -> None:
    good = CASES[verifier][0]
    rows = [{"q": f"question {n}", "a": good} for n in range(20)] + [{"q": "bad", "a": gold}]
    with pytest.warns(UserWarning, match="1 bad row left out .*line 21"):
        envs.make("dataset", data=_jsonl(tmp_path / "k.jsonl", rows), prompt="{q}", answer="{a}", verifier=verifier)


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"prompt": None}, "data and two templates"),
        ({"prompt": "{query}"}, "unknown field 'query'.*fields: answer, key, question"),
        ({"prompt": "no field"}, "names no field"),
        ({"prompt": "{question"}, "is none"),
        ({"prompt": "{question!r}"}, "is not understood"),
        ({"prompt": "{question.__class__}"}, "no field 'question.__class__'"),
        ({"verifier": "exactly"}, "did you mean 'exact'"),
        ({"answer_format": "boxd"}, "did you mean 'boxed'"),
        ({"id_column": "keys"}, "did you mean 'key'"),
        ({"split_column": "split"}, "no column 'split'"),
        ({"data": "nowhere.jsonl"}, "no data file"),
    ],
)
def test_what_is_asked_wrongly_is_told(tmp_path: Path, kwargs: dict[str, str], message: str) -> None:
    asked = {"data": _jsonl(tmp_path / "a.jsonl", _rows(20)), **QA, **kwargs}
    with pytest.raises(UsageError, match=message):
        envs.make("dataset", **asked)


def test_a_template_reaches_into_what_is_nested_and_a_lone_field_keeps_its_type() -> None:
    record = {"a": {"b": ["x", {"c": 3}]}, "d.e": "dotted"}
    assert Template("{a.b.0}{{}} {a.b.1.c} {d.e}").render(record) == "x{} 3 dotted"
    assert Template("{a}").value(record) == record["a"]
    assert Template("{a.b}").render(record) == '["x", {"c": 3}]'


@pytest.mark.filterwarnings("ignore")
@given(st.lists(st.tuples(st.text(max_size=8), st.sampled_from([None, "train", "dev", "test"])), max_size=30))
def test_no_prompt_is_in_two_splits_whatever_the_files_hold(rows: list[tuple[str, str | None]]) -> None:
    columns = Columns(Template("{q}"), Template("{a}"), "exact")
    held: dict[str, set[str]] = {}
    for split in envs.SPLITS:
        tables = [Table("t", owner, [(n, {"q": q, "a": "same"})]) for n, (q, owner) in enumerate(rows)]
        try:
            tasks = TableTasks("t", split, tables, columns)
        except UsageError:
            continue
        held[split] = {" ".join(task.prompt.split()).casefold() for task in tasks}
    assert sum(map(len, held.values())) == len(set().union(*held.values()))


def test_templates_with_commas_survive_the_command_line() -> None:
    parsed = parse_env_args(["prompt=Solve this, please: {q}", "levels=1,2", "names=a,b", "answer={a},{b}"])
    assert parsed == {"prompt": "Solve this, please: {q}", "levels": [1, 2], "names": ["a", "b"], "answer": "{a},{b}"}
