"""Training from Python: `grpo.train`, rewards of one's own, callbacks, runs side by side in one process."""

import io
import os
import re
import shutil
import signal
import sys
import threading
import typing
import warnings

import numpy as np
import pandas as pd
import pytest

import envs
import evals
import grpo
from grpo.policy.builtin import builtin_folder
from grpo.settings.config import TrainConfig
from grpo.settings.keywords import Settings
from gymtests.places import ROOT
from gymtests.training.door import QUICK, over, write_questions
from gymtests.training.runs import assert_same_run, finish


@pytest.fixture(scope="module")
def questions(tmp_path_factory):
    return write_questions(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def run(questions, tmp_path_factory):
    """A whole run with held-out evaluations."""
    place = tmp_path_factory.mktemp("runs") / "whole"
    more = {"eval_tasks": 6, "eval_samples": 2, "save_every": 1, "rehearsal": True}
    return grpo.train("builtin:tiny", over(questions), run_dir=place, **(QUICK | more))


def test_what_the_page_shows_runs(questions, tmp_path, monkeypatch, capsys):
    page = (ROOT / "docs" / "python.md").read_text()
    first, *others = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len([line for line in first.splitlines() if line.strip()]) <= 8
    monkeypatch.chdir(tmp_path)
    shutil.copy(questions, "questions.csv")
    shutil.copytree(builtin_folder("builtin:tiny"), "qwen")
    small = ", ".join(f"{name}={value!r}" for name, value in (QUICK | {"steps": 2, "eval_tasks": 3}).items())
    told = first.replace("steps=200", small).replace("n=4", "n=1, tasks=2, max_tokens=8, engine='transformers'")
    names = {"__name__": "__main__"}
    for code in (told, *others):
        exec(code, names)  # noqa: S102 - our own documentation
    assert "pass@1  mean_reward\nbefore " in capsys.readouterr().out
    run = names["run"]
    assert list(run.held_out.index) == ["before", "after"] and run.finished
    for frame in ("metrics", "rollouts", "held_out"):
        row = re.search(rf"\| `run\.{frame}` \| .*?: (.*?) \|\n", page)[1]
        named = {name for name in re.findall(r"`([^`]+)`", row) if not name.startswith(("before", "after", "dev-"))}
        assert named and named <= set(getattr(run, frame).columns)


def test_the_first_reward_of_the_page_pays_the_answer_and_no_other(questions):
    page = (ROOT / "docs" / "python.md").read_text()
    names: dict = {}
    exec(re.search(r"def reward.*?\n\n", page, re.DOTALL)[0], names)  # noqa: S102 - our own documentation
    task = over(questions).build().tasks.task(0)
    for said, paid in (("{}", True), ("It is {}", True), ("1{}", False), ("", False), ("{} or 7", False)):
        assert names["reward"](task, said.format(task.gold)) is paid


def test_a_run_is_frames_a_policy_and_a_page(run, tmp_path):
    assert run.finished and list(run.metrics.index) == [1, 2, 3]
    assert len(run.rollouts) == 3 * 8 and set(run.rollouts.status) == {"ok"}
    assert list(run.held_out.index) == ["before", "after"] and run.held_out["pass@1"].between(0, 1).all()
    ids = run.policy.tokenizer("1", return_tensors="pt").input_ids
    assert run.policy.model(ids).logits.isfinite().all()
    assert run.report(tmp_path / "page.html").read_text().startswith("<!")
    assert len(evals.load_run(run)) == 3 and grpo.Run(run.path).config.steps == 3
    (tmp_path / "config.toml").touch()
    with pytest.raises(envs.UsageError, match="holds no evaluation"):
        _ = grpo.Run(tmp_path).held_out
    (tmp_path / "config.toml").unlink()
    with pytest.raises(envs.UsageError, match="holds no run"):
        grpo.Run(tmp_path)


def test_a_run_is_evaluated_and_compared(run, tmp_path):
    own = evals.evaluate(run, n=2, tasks=3, engine="transformers", out=tmp_path / "own")
    assert list(own.env) == ["dataset"] and len(evals.load_eval(own["eval"][0])) == 9
    both = evals.evaluate(
        [run, "builtin:tiny"], "math,format", 1, tasks=2, max_tokens=8, engine="transformers", out=tmp_path
    )
    assert list(both.env) == ["math", "format"] * 2 and len(set(both.model)) == 2
    assert list(evals.compare(run).benchmark) == ["dataset/test"]
    pd.testing.assert_frame_equal(evals.compare(run, run), evals.compare(run.path / "evals/after", run))
    with pytest.raises(envs.UsageError, match="did you mean 'system'"):
        evals.evaluate(run, sytem="x")
    with pytest.raises(envs.UsageError, match="name an environment"):
        evals.evaluate("builtin:tiny")


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"stepps": 3}, r"no setting 'stepps': did you mean 'steps'\?"),
        ({"num_generations": 8}, "num_generations of TRL is group_size here"),
        ({"steps": 0}, "steps = 0"),
        ({"env": "mth"}, "did you mean 'math'"),
        ({"env": 7}, "not int"),
        ({"model": "builtin:tny"}, "did you mean 'tiny'"),
        ({"model": object()}, "model is object"),
        ({"resume": True}, "run_dir"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_written(tmp_path, monkeypatch, settings, told):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(envs.UsageError, match=told):
        grpo.train(**(QUICK | settings))
    assert not list(tmp_path.iterdir())


def test_editors_know_every_setting():
    known = typing.get_type_hints(Settings)
    assert known == {name: f.annotation for name, f in TrainConfig.model_fields.items() if name not in ("model", "env")}


def test_a_resume_takes_the_reward_along_and_notices_another(run, questions, tmp_path):
    place = tmp_path / "run"
    shutil.copytree(run.path, place, symlinks=True)
    again = {"run_dir": place, "resume": True, "quiet": True, "eval_tasks": 0, "steps": 4}
    assert len(grpo.train(env=over(questions), **again).metrics) == 4
    assert len(grpo.Run(place).resume(steps=5, quiet=True).metrics) == 5

    def lengthy(task, completion):
        return len(completion) > 7

    with pytest.raises(envs.UsageError, match="differ from the run's own") as refused:
        grpo.train(env=over(questions, lengthy), **again)
    assert "lengthy" in str(refused.value) and len(str(refused.value)) < 1500
    assert "pickle" in (place / "config.toml").read_text()
    state = next(place.glob("checkpoints/*/trainer_state/state.json")).read_text()
    assert grpo.Run(place).config.env_args["reward"]["sha256"] in state


def test_a_checkpoint_never_brings_code_into_an_eval(run, tmp_path):
    """What a checkpoint says it was trained on is followed without its reward, whoever wrote it."""
    import json

    from evals.results.contamination import check_contamination

    place = tmp_path / "ckpt"
    shutil.copytree(run.path / "checkpoints" / "step-000003", place)
    file = place / "trainer_state" / "state.json"
    assert '"pickle"' not in file.read_text()
    state = json.loads(file.read_text())
    assert "pickle" not in state["manifest"]["env"]["kwargs"]["reward"]
    state["manifest"]["env"]["kwargs"]["reward"]["pickle"] = "eJxLT"
    file.write_text(json.dumps(state))
    assert check_contamination(place, [])["status"] == "clean"


def test_runs_side_by_side_are_runs_apart(grpo_process, tmp_path):
    """Two in this process, another between them, are to the bit what the shell makes in a process of its own."""
    settings = QUICK | {"lora_rank": 0, "seed": 5}
    first = grpo.train(env="math", run_dir=tmp_path / "first", **settings)
    grpo.train(env=envs.make("format"), run_dir=tmp_path / "between", **(settings | {"seed": 6, "steps": 2}))
    second = grpo.train("builtin:tiny", envs.make("math"), run_dir=tmp_path / "second", **settings)
    flags = "--steps 3 --tasks-per-step 2 --group-size 4 --max-tokens 8 --eval-tasks 0 --no-rehearsal --seed 5"
    apart = tmp_path / "apart"
    code, _, err = finish(
        grpo_process("train", "--env", "math", "--engine", "transformers", "--run-dir", apart, *flags.split())
    )
    assert code == 0, err
    for one in (first, second):
        assert_same_run(one.path, apart, (1, 2, 3))
    assert first.config == grpo.Run(apart).config


class Told(grpo.Callback):
    def __init__(self, stop_at=0, act=lambda: None):
        self.heard, self.stop_at, self.act = [], stop_at, act

    def on_step(self, metrics, rollouts):
        self.heard.append(metrics["step"])
        print(f"step {metrics['step']} with {len(rollouts)} rollouts")
        if metrics["step"] == self.stop_at:
            return self.act()

    def on_checkpoint(self, folder):
        assert (folder / "model.safetensors").is_file()
        self.heard.append(folder.name)

    def on_end(self, run, outcome):
        self.heard.append((run.name, outcome.result.steps, outcome.result.interrupted))


def surroundings():
    return (
        sys.stdout, sys.stderr, warnings.showwarning, dict(os.environ), os.fstat(1).st_ino, os.fstat(2).st_ino,
        signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM), threading.active_count(),
    )  # fmt: skip


def test_callbacks_hear_of_everything_and_their_prints_are_seen(tmp_path, capsys):
    told = Told()
    grpo.train(env="math", run_dir=tmp_path / "run", callbacks=[told], **(QUICK | {"save_every": 2, "quiet": False}))
    assert [heard for heard in told.heard if isinstance(heard, int)] == [1, 2, 3]
    assert told.heard[-2:] == ["step-000003", ("run", 3, False)] and "step-000002" in told.heard
    shown = capsys.readouterr()
    assert "step 2 with 8 rollouts" in shown.out and "step 3/3  reward" in shown.err


@pytest.mark.parametrize(
    "how",
    [lambda: True, lambda: np.True_, lambda: os.kill(os.getpid(), signal.SIGINT)],
    ids=["asked", "asked by numpy", "ctrl-c"],
)
def test_a_run_that_is_stopped_comes_back_and_goes_on(tmp_path, how, capsys):
    before = surroundings()
    place = tmp_path / "run"
    settings = QUICK | {"quiet": False}
    stopped = grpo.train(env="math", run_dir=place, callbacks=[Told(1, how)], **settings)
    assert not stopped.finished and len(stopped.metrics) == 1
    assert f"grpo.Run('{place}').resume()" in capsys.readouterr().err
    assert surroundings()[2:] == before[2:]
    assert stopped.resume(quiet=True).finished
    assert_same_run(place, grpo.train(env="math", run_dir=tmp_path / "whole", **QUICK).path, (1, 2, 3))


def test_a_second_interrupt_and_an_error_leave_nothing_behind(tmp_path):
    def twice():
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGINT)

    before = surroundings()
    with pytest.raises(KeyboardInterrupt):
        grpo.train(env="math", run_dir=tmp_path / "killed", callbacks=[Told(1, twice)], **QUICK)
    with pytest.raises(ZeroDivisionError):
        grpo.train(env="math", run_dir=tmp_path / "raised", callbacks=[Told(1, lambda: 1 // 0)], **QUICK)
    assert surroundings() == before
    assert (tmp_path / "raised" / "failed.txt").read_text().startswith("ZeroDivisionError")


def test_a_notebook_sees_the_run_and_a_thread_may_train(tmp_path, monkeypatch):
    """A notebook's streams are no descriptors; signals reach the main thread alone."""
    seen = io.StringIO()
    monkeypatch.setattr(sys, "stderr", seen)
    work = threading.Thread(
        target=grpo.train, kwargs=QUICK | {"env": "math", "run_dir": tmp_path / "run", "quiet": False, "steps": 2}
    )
    work.start()
    work.join()
    assert sys.stderr is seen and "step 2/2  reward" in seen.getvalue() and "2 steps in" in seen.getvalue()


def test_a_model_that_is_an_object_trains_as_its_folder_does(tiny, tmp_path):
    before = {name: tensor.clone() for name, tensor in tiny.model.state_dict().items()}
    settings = QUICK | {"learning_rate": 1e-3, "warmup_steps": 0, "save_every": 2}
    made = grpo.train(tiny.model, "math", tokenizer=tiny.tokenizer, run_dir=tmp_path / "object", **settings)
    assert all(tensor.equal(before[name]) for name, tensor in tiny.model.state_dict().items())
    assert_same_run(made.path, grpo.train(made.config.model, "math", run_dir=tmp_path / "name", **settings).path, (3,))
    assert made.resume(steps=4, quiet=True).finished
    with pytest.raises(envs.UsageError, match="tokenizer is NoneType"):
        grpo.train(tiny.model, "math", run_dir=tmp_path / "none", **QUICK)
    with pytest.raises(envs.UsageError, match="made for"):
        grpo.train(tiny.model, "math", tokenizer=tiny.tokenizer, context=10**6, run_dir=tmp_path / "none", **QUICK)
    assert not (tmp_path / "none").exists()
