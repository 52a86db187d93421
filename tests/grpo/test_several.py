"""Runs over several environments, through the command line and the Python door: drawn, trained, evaluated, resumed."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import envs
import evals
import grpo as door
from grpo.algorithm.shaping import overlong_penalty
from grpo.rollouts.drawing.draws import drawn_counts, drawn_environment
from grpo.runs.rundir import RunDir
from grpo.session import prepare
from grpo.settings.config import load_config
from gymtests.training.door import QUICK, over, write_questions
from gymtests.training.runs import assert_same_run, finish, kill_at, metrics, resume

TWO = (
    "train", "--engine", "transformers", "--env", "math:2", "--env", "guess:1", "--env-arg", "levels=1",
    "--for", "math.max_tokens=24", "--max-tokens", "12", "--tasks-per-step", "4", "--group-size", "4",
)  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A whole run over an environment of one turn and one of several, evaluated before, meanwhile and after."""
    place = tmp_path_factory.mktemp("several") / "run"
    limits = [
        {"name": "math", "weight": 2, "max_tokens": 24, "args": {"levels": 1}, "system": "Be brief."},
        ("guess", 1),
    ]
    more = {"eval_tasks": 4, "eval_samples": 2, "eval_every": 2, "steps": 4, "tasks_per_step": 4, "max_tokens": 12}
    more["overlong_share"] = 0.5
    return door.train("builtin:tiny", limits, run_dir=place, **(QUICK | more))


def test_groups_are_of_the_environments_that_seed_step_and_slot_say(run):
    rollouts = run.rollouts
    assert set(rollouts.env) == {"math", "guess"}
    for step, rows in rollouts.groupby("step"):
        firsts = list(rows[rows["sample"] == 0].env)
        assert firsts == [("math", "guess")[drawn_environment(0, (2, 1), step, slot)] for slot in range(4)]
    state = json.loads((run.path / "checkpoints" / "last" / "trainer_state" / "state.json").read_text())
    assert state["positions"] == drawn_counts(0, (2, 1), 4, 4) and state["position"] == 16
    labels = [(one["label"], one["weight"], one["env"]["name"]) for one in state["manifest"]["environments"]]
    assert labels == [("math", 2, "math"), ("guess", 1, "guess")]


def test_each_has_its_own_figures_and_limits(run):
    for line in metrics(run.path):
        rows = run.rollouts[run.rollouts.step == line["step"]]
        assert set(line["env"]) == {"math", "guess"}
        for label, told in line["env"].items():
            own = rows[rows.env == label]
            assert told["groups"] == len(own) // 4
            if len(own):
                assert told["reward"] == pytest.approx(own.score.mean())
                assert told["pass_rate"] == pytest.approx((own.score >= 1).mean())
                assert told["parts"]["correct"] == pytest.approx(own.part_correct.mean())
                assert told["completion_tokens"] == pytest.approx(np.mean([sum(mask) for mask in own["mask"]]))
    longest = {label: rows.completion_tokens.max() for label, rows in run.rollouts.groupby("env")}
    one_turn = run.rollouts[run.rollouts.env == "math"]
    penalties = [overlong_penalty(length, 24, 0.5) for length in one_turn.completion_tokens]
    assert list(one_turn.part_overlong) == pytest.approx(penalties) and min(penalties) < 0
    turns = run.rollouts[run.rollouts.env == "guess"].turns.map(len)
    assert 12 < longest["math"] <= 24 and turns.max() > 1, "the case must mean something"


def test_held_out_results_are_by_environment_and_in_one_average_weighed_as_drawn(run):
    assert list(run.held_out.index) == [
        f"{label}/{env}" for label in ("before", "dev-000002", "dev-000004", "after") for env in ("guess", "math")
    ]
    found = json.loads((run.path / "evals" / "after" / "average.json").read_text())
    assert found["weights"] == {"math": pytest.approx(2 / 3), "guess": pytest.approx(1 / 3)}
    own = run.held_out
    for name in ("pass@1", "mean_reward"):
        expected = (2 * own.loc["after/math", name] + own.loc["after/guess", name]) / 3
        assert found[name] == pytest.approx(expected)
        low, high = found["intervals"][name]
        assert low <= expected <= high
    line = metrics(run.path)[-1]["held_out"]
    assert line["env"]["math"]["pass@1"] == own.loc["dev-000004/math", "pass@1"]
    assert line["mean_reward"] == json.loads((run.path / "evals/dev-000004/average.json").read_text())["mean_reward"]


def test_reports_and_evals_know_them(run, grpo, tmp_path):
    page = run.report(tmp_path / "page.html").read_text()
    assert "after/math" in page and "after/guess" in page and "math:2, guess:1" in page
    assert "pass rate by environment" in page and "math.pass_rate" in page
    assert list(evals.compare(run).benchmark) == ["guess/test", "math/test"]
    code, out, err = grpo("runs", "list", run.path.parent, "--json")
    (row,) = json.loads(out)["runs"]
    assert row["env"] == "math:2, guess:1" and 0 <= row["pass@1 after"] <= 1, err
    few = {"n": 1, "tasks": 2, "engine": "transformers", "greedy": False}
    frame = evals.evaluate(run, out=tmp_path / "evals", **few)
    assert list(frame.env) == ["math", "guess"]
    own = [facts(folder) for folder in frame["eval"]]
    assert [one["settings"]["max_tokens"] for one in own] == [24, 12]
    assert [one["model"].get("chat") for one in own] == [{"system": "Be brief."}, None]
    told = evals.evaluate(run, ["math"], system="Be verbose.", out=tmp_path / "other", **few)
    assert facts(told["eval"][0])["model"]["chat"] == {"system": "Be verbose."}


def facts(folder):
    return json.loads((Path(folder) / "summary.json").read_text())


@pytest.mark.parametrize("more", [("--max-refills", "2"), ("--overlap", "--mismatch", "tis", "--scale-envs")])
def test_a_killed_run_resumes_as_if_nothing_had_happened(grpo_process, tmp_path, more):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    args = (*TWO, "--steps", "8", "--save-every", "3", "--eval-tasks", "0", *more, "--run-dir")
    code, _, err = finish(grpo_process(*args, whole))
    assert code == 0, err
    kill_at(grpo_process(*args, killed), killed, 4)
    assert "going on after step" in resume(grpo_process, killed)
    assert_same_run(killed, whole, (2, 5, 8))
    assert set(pd.read_parquet(whole / "rollouts").env) == {"math", "guess"}


def test_environments_and_weights_are_part_of_the_run(grpo, run):
    again = ("train", "--run-dir", run.path, "--resume", "--steps", "5")
    for change in (
        ("--weights", "1,1"),
        ("--env", "math"),
        ("--env-arg", "guess.levels=2"),
        ("--for", "guess.max_tokens=9"),
    ):
        code, _, err = grpo(*again, *change)
        assert code == 2 and "--env " in err and "(was [" in err and err.count("\n") == 1, change
    assert len(metrics(run.path)) == 4


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--env", "math", "--env", "mth"), "did you mean 'math'"),
        (("--env", "math", "--env", "code", "--weights", "1"), "weights has 1 number and env has 2 environments"),
        (("--env", "math,code", "--weights", "1,-1"), "greater than 0"),
        (("--env", "math", "--env", "math"), "math twice"),
        (("--env", "math", "--env", "code", "--env-arg", "cod.levels=1"), "'cod' is not among env math, code"),
        (("--env", "math", "--env", "code", "--env-arg", "code.colour=1"), "takes no argument 'colour'"),
        (("--env", "math", "--env", "code", "--for", "max_tokens=3"), "NAME.SETTING=VALUE"),
        (("--env", "math", "--env", "code", "--for", "code.max_tokens=5000"), "does not fit the context"),
    ],
)
def test_what_cannot_be_is_said_in_one_line_and_nothing_is_written(grpo, tmp_path, flags, told):
    code, _, err = grpo("train", "--engine", "transformers", *flags, "--run-dir", tmp_path / "run")
    assert code == 2 and told in err and err.count("\n") == 1, err
    assert not list(tmp_path.iterdir())


def test_each_has_its_own_prompts(tmp_path):
    tables = [
        {"name": "math", "system": "Be brief.", "args": {"levels": 1}},
        {"name": "math", "max_prompt_tokens": 60, "max_tokens": 9, "args": {"levels": [1, 2]}},
    ]
    config = load_config(None, {"env": tables, "engine": "transformers", "shots": 1})
    first, second = prepare(config, RunDir(tmp_path / "run"), resume=False).members
    assert (first.said.label, second.said.label) == ("math", "math-2")
    texts = [member.renderer.tokenizer.decode(member.prompts.render(3).prompt_ids) for member in (first, second)]
    assert "Be brief." in texts[0] and "Be brief." not in texts[1]
    assert second.prompts.limit == 60 and second.sampling.max_tokens == 9 and first.prompts.limit > 60
    assert not (tmp_path / "run").exists()


def test_a_list_of_one_is_the_run_of_one(tmp_path):
    plain = door.train("builtin:tiny", "math", run_dir=tmp_path / "plain", **QUICK)
    listed = door.train("builtin:tiny", [("math", 3.0)], run_dir=tmp_path / "listed", **QUICK)
    assert_same_run(listed.path, plain.path, (1, 2, 3))
    config = [one.joinpath("config.toml").read_text() for one in (plain.path, listed.path)]
    assert config[0] == config[1] and "env" not in plain.rollouts and "env" not in metrics(plain.path)[0]


def test_rewards_of_ones_own_are_told_apart_and_travel_with_the_run(tmp_path):
    questions = write_questions(tmp_path)

    def short(task, completion):
        return len(set(completion)) % 2 == 0  # so that every group teaches, and the engine's log-probs are checked

    named = {"name": over(questions, short), "label": "short", "system": "Be brief."}
    run = door.train(
        "builtin:tiny", [over(questions), named, "math"], weights=[1, 1, 2], run_dir=tmp_path / "run", **QUICK
    )
    assert set(run.rollouts.env) <= {"dataset", "short", "math"}
    own = run.rollouts[run.rollouts.env == "short"]
    assert list(own.score) == [float(len(set(text)) % 2 == 0) for text in own.completion]
    lengths = run.rollouts.pivot_table("prompt_tokens", "task_id", "env")[["dataset", "short"]].dropna()
    assert len(lengths) and (lengths.short > lengths.dataset).all(), (
        "two that call a task alike have prompts of their own"
    )
    assert len(run.resume(steps=4, quiet=True).metrics) == 4

    def shorter(task, completion):
        return len(completion) < 3

    other = [over(questions), {**named, "name": over(questions, shorter)}, "math"]
    with pytest.raises(envs.UsageError, match="would break its exactness"):
        door.train(env=other, weights=[1, 1, 2], run_dir=run.path, resume=True, steps=5, quiet=True)
    with pytest.raises(envs.UsageError, match="not int"):
        door.train("builtin:tiny", ["math", 7], run_dir=tmp_path / "other", **QUICK)
