import json

import numpy as np
import pandas as pd
import pytest

from envs.core.errors import UsageError
from envs.core.registry import EnvSpec
from envs.core.reward import Reward, Status
from evals.evaluator import EvalSettings, Evaluator, choose_tasks
from evals.results.result import EvalResult, Sample, read_summary
from evals.results.summary import metrics_of, summarise
from grpo.rollouts.sampler import Sampled
from gymtests.evaluating.fake_policy import FakeSampler
from gymtests.places import SUMS


@pytest.fixture(scope="module")
def evaluator():
    with Evaluator(EnvSpec(SUMS), EvalSettings(tasks=30, samples=4)) as evaluator:
        yield evaluator


def without_clock(summary):
    return {key: value for key, value in summary.items() if key != "seconds"}


def test_counts_what_was_sampled(evaluator):
    result = evaluator.run(FakeSampler(0.5))
    drawn = [sample for sample in result.samples if not sample.greedy]
    assert len(drawn) == 120 and len(result.samples) == 150
    by_hand = np.mean([sample.completion == sample.prompt.removeprefix("say ") for sample in drawn])
    assert result.summary["pass@1"] == pytest.approx(by_hand)
    assert result.summary["mean_reward"] == pytest.approx(by_hand)  # "nope" scores 0, the rest 1
    assert result.summary["greedy"] == 1.0
    assert result.summary["rates"]["truncated"] == result.summary["rates"]["no_answer"]
    assert result.summary["pass@1"] < result.summary["pass@4"] <= 1
    assert result.summary["parts"]["correct"] == pytest.approx(by_hand)


def test_a_partly_paid_failure_is_no_pass(evaluator):
    class Wrong(FakeSampler):
        def _one(self, index, request, sampling, on_sampled):
            sampled = Sampled("-1", 1, "stop")
            on_sampled(index, sampled)
            return sampled

    result = evaluator.run(Wrong())
    assert result.summary["pass@1"] == 0.0
    assert result.summary["mean_reward"] == pytest.approx(0.2)


def test_same_seed_same_result_other_seed_other(evaluator):
    first, again = evaluator.run(FakeSampler(0.5)), evaluator.run(FakeSampler(0.5))
    assert first.samples == again.samples
    assert without_clock(first.summary) == without_clock(again.summary)
    with Evaluator(EnvSpec(SUMS), EvalSettings(tasks=30, samples=4, seed=1)) as other:
        assert other.run(FakeSampler(0.5)).samples != first.samples


def test_uses_the_split_it_was_told(evaluator):
    assert all(task.id.startswith("test-") for task in evaluator.tasks)
    with Evaluator(EnvSpec(SUMS, {"split": "train"}), EvalSettings(split="dev", tasks=3)) as dev:
        assert all(task.id.startswith("dev-") for task in dev.tasks)


def test_breakdowns_add_up(evaluator):
    summary = evaluator.run(FakeSampler(0.5)).summary
    for by in ("by_family", "by_level"):
        parts = summary[by].values()
        assert sum(part["tasks_with"]["pass@1"] for part in parts) == 30
        weighted = sum(part["pass@1"] * part["tasks_with"]["pass@1"] for part in parts) / 30
        assert weighted == pytest.approx(summary["pass@1"])


def test_what_we_break_counts_against_nobody(evaluator):
    class Breaks(FakeSampler):
        def _one(self, index, request, sampling, on_sampled):
            text = "raise" if index % 4 == 0 and sampling.temperature else request.messages[-1]["content"][4:]
            sampled = Sampled(text, 1, "stop")
            on_sampled(index, sampled)
            return sampled

    result = evaluator.run(Breaks())
    assert result.summary["unscorable"] == 30
    assert result.summary["pass@1"] == 1.0
    assert "pass@4" not in result.summary  # no task has 4 samples that count


def test_a_sampler_that_gives_up_is_our_fault(evaluator):
    class Down(FakeSampler):
        def _one(self, index, request, sampling, on_sampled):
            sampled = Sampled("", 0, "failed", "the endpoint is down")
            on_sampled(index, sampled)
            return sampled

    result = evaluator.run(Down())
    assert result.summary["unscorable"] == len(result.samples)
    assert metrics_of(result.summary) == {}
    assert {sample.reason for sample in result.samples} == {"the endpoint is down"}


def test_saved_and_loaded_is_the_same(evaluator, tmp_path):
    result = evaluator.run(FakeSampler(0.5))
    result.samples[0].completion = "tab\there \\udcff ☃"
    result.save(tmp_path / "e")
    loaded = EvalResult.load(tmp_path / "e")
    assert loaded.samples == result.samples
    assert loaded.summary == json.loads(json.dumps(result.summary))
    frame = pd.read_parquet(tmp_path / "e" / "samples.parquet")
    assert len(frame) == len(result.samples)
    assert {"part_correct", "part_format"} <= set(result.frame().columns)
    assert not list(tmp_path.glob("**/*.tmp"))


def test_hostile_text_can_be_saved(evaluator, tmp_path):
    class Surrogates(FakeSampler):
        def _one(self, index, request, sampling, on_sampled):
            sampled = Sampled("\ud800\x00" + "9" * 50, 1, "stop")
            on_sampled(index, sampled)
            return sampled

    result = evaluator.run(Surrogates(), journal=tmp_path / "journal").save(tmp_path / "e")
    assert EvalResult.load(tmp_path / "e").samples == result.samples


def test_a_killed_eval_goes_on_and_ends_the_same(evaluator, tmp_path):
    journal = tmp_path / "journal.jsonl"
    whole = evaluator.run(FakeSampler(0.5), model={"name": "m"})
    with pytest.raises(KeyboardInterrupt):
        evaluator.run(FakeSampler(0.5, stop_after=70), model={"name": "m"}, journal=journal)
    with journal.open("a") as file:
        file.write('{"place": ["test-1", 0, false], "text": "cut he')
    rest = FakeSampler(0.5)
    resumed = evaluator.run(rest, model={"name": "m"}, journal=journal)
    assert rest.calls == 150 - 70
    assert resumed.samples == whole.samples
    cached = FakeSampler(0.5)
    assert evaluator.run(cached, model={"name": "m"}, journal=journal).samples == whole.samples
    assert cached.calls == 0


def test_a_journal_of_another_model_is_not_believed(evaluator, tmp_path):
    journal = tmp_path / "journal.jsonl"
    evaluator.run(FakeSampler(0.0), model={"name": "m", "sha256": "1"}, journal=journal)
    sampler = FakeSampler(1.0)
    result = evaluator.run(sampler, model={"name": "m", "sha256": "2"}, journal=journal)
    assert sampler.calls == 150 and result.summary["pass@1"] == 1.0


def test_damaged_journal_lines_are_made_again(evaluator, tmp_path):
    journal = tmp_path / "journal.jsonl"
    evaluator.run(FakeSampler(1.0), journal=journal)
    lines = journal.read_text().splitlines()
    lines[3:6] = ["[1, 2]", '{"place": ["test-1"]}', "\x00\x00"]
    journal.write_text("\n".join(lines) + "\n")
    sampler = FakeSampler(1.0)
    assert evaluator.run(sampler, journal=journal).summary["pass@1"] == 1.0
    assert sampler.calls == 3


def test_progress_reaches_the_end(evaluator):
    seen = {}
    evaluator.run(FakeSampler(0.5), progress=lambda what, done, total: seen.update({what: (done, total)}))
    assert seen == {"generate": (150, 150), "verify": (150, 150)}


def test_small_splits_are_taken_whole_and_large_ones_without_repeats():
    spec = EnvSpec(SUMS, {"split": "test"})
    assert [task.id for task in choose_tasks(spec.build(), 100, 0)] == [f"test-{i}" for i in range(40)]
    chosen = [task.id for task in choose_tasks(spec.build(), 12, 0)]
    assert len(set(chosen)) == 12 and chosen != [f"test-{i}" for i in range(12)]
    assert chosen == [task.id for task in choose_tasks(spec.build(), 12, 0)]


def test_an_empty_split_is_refused():
    with pytest.raises(UsageError, match="no tasks"):
        Evaluator(EnvSpec(SUMS, {"size": 0}))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"samples": 4, "ks": (8,)}, "raise --n"),
        ({"samples": 0}, "samples"),
        ({"tasks": 0}, "tasks"),
        ({"top_p": 0.0}, "top_p"),
        ({"temperature": -1.0}, "temperature"),
        ({"max_tokens": 0}, "max_tokens"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, words):
    with pytest.raises(UsageError, match=words):
        EvalSettings(**settings)


def test_default_ks():
    assert EvalSettings(samples=1).k_list == (1,)
    assert EvalSettings(samples=8).k_list == (1, 4, 8)
    assert EvalSettings(samples=6, ks=(2, 6)).k_list == (1, 2, 6)


def test_no_eval_in_a_folder_says_where_there_is_one(evaluator, tmp_path):
    with pytest.raises(UsageError, match="no finished eval"):
        read_summary(tmp_path)
    evaluator.run(FakeSampler(1.0)).save(tmp_path / "evals" / "a")
    with pytest.raises(UsageError, match="evals/a"):
        read_summary(tmp_path)
    (tmp_path / "evals" / "a" / "summary.json").write_text("[]")
    with pytest.raises(UsageError, match="not the summary"):
        read_summary(tmp_path / "evals" / "a")


def test_tables_hold_every_metric(evaluator):
    from rich.console import Console

    from evals.reporting.table import breakdown_table, metric_table

    summary = evaluator.run(FakeSampler(0.5)).summary
    console = Console(width=200, record=True, file=open("/dev/null", "w"))
    console.print(metric_table([("before", summary), ("after", summary)]), breakdown_table([("x", summary)], "level"))
    text = console.export_text()
    assert all(words in text for words in ("pass@1", "greedy", "pass@4", "maj@4", "before", "after", "level"))


def printed(*tables, width=100):
    from rich.console import Console

    console = Console(width=width, record=True, file=open("/dev/null", "w"))
    console.print(*tables)
    return console.export_text()


def test_two_policies_never_read_the_same(evaluator):
    from evals.reporting.table import breakdown_table, metric_table

    summary = evaluator.run(FakeSampler(0.5)).summary
    start = "runs/a-very-long-name-of-a-run-that-somebody-gave-it/checkpoints/step-"
    several = [(f"{start}00{n}", summary) for n in range(3)]
    for table in (metric_table(several), breakdown_table(several, "level")):
        text = printed(table)
        assert all(f"step-00{n}" in text for n in range(3)) and "a-very-long" not in text
    narrow = printed(metric_table([("alpha-1", summary), ("alpha-2", summary)]), width=30)
    assert "…" not in narrow.split("greedy")[0]


def test_the_policys_own_faults_are_named_and_ours_are_ours():
    from evals.reporting.table import metric_table

    program, end = "```python\ndef f(:\n```", "stop"
    rewards = [
        Reward(0.0, status=Status.ERROR, outcome="error", reason="loading the code: SyntaxError: invalid syntax"),
        Reward(0.0, status=Status.ERROR, outcome="error", reason="test 1 of 6: raised: NameError: name 'n'"),
        Reward(0.0, outcome="failed", reason="test 1 of 6: returned 114"),
        Reward(0.0, status=Status.ERROR, outcome="odd_one"),
    ]
    samples = [
        Sample("a", n, False, "", None, "", program, 0.0, False, str(r.status), r.outcome, None, r.reason, {}, 5, end)
        for n, r in enumerate(rewards)
    ]
    figures = summarise(samples, [1])
    assert figures["faults"] == dict.fromkeys(("failed", "odd_one", "raised", "syntax"), 0.25)
    text = printed(metric_table([("x", {**figures, "tasks": 1, "samples": 4})]))
    said = ("did not parse", "raised an error", "failed a test", "odd one")
    assert all(words in text for words in said) and "verification" not in text
