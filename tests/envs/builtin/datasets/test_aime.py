import json

import pytest

import envs
from envs.core.errors import UsageError

ROWS = [
    {"problem": "What is 17 + 16?", "answer": "033", "year": 2030},
    {"problem": "What is 900 + 99?", "answer": 999},
    {"problem": "What is 1000 + 1?", "answer": "1001"},
    {"problem": "What is half of 1?", "answer": "1/2"},
    {"problem": "What is 0 - 5?", "answer": "-5"},
]


@pytest.fixture
def data(tmp_path):
    file = tmp_path / "aime.jsonl"
    file.write_text("\n".join(map(json.dumps, ROWS)) + "\n")
    return file


def test_whole_numbers_below_a_thousand_are_the_test_set_and_other_rows_are_named(data):
    with pytest.warns(UserWarning, match="3 rows left out .*line 3: the answer '1001' is no whole number"):
        env = envs.make("aime", data=str(data))
    assert env.tasks.size == 2 and env.tasks.split == "test"
    first = env.tasks.task(0)
    for answer, score in (("33", 1.0), ("033", 1.0), ("330", 0.0), ("", 0.0)):
        assert env.score(first, f"So it is \\boxed{{{answer}}}.").score == score


def test_a_folder_with_a_test_file_and_the_data_variable(data, monkeypatch, tmp_path):
    folder = tmp_path / "all" / "aime"
    folder.mkdir(parents=True)
    (folder / "test.jsonl").write_text("\n".join(map(json.dumps, ROWS[:2])))
    assert envs.make("aime", data=str(folder)).tasks.size == 2
    monkeypatch.setenv("GRPO_DATA", str(tmp_path / "all"))
    assert envs.make("aime").tasks.size == 2


def test_there_is_nothing_to_train_on(data):
    with pytest.raises(UsageError, match="test set and has no split 'train'"):
        envs.make("aime", data=str(data), split="train")
