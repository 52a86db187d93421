"""Prompts that are too long: left out of a list and counted, replaced in a source without end, never met in a run."""

import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs import RunError, UsageError, make
from envs.core.registry import EnvSpec
from grpo.rollouts.context import Room
from grpo.rollouts.drawing.orders import TaskOrder
from grpo.rollouts.prompts import Prompts, plan_prompts
from gymtests.places import CROWDED
from gymtests.training.runs import assert_same_run, finish, kill_at, metrics, resume

SMALL = (
    "train", "--engine", "transformers", "--env", CROWDED, "--tasks-per-step", "3", "--group-size", "4",
    "--max-tokens", "8", "--eval-tasks", "0",
)  # fmt: skip


@given(st.integers(0, 2**62), st.integers(1, 40), st.sets(st.integers(0, 39)), st.integers(0, 3))
def test_an_epoch_passes_over_what_does_not_fit_and_keeps_the_order_of_the_rest(seed, size, bad, epoch):
    whole, order = TaskOrder(seed, size), TaskOrder(seed, size, lambda task: task not in bad)
    kept = [whole.seed(epoch * size + i) for i in range(size) if whole.seed(epoch * size + i) not in bad]
    if not kept:
        with pytest.raises(RunError, match="max-prompt-tokens"):
            order.seed(epoch)
        return
    assert [order.seed(epoch * len(kept) + i) for i in range(len(kept))] == kept
    assert order.passed_over == 0


@given(st.integers(0, 2**62), st.integers(0, 1000), st.integers(2, 5))
def test_a_source_without_end_replaces_in_place_whatever_was_asked_before(seed, position, every):
    def fits(task):
        return task % every != 0

    order = TaskOrder(seed, None, fits)
    found = [order.seed(position + i) for i in range(20)]
    again = [TaskOrder(seed, None, fits).seed(position + i) for i in reversed(range(20))]
    assert all(map(fits, found)) and found == again[::-1]
    plain = TaskOrder(seed, None)
    first = [plain.seed(position + i) for i in range(20)]
    assert [a for a in first if fits(a)] == [b for a, b in zip(first, found, strict=True) if fits(a)]
    assert (order.passed_over == 0) == (first == found)


def test_a_source_of_nothing_but_long_prompts_ends_in_one_line():
    with pytest.raises(RunError, match="1000 tasks in a row"):
        TaskOrder(0, None, lambda task: False).seed(0)


def test_many_prompts_are_measured_as_each_is_rendered(tiny):
    prompts = Prompts(make(CROWDED, size=9), tiny.renderer)
    assert prompts.measure() == [len(prompts.render(seed).prompt_ids) for seed in range(9)]


def test_what_fits_decides_the_context_and_the_longest_that_does_not_is_no_part_of_it(tiny):
    prompts, context, line = plan_prompts(make(CROWDED), tiny.renderer, Room(1024, 100))
    assert prompts.left_out == 3 and [seed for seed in range(12) if not prompts.fits(seed)] == [3, 7, 11]
    assert context == 256 and "3 of 12 tasks are left out" in line and "924 tokens" in line
    _, context, line = plan_prompts(make(CROWDED, words=300), tiny.renderer, Room(1024, 100))
    assert context > 600 and line is None


def test_a_source_without_end_may_be_given_a_longest_prompt(tiny):
    env = make(CROWDED, endless=True, words=100)
    prompts, context, line = plan_prompts(env, tiny.renderer, Room(1024, 100, 60))
    assert prompts.limit == 60 and context == 256 and "others take their place" in line
    assert not prompts.fits(3) and prompts.fits(0) and prompts.left_out == 0


@pytest.mark.parametrize(
    ("room", "says"),
    [
        (Room(1024, 1024), "leaves no room"),
        (Room(1024, 100, 1000), "take at most 924"),
        (Room(1024, 100, 3), "no prompt has at most --max-prompt-tokens 3"),
        (Room(104, 100), "lower --max-tokens"),
    ],
)
def test_a_limit_that_nothing_fits_is_refused_with_what_helps(tiny, room, says):
    with pytest.raises(UsageError, match=says):
        plan_prompts(EnvSpec(CROWDED).build(), tiny.renderer, room)


def test_a_long_prompt_among_others_is_counted_and_the_run_goes_on(grpo, tmp_path):
    run = tmp_path / "run"
    code, _, err = grpo(*SMALL, "--steps", "4", "--run-dir", run)
    assert code == 0, err
    assert len([line for line in err.splitlines() if "3 of 12 tasks are left out" in line]) == 1
    assert [line["tasks_left_out"] for line in metrics(run)] == [3] * 4
    rollouts = pd.read_parquet(run / "rollouts")
    assert rollouts[rollouts.step <= 3].groupby("task_id").size().to_dict() == {
        f"train-{place}": 4 for place in range(12) if place % 4 != 3
    }


def test_what_a_run_evaluates_on_is_measured_too(grpo, tmp_path):
    run = tmp_path / "run"
    code, out, err = grpo(
        *SMALL, "--steps", "1", "--eval-tasks", "12", "--eval-samples", "1", "--run-dir", run, "--json"
    )  # fmt: skip
    assert code == 0, err
    before = json.loads(out.splitlines()[-1])["before"]
    assert (before["tasks"], before["tasks_left_out"]) == (9, 3)
    assert "evals on the test split are over 9 of 12 tasks; 3 prompts too long" in err
    assert json.loads((run / "evals" / "before" / "summary.json").read_text())["contamination"]["test_tasks"] == 9


def test_a_run_of_short_prompts_says_nothing(grpo, tmp_path):
    code, _, err = grpo(*SMALL, "--env-arg", "every=0", "--steps", "1", "--run-dir", tmp_path / "run")
    assert code == 0 and "left out" not in err
    assert not {"tasks_left_out", "tasks_replaced"} & set(metrics(tmp_path / "run")[0])


def test_a_killed_run_that_replaces_tasks_goes_on_to_the_bit(grpo_process, tmp_path):
    args = (*SMALL, "--env-arg", "endless=true", "--env-arg", "every=3", "--save-every", "1", "--keep", "9",
            "--steps", "6", "--run-dir")  # fmt: skip
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    kill_at(grpo_process(*args, killed), killed, 3)
    code, _, err = finish(grpo_process(*args, whole))
    assert code == 0, err
    resume(grpo_process, killed)
    assert_same_run(killed, whole, range(1, 7))
    counted = [line.get("tasks_replaced", 0) for line in metrics(whole)]
    assert sum(counted) > 0
    ids = pd.read_parquet(whole / "rollouts").task_id
    assert all(int(task.rpartition("-")[2]) % 3 != 2 for task in ids)


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("--max-prompt-tokens", "-1"), "max_prompt_tokens"),
        (("--max-prompt-tokens", "5000"), "take at most"),
        (("--max-prompt-tokens", "2"), "no prompt has at most"),
    ],
)
@pytest.mark.parametrize("command", ["train", "eval"])
def test_a_wrong_limit_is_one_line_and_exit_2(grpo, tmp_path, command, args, says):
    out = tmp_path / "out"
    if command == "train":
        code, _, err = grpo(*SMALL, "--steps", "1", "--run-dir", out, *args)
    else:
        code, _, err = grpo(
            "eval", "--model", "builtin:tiny", "--engine", "transformers", "--env", CROWDED, "--out", out, *args
        )  # fmt: skip
    assert code == 2 and not out.exists()
    assert says.removeprefix("max_prompt_tokens") in err and "Traceback" not in err


def test_an_eval_leaves_long_prompts_out_and_says_how_many(grpo, tmp_path):
    args = (
        "eval", "--model", "builtin:tiny", "--engine", "transformers", "--env", CROWDED, "--n", "1", "--max-tokens",
        "4", "--json",
    )  # fmt: skip
    code, out, err = grpo(*args, "--out", tmp_path / "some")
    assert code == 0, err
    found = json.loads(out)
    assert found["tasks"] == 9 and found["tasks_left_out"] == 3
    code, _, err = grpo(*args, "--out", tmp_path / "some", "--max-prompt-tokens", "400")
    assert code == 2 and "holds another eval" in err
    code, out, err = grpo(*args, "--env-arg", "every=0", "--out", tmp_path / "all")
    assert json.loads(out)["tasks_left_out"] == 0 and json.loads(out)["tasks"] == 12
    code, out, err = grpo(*args[:-1], "--out", tmp_path / "some")
    assert code == 0 and "over" in out and "9 of 12 tasks; 3 prompts too long" in out
    code, out, err = grpo("eval", "compare", tmp_path / "some", tmp_path / "all")
    assert code == 0 and "the first eval is over 9 of 12 tasks; 3 prompts too long" in out
