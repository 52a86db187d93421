import json

import pytest

from envs.core.registry import EnvSpec
from envs.core.task import Task
from evals.results.contamination import check_contamination, check_plan, find_overlap, normalised
from grpo.settings.config import TrainConfig
from gymtests.places import LEAKY, SUMS

LONG = "A train leaves the station at noon carrying {} crates of apples bound for the far northern harbour town"


def task(task_id, prompt):
    return Task(task_id, prompt, "1")


def test_other_problems_are_clean():
    overlap = find_overlap([task("a", "What is 2 + 3?")], [task("b", "What is 2 - 3?"), task("c", "What is 23?")])
    assert not overlap.contaminated
    assert (overlap.train_tasks, overlap.test_tasks) == (1, 2)


def test_case_and_punctuation_do_not_hide_a_copy():
    overlap = find_overlap([task("a", "What is 2 + 3?")], [task("b", "what IS   2+3")])
    assert overlap.texts == 1 and overlap.ids == 0 and overlap.examples == ("b",)


def test_same_id_same_text_counts_as_id():
    assert find_overlap([task("a", "x y")], [task("a", "x y")]).ids == 1
    assert not find_overlap([task("a", "x y")], [task("a", "other words")]).contaminated


def test_a_long_shared_stretch_counts():
    overlap = find_overlap([task("a", LONG.format(7) + ". How many?")], [task("b", "Once, " + LONG.format(7))])
    assert overlap.ngrams == 1 and overlap.texts == 0


def test_wording_that_all_tasks_share_does_not_count():
    train = [task(f"a{i}", LONG.format("some") + f" {i} and {i + 1}") for i in range(30)]
    assert find_overlap(train, [task("b", LONG.format("some") + " 77 and 99")]).ngrams == 0


@pytest.mark.parametrize("count", [4, 5, 10, 30, 200])
def test_wording_is_known_from_a_few_prompts_and_a_copy_among_them_is_found(count):
    train = [task(f"a{i}", LONG.format("some") + f" {i} and {i + 1}") for i in range(count)]
    test = [task(f"b{i}", LONG.format("some") + f" {i + 500} and {i}") for i in range(count)]
    assert not find_overlap(train, test).contaminated
    story = "Once upon a time seven quiet bakers shared nineteen loaves among their hungry neighbours before dawn broke"
    found = find_overlap([*train, task("x", f"{story}. How many?")], [*test, task("y", f"Tell me. {story}!")])
    assert found.ngrams == 1 and found.examples == ("y",)


@pytest.mark.parametrize("name", ["math", "code", "format", "countdown", "guess", "calculator", "chain"])
def test_no_short_run_of_what_ships_is_called_unclean(name):
    test = [EnvSpec(name, {"split": "test"}).build().tasks.task(n) for n in range(50)]
    for steps, each in ((1, 1), (1, 5), (2, 5), (1, 11), (4, 16), (25, 8)):
        config = TrainConfig(env=name, steps=steps, tasks_per_step=each)
        assert check_plan(config, test)["status"] == "clean", (steps, each)


@pytest.mark.parametrize(
    ("a", "b"),
    [("3 - 2", "3 + 2"), ("x < 2", "x > 2"), ("2/3", "2*3"), ("1 = 2", "1 2"), ("(2+8)*8", "2+8*8"), ("3.5", "3 5")],
)
def test_signs_tell_problems_apart(a, b):
    assert normalised(a) != normalised(b)


def state(folder, split, seed=0, step=5):
    (folder / "trainer_state").mkdir(parents=True)
    facts = {
        "step": step,
        "config": {"seed": seed, "tasks_per_step": 4},
        "manifest": {"env": {"name": SUMS, "kwargs": {"split": split}}},
    }
    (folder / "trainer_state" / "state.json").write_text(json.dumps(facts))
    return folder


def test_a_checkpoint_trained_on_the_tested_split_is_caught(tmp_path):
    from envs.core.registry import EnvSpec

    test = EnvSpec(SUMS, {"split": "test"}).build()
    tasks = [test.tasks.task(i) for i in range(10)]
    found = check_contamination(state(tmp_path / "c", "test"), tasks)
    assert found["status"] == "contaminated" and found["ids"] == 10


def test_no_manifest_or_a_strange_one_is_unknown(tmp_path):
    assert check_contamination(tmp_path, [])["status"] == "unknown"
    folder = state(tmp_path / "c", "test")
    (folder / "trainer_state" / "state.json").write_text('{"step": 1}')
    found = check_contamination(folder, [])
    assert found["status"] == "unknown" and "manifest" in found["reason"]


def test_what_is_chosen_as_a_run_goes_nobody_knows_before():
    from grpo.settings.config import TrainConfig

    assert check_plan(TrainConfig(env="math", sampler="band"), [])["status"] == "unknown"
    assert check_plan(TrainConfig(env="math", sampler="uniform"), [])["status"] == "clean"


def test_procedural_splits_are_clean():
    from envs.builtin.math.tasks import ProceduralMath

    train, test = ProceduralMath("train"), ProceduralMath("test")
    overlap = find_overlap([train.task(i) for i in range(600)], [test.task(i) for i in range(200)])
    assert not overlap.contaminated, overlap


def test_a_run_says_before_it_starts_that_its_held_out_tasks_are_trained_on(caplog, tmp_path):
    from evals.evaluator import Evaluator
    from evals.training import make_evaluator
    from grpo.runs.rundir import RunDir
    from grpo.settings.config import TrainConfig
    from gymtests.evaluating.fake_policy import FakeSampler

    leaky = LEAKY
    for leaks, status, said in ((4, "contaminated", 1), (0, "clean", 0)):
        caplog.clear()
        run = RunDir(tmp_path / status)
        config = TrainConfig(env=leaky, env_args={"leaks": leaks}, steps=3, eval_tasks=10, eval_samples=1)
        evaluate = make_evaluator(config, run, lambda *_: None)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Evaluator, "__call__", lambda self, engine, _, **options: self.run(engine, **options))
            for label in ("before", "after"):
                evaluate(FakeSampler(1.0), [None], label)
        for label in ("before", "after"):
            summary = json.loads((run.evals / label / "summary.json").read_text())
            assert summary["contamination"]["status"] == status
        assert sum("is not clean: 4 of 10" in record.message for record in caplog.records) == said
