"""Files of questions as environments."""

from __future__ import annotations

import json
from pathlib import Path

import gymnasium
import pytest

import envs
from envs.builtin.datasets.records import Rejected
from envs.core.errors import UsageError
from gymtests.places import DATA


def _write(path: Path, rows: list[object]) -> Path:
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def sums(tmp_path: Path) -> Path:
    return _write(
        tmp_path / "sums.jsonl", [{"problem": f"What is {n} plus {n}?", "solution": 2 * n} for n in range(300)]
    )


def _ids(env: envs.TextEnv) -> list[str]:
    assert env.tasks.size is not None
    return [env.tasks.task(seed).id for seed in range(env.tasks.size)]


def test_splits_of_one_file_share_nothing_and_lose_nothing(sums: Path) -> None:
    parts = [set(_ids(envs.make("math-dataset", split=split, data=str(sums)))) for split in envs.SPLITS]
    assert sum(map(len, parts)) == len(set.union(*parts)) == 300
    assert len(parts[0]) > len(parts[1]) > 0


def test_seeds_are_each_task_once_and_ids_find_it(sums: Path) -> None:
    env = envs.make("math-dataset", split="train", data=str(sums))
    ids = _ids(env)
    assert len(set(ids)) == len(ids) == env.tasks.size
    assert env.tasks.task(len(ids)).id == ids[0]
    assert all(env.tasks.get(name).id == name for name in ids[:20])
    with pytest.raises(UsageError, match="no task"):
        env.tasks.get("sums/none")


def test_ids_do_not_depend_on_the_order_of_the_file(sums: Path, tmp_path: Path) -> None:
    lines = sums.read_text(encoding="utf-8").splitlines()
    turned = tmp_path / "turned"
    turned.mkdir()
    (turned / "sums.jsonl").write_text("\n".join(reversed(lines)), encoding="utf-8")
    one = envs.make("math-dataset", data=str(sums))
    two = envs.make("math-dataset", data=str(turned / "sums.jsonl"))
    assert set(_ids(one)) == set(_ids(two))


def test_the_solution_earns_the_point_and_another_does_not(sums: Path) -> None:
    for answer_format in ("boxed", "tags"):
        env = envs.make("math-dataset", data=str(sums), answer_format=answer_format)
        for seed in range(20):
            task = env.tasks.task(seed)
            solution = env.tasks.solution(task)
            assert solution is not None
            assert env.score(task, solution).score == 1.0
            assert env.score(task, solution.replace(task.gold, "-7")).score == 0.0


def test_bad_rows_are_named_and_the_rest_is_used(tmp_path: Path) -> None:
    rows = ["{broken", {"question": "a?", "answer": "1"}, {"question": "b?"}, {"question": "c?", "answer": "\\frac{1"},
            "[3]", {"question": "d?", "answer": "2"}]  # fmt: skip
    _write(tmp_path / "train.jsonl", rows)
    _write(tmp_path / "dev.jsonl", [{"question": "e?", "answer": "3"}])
    with pytest.warns(UserWarning, match="4 rows left out.*line 1.*line 3"):
        env = envs.make("math-dataset", data=str(tmp_path))
    assert env.tasks.size == 2
    rejected: list[Rejected] = env.tasks.rejected  # pyright: ignore[reportAttributeAccessIssue]
    assert [row.line for row in rejected] == [1, 3, 4, 5]


def test_parquet_is_read_as_jsonl_is(sums: Path, tmp_path: Path) -> None:
    import pandas

    path = tmp_path / "pq" / "sums.parquet"
    path.parent.mkdir()
    pandas.read_json(sums, lines=True).to_parquet(path)
    one, two = (envs.make("math-dataset", data=str(file)) for file in (sums, path))
    assert _ids(one) == _ids(two)
    assert one.tasks.version == two.tasks.version


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({}, "data=PATH"),
        ({"data": "nowhere.jsonl"}, "no data file"),
        ({"data": "SUMS", "question_field": "ask"}, "no field 'ask'"),
        ({"data": "SUMS", "answer_format": "boxd"}, "did you mean 'boxed'"),
        ({"data": "SUMS", "policy": "gsm"}, "did you mean 'gsm8k'"),
    ],
)
def test_what_is_asked_wrongly_is_told(sums: Path, kwargs: dict[str, str], message: str) -> None:
    kwargs = {name: str(sums) if value == "SUMS" else value for name, value in kwargs.items()}
    with pytest.raises(UsageError, match=message):
        envs.make("math-dataset", **kwargs)


def test_data_sets_say_where_their_files_are_expected(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GRPO_DATA", raising=False)
    with pytest.raises(UsageError, match="GRPO_DATA"):
        envs.make("gsm8k")
    with pytest.raises(UsageError, match="no folder"):
        envs.make("gsm8k", data=str(tmp_path / "none"))
    with pytest.raises(UsageError, match="test set"):
        envs.make("math500", split="train", data=str(tmp_path))


@pytest.mark.skipif(not (DATA / "gsm8k").is_dir(), reason=f"no {DATA}/gsm8k: needs the real data beside the repository")
def test_gsm8k_keeps_the_published_test_set_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRPO_DATA", str(DATA))
    sizes = {split: envs.make("gsm8k", split=split).tasks.size for split in envs.SPLITS}
    assert sizes["test"] == 1319
    assert sizes["train"] + sizes["dev"] == 7473
    assert 600 < sizes["dev"] < 900
    env = gymnasium.make("grpo/Gsm8k-v0", split="test").unwrapped
    assert isinstance(env, envs.TextEnv)
    prompt, info = env.reset(seed=3)
    _, score, terminated, truncated, _ = env.step(env.tasks.solution(env.tasks.get(info["task_id"])) or "")
    assert "boxed" in prompt
    assert (score, terminated, truncated) == (1.0, True, False)


@pytest.mark.skipif(
    not (DATA / "math500").is_dir(), reason=f"no {DATA}/math500: needs the real data beside the repository"
)
def test_math500_is_500_tasks_whose_solutions_are_right() -> None:
    env = envs.make("math500", split="test", data=str(DATA / "math500"))
    assert env.tasks.size == 500
    tasks = [env.tasks.task(seed) for seed in range(500)]
    assert [task.gold for task in tasks if env.score(task, env.tasks.solution(task) or "").score != 1.0] == []
