import json
import shutil

import numpy as np
import pytest

from envs.core.errors import UsageError
from envs.core.registry import EnvSpec
from evals.evaluator import EvalSettings, Evaluator
from evals.results.comparison import compare, compare_folders, find_evals, gate
from evals.statistics.paired import mcnemar
from gymtests.evaluating.fake_policy import FakeSampler
from gymtests.places import SUMS


@pytest.fixture(scope="module")
def evals(tmp_path_factory):
    """Three policies on the same 40 tasks x 4 samples: weak, weak under another name, strong."""
    folder = tmp_path_factory.mktemp("evals")
    with Evaluator(EnvSpec(SUMS), EvalSettings(tasks=40, samples=4)) as evaluator:
        for name, skill in (("weak", 0.3), ("same", 0.3), ("strong", 0.8)):
            evaluator.run(FakeSampler(skill), model={"name": name}).save(folder / name)
    with Evaluator(EnvSpec(SUMS), EvalSettings(tasks=40, samples=1, greedy=False)) as evaluator:
        for name, skill in (("weak1", 0.3), ("strong1", 0.8)):
            evaluator.run(FakeSampler(skill), model={"name": name}).save(folder / name)
    return folder


def test_a_real_gain_is_called_better(evals):
    (row,) = compare_folders(evals / "weak", evals / "strong")
    assert row.verdict == "better" and row.p < 1e-4 and row.low > 0
    assert row.tasks == 40 and row.test == "sign-flip" and not row.warnings
    assert row.low < row.difference < row.high
    assert row.bootstrap_low < row.difference < row.bootstrap_high
    assert "better" in row.sentence() and "points" in row.sentence()
    (back,) = compare_folders(evals / "strong", evals / "weak")
    assert back.verdict == "worse" and back.difference == -row.difference


def test_the_same_policy_is_too_close_to_tell(evals):
    (row,) = compare_folders(evals / "weak", evals / "same")
    assert row.verdict == "too close to tell" and row.p == 1.0 and row.needed is None
    assert row.low < 0 < row.high


def test_one_sample_each_is_mcnemar(evals):
    (row,) = compare_folders(evals / "weak1", evals / "strong1")
    assert row.test == "mcnemar"
    assert row.p == mcnemar(row.gained, row.lost).p
    assert row.difference == pytest.approx((row.gained - row.lost) / 40)


def test_a_small_difference_says_how_many_tasks_it_needs(evals):
    (row,) = compare_folders(evals / "weak", evals / "weak1")
    if row.verdict == "too close to tell":
        assert row.needed is not None and f"~{row.needed:,} tasks" in row.sentence()
    assert any("different settings: samples 4 and 1" in warning for warning in row.warnings)


def test_greedy_and_pass_at_k_can_be_compared(evals):
    assert compare_folders(evals / "weak", evals / "strong", "greedy")[0].test == "mcnemar"
    assert compare_folders(evals / "weak", evals / "strong", "pass@4")[0].difference > 0
    with pytest.raises(UsageError, match="no metric 'pass@9'.*pass@1"):
        compare_folders(evals / "weak", evals / "strong", "pass@9")


def test_dataframe_has_one_row_a_benchmark(evals):
    frame = compare(evals / "weak", evals / "strong")
    assert len(frame) == 1
    assert frame.loc[0, "verdict"] == "better"
    assert {"difference", "low", "high", "p_holm", "sentence"} <= set(frame.columns)


def save_two_benchmarks(folder, skill):
    for split in ("dev", "test"):
        with Evaluator(EnvSpec(SUMS), EvalSettings(split=split, tasks=30, samples=2)) as evaluator:
            evaluator.run(FakeSampler(skill)).save(folder / split)


def test_folders_of_evals_are_paired_by_benchmark_and_corrected(tmp_path):
    save_two_benchmarks(tmp_path / "a", 0.45)
    save_two_benchmarks(tmp_path / "b", 0.6)
    rows = compare_folders(tmp_path / "a", tmp_path / "b")
    assert [row.benchmark.rpartition("/")[2] for row in rows] == ["dev", "test"]
    assert max(row.p_holm for row in rows) >= max(row.p for row in rows)
    assert min(row.p_holm for row in rows) == pytest.approx(min(1, 2 * min(row.p for row in rows)))


def test_two_evals_of_one_benchmark_must_be_named(evals):
    with pytest.raises(UsageError, match="holds two evals"):
        find_evals(evals)


def test_different_benchmarks_are_refused(evals, tmp_path):
    with Evaluator(EnvSpec(SUMS), EvalSettings(split="dev", tasks=5, samples=1)) as evaluator:
        evaluator.run(FakeSampler(0.5)).save(tmp_path / "dev")
    with pytest.raises(UsageError, match="nothing to compare"):
        compare_folders(evals / "weak", tmp_path / "dev")


def test_different_tasks_of_one_benchmark(evals, tmp_path):
    with Evaluator(EnvSpec(SUMS), EvalSettings(tasks=10, samples=4)) as evaluator:
        evaluator.run(FakeSampler(0.5)).save(tmp_path / "ten")
    (row,) = compare_folders(evals / "weak", tmp_path / "ten")
    assert row.tasks == 10 and any("only 10 tasks in common" in warning for warning in row.warnings)


def changed(source, target, change):
    """Copies an eval, its summary changed."""
    shutil.copytree(source, target)
    summary = json.loads((source / "summary.json").read_text())
    change(summary)
    (target / "summary.json").write_text(json.dumps(summary))
    return target


def test_other_versions_and_arguments_warn(evals, tmp_path):
    other = {"version": 7, "kwargs": {"split": "test", "size": 40}}
    copy = changed(evals / "weak", tmp_path / "b", lambda summary: summary["env"].update(other))
    (row,) = compare_folders(evals / "weak", copy)
    assert any("environment versions: 0 and 7" in warning for warning in row.warnings)
    assert any("arguments" in warning for warning in row.warnings)


def test_contamination_is_marked_and_strict_refuses(evals, tmp_path):
    overlap = {"texts": 3, "ngrams": 4, "test_tasks": 40, "examples": ["test-1"]}
    found = {"status": "contaminated", "reason": "", **overlap}
    copy = changed(evals / "weak", tmp_path / "b", lambda summary: summary.update(contamination=found))
    (row,) = compare_folders(evals / "strong", copy)
    assert any("contaminated" in warning for warning in row.warnings)
    with pytest.raises(UsageError, match="contaminated.*--strict"):
        compare_folders(evals / "strong", copy, strict=True)


def test_gate(evals):
    worse = compare_folders(evals / "strong", evals / "weak")
    (reason,) = gate(worse, 0.01)
    assert "dropped" in reason and "more than the 1 allowed" in reason
    assert gate(worse, 0.99) == []
    assert gate(compare_folders(evals / "weak", evals / "strong"), 0.0) == []
    assert gate(compare_folders(evals / "weak", evals / "same"), 0.0) == []
    with pytest.raises(UsageError):
        gate(worse, -0.1)


def test_damaged_evals_are_named(evals, tmp_path):
    (tmp_path / "summary.json").write_bytes((evals / "weak" / "summary.json").read_bytes())
    (tmp_path / "samples.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(UsageError, match="samples.parquet cannot be read"):
        compare_folders(evals / "weak", tmp_path)
    with pytest.raises(UsageError, match="no finished eval"):
        compare_folders(evals / "weak", tmp_path / "nowhere")


def test_an_eval_without_scorable_samples_is_named(evals, tmp_path):
    class Down(FakeSampler):
        def _one(self, index, request, sampling, on_sampled):
            from grpo.rollouts.sampler import Sampled

            sampled = Sampled("", 0, "failed", "down")
            on_sampled(index, sampled)
            return sampled

    with Evaluator(EnvSpec(SUMS), EvalSettings(tasks=5, samples=1)) as evaluator:
        evaluator.run(Down()).save(tmp_path / "down")
    with pytest.raises(UsageError, match="no sample was scorable"):
        compare_folders(evals / "weak", tmp_path / "down")


def test_values_are_paired_by_task_not_by_row(evals, tmp_path):
    from evals.results.result import EvalResult

    result = EvalResult.load(evals / "strong")
    rng = np.random.default_rng(0)
    result.samples = [result.samples[i] for i in rng.permutation(len(result.samples))]
    result.save(tmp_path / "shuffled")
    straight, shuffled = (
        compare_folders(evals / "weak", folder)[0] for folder in (evals / "strong", tmp_path / "shuffled")
    )
    assert straight == shuffled
