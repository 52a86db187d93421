"""Benchmarks from the Hugging Face hub: the same tasks as from the authors' files, and never unasked.

There is no network where tests run: `on_hub` puts data sets with the hub's own splits and columns in the place of
`datasets.load_dataset`, and other tests read data sets that `save_to_disk` wrote.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

import envs
from envs.core.errors import UsageError
from envs.core.registry import EnvSpec
from envs.workers.pool import VerifierPool
from gymtests.places import DATA

datasets = pytest.importorskip("datasets", reason="needs `pip install datasets`")
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"no {DATA}: needs the real data beside the repository")
Rows = list[dict[str, Any]]

SUMS: Rows = [{"question": f"What is {n} and {n}?", "answer": f"Twice {n}.\n#### {2 * n}"} for n in range(120)]
PROBLEMS: Rows = [{"problem": f"What is ${n}^2$?", "solution": "", "answer": str(n * n)} for n in range(20)]
AIME: Rows = [{"id": n, "problem": f"Find {n}.", "solution": "", "answer": f"{n:03}", "url": ""} for n in range(60, 90)]
HUMANEVAL: Rows = [
    {
        "task_id": f"HumanEval/{k}",
        "prompt": f"def add{k}(x):\n    ''' Adds {k}. '''\n",
        "canonical_solution": f"    return x + {k}\n",
        "test": f"def check(candidate):\n    assert candidate(1) == {1 + k}\n",
        "entry_point": f"add{k}",
    }
    for k in range(3)
]
MBPP: Rows = [
    {
        "source_file": "made up",
        "task_id": number,
        "prompt": f"Add {number} to a number.",
        "code": f"def add{number}(x):\n    return x + {number}",
        "test_imports": [],
        "test_list": [f"assert add{number}(1) == {number + 1}"],
    }
    for number in (2, 9, 11, 510, 511, 590, 600, 601, 700, 974)
]
HUB: dict[str, dict[str, Rows]] = {
    "openai/gsm8k:main": {"train": SUMS[:100], "test": SUMS[100:]},
    "HuggingFaceH4/MATH-500": {"test": PROBLEMS},
    "HuggingFaceH4/aime_2024": {"train": AIME},
    "Maxwell-Jia/AIME_2024": {"train": [{"ID": r["id"], "Problem": r["problem"], "Answer": r["answer"]} for r in AIME]},
    "openai/openai_humaneval": {"test": HUMANEVAL},
    "google-research-datasets/mbpp:sanitized": {
        "train": [row for row in MBPP if row["task_id"] > 600],
        "test": [row for row in MBPP if 10 < row["task_id"] <= 510],
        "validation": [row for row in MBPP if 510 < row["task_id"] <= 600],
        "prompt": [row for row in MBPP if row["task_id"] <= 10],
    },
}
FILES = {
    "gsm8k": {"train.jsonl": SUMS[:100], "test.jsonl": SUMS[100:]},
    "math500": {"test.jsonl": PROBLEMS},
    "aime": {"test.jsonl": AIME},
    "humaneval": {"HumanEval.jsonl.gz": HUMANEVAL},
    "mbpp": {"sanitized-mbpp.json": MBPP},
}
PYTHON = {"humaneval", "mbpp"}


def data_set(splits: dict[str, Rows]) -> Any:
    return datasets.DatasetDict({name: datasets.Dataset.from_list(rows) for name, rows in splits.items()})


def written(folder: Path, files: dict[str, Rows]) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in files.items():
        lines = json.dumps(rows) if name.endswith(".json") else "\n".join(map(json.dumps, rows))
        (folder / name).write_bytes(gzip.compress(lines.encode()) if name.endswith(".gz") else lines.encode())
    return str(folder)


def tasks_of(name: str, split: str, data: str) -> tuple[str, list[envs.Task]] | None:
    """Returns version and tasks of a split, line and file apart; None where there is no such split."""
    try:
        tasks = envs.make(name, split=split, data=data, **({"check": False} if name in PYTHON else {})).tasks
    except UsageError:
        return None
    return tasks.version, [tasks.task(seed) for seed in range(tasks.size or 0)]


def all_of(name: str, data: str) -> list[Any]:
    found = [tasks_of(name, split, data) for split in envs.SPLITS]
    return [one and (one[0], [(t.id, t.prompt, t.gold) for t in one[1]]) for one in found]


@pytest.fixture(autouse=True)
def nothing_around(tmp_path, monkeypatch):
    monkeypatch.delenv("GRPO_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def on_hub(monkeypatch):
    """Stands in for the network, and returns what was asked of it."""
    asked: list[str] = []

    def load_dataset(name: str, configuration: str | None = None) -> Any:
        asked.append(f"{name}:{configuration}" if configuration else name)
        if asked[-1] not in HUB:
            raise FileNotFoundError(f"Dataset '{name}' doesn't exist on the Hub\nor cannot be accessed")
        return data_set(HUB[asked[-1]])

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    return asked


@pytest.mark.parametrize("name", FILES)
def test_the_same_rows_are_the_same_tasks_and_version_from_files_and_from_the_hub(name, tmp_path, on_hub):
    from_files = all_of(name, written(tmp_path / name, FILES[name]))
    assert not on_hub and from_files[2]
    assert all_of(name, "hf:") == from_files
    (canonical,) = set(on_hub)
    assert canonical in HUB and all_of(name, f"hf:{canonical}") == from_files


def test_another_data_set_with_other_column_names_is_read_by_the_declared_table(on_hub):
    assert all_of("aime", "hf:Maxwell-Jia/AIME_2024") == all_of("aime", "hf:")
    assert len(all_of("aime", "hf:")[2][1]) == len(AIME)


def test_any_data_set_of_questions_is_a_math_data_set_or_a_table(on_hub):
    question = envs.make("math-dataset", split="test", data="hf:openai/gsm8k:main")
    assert question.tasks.size == 20 and question.tasks.task(0).id.startswith("gsm8k/")
    columns = {"prompt": "{question}", "answer": "{answer}", "verifier": "exact"}
    table = envs.make("dataset", split="test", data="hf:openai/gsm8k:main", **columns)
    assert table.tasks.size == 20 and table.tasks.task(0).id.startswith("gsm8k/")
    with pytest.raises(UsageError, match="math-dataset has no data set of its own on the hub: name one"):
        envs.make("math-dataset", data="hf:")


@pytest.mark.parametrize("name", FILES)
def test_nothing_is_downloaded_unasked_and_the_error_says_how_to_ask(name, tmp_path, on_hub):
    with pytest.raises(UsageError) as nothing_said:
        envs.make(name, split="test")
    for way in ("--data PATH", "--env-arg data=PATH", "--config", "GRPO_DATA", "--data hf: loads"):
        assert way in str(nothing_said.value)
    for missing in (tmp_path / "none", Path("openai/gsm8k")):
        with pytest.raises(UsageError, match="--data hf: loads .*/.* from the Hugging Face hub"):
            envs.make(name, split="test", data=str(missing))
    assert on_hub == []


def test_the_variable_may_name_the_hub(monkeypatch, on_hub):
    monkeypatch.setenv("GRPO_DATA", "hf:")
    assert envs.make("math500", split="test").tasks.size == 20
    assert on_hub == ["HuggingFaceH4/MATH-500"]


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("gsm8k", "hf:nobody/nothing", "cannot load the data set 'nobody/nothing': FileNotFoundError"),
        ("gsm8k", "hf:HuggingFaceH4/MATH-500", "hf:HuggingFaceH4/MATH-500 has no field 'question': it has problem"),
        ("mbpp", "hf:openai/openai_humaneval", "no number in the column 'task_id'"),
        ("humaneval", "hf:openai/gsm8k:main", "hf:openai/gsm8k:main, row 1: no field 'task_id'"),
        ("math500", "hf:HuggingFaceH4/aime_2024", "in hf:HuggingFaceH4/aime_2024"),
    ],
)
def test_a_data_set_that_does_not_fit_is_one_line(name, data, says, on_hub):
    with pytest.raises(UsageError) as error:
        envs.make(name, split="test", data=data)
    assert says in str(error.value) and "\n" not in str(error.value)


def test_a_folder_that_save_to_disk_wrote_goes_to_workers_too(tmp_path):
    data_set(HUB["openai/gsm8k:main"]).save_to_disk(str(tmp_path / "saved"))
    spec = EnvSpec("gsm8k", {"data": str(tmp_path / "saved"), "split": "test"})
    assert EnvSpec(**json.loads(json.dumps(spec.to_json()))) == spec
    task = spec.build().tasks.task(3)
    with VerifierPool(spec, deadline_s=30) as pool:
        right, wrong = pool.score([(task.id, f"\\boxed{{{task.gold}}}"), (task.id, "\\boxed{-1}")])
    assert (right.score, wrong.score) == (1.0, 0.0)


@needs_data
@pytest.mark.parametrize("name", ["gsm8k", "math500", "humaneval", "mbpp"])
def test_real_data_saved_with_the_hubs_splits_is_what_the_authors_files_are(name, tmp_path):
    def lines(file: str) -> Rows:
        text = gzip.decompress((DATA / file).read_bytes()) if file.endswith(".gz") else (DATA / file).read_bytes()
        return json.loads(text) if file.endswith(".json") else [json.loads(line) for line in text.splitlines()]

    files = {
        "gsm8k": {"train": "gsm8k/train.jsonl", "test": "gsm8k/test.jsonl"},
        "math500": {"test": "math500/test.jsonl"},
        "humaneval": {"test": "humaneval/HumanEval.jsonl.gz"},
        "mbpp": {"all": "mbpp/sanitized-mbpp.json"},
    }[name]
    splits = {split: lines(file) for split, file in files.items()}
    if name == "mbpp":
        ends = {"train": (601, 975), "test": (11, 511), "validation": (511, 601), "prompt": (1, 11)}
        splits = {k: [row for row in splits["all"] if a <= row["task_id"] < b] for k, (a, b) in ends.items()}
        assert [len(rows) for rows in splits.values()] == [120, 257, 43, 7]  # as the hub counts them
    data_set(splits).save_to_disk(str(tmp_path / name))
    assert all_of(name, str(tmp_path / name)) == all_of(name, str(DATA / name))
