"""What evals and reports say on the screen is what was measured, and of what."""

import hashlib
import json
import re
import shutil
import signal

import pytest

from evals.console.screen import EvalScreen
from gymtests.training.runs import finish

SMALL = (
    "train", "--engine", "transformers", "--tasks-per-step", "2", "--group-size", "2", "--max-tokens", "16",
    "--env-arg", "levels=1", "--no-rehearsal", "--steps", "1", "--eval-tasks", "3", "--eval-samples", "1",
)  # fmt: skip


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A folder of four runs, `runs/A` to `runs/D`, in a folder of its own."""
    import sys

    import cli

    root = tmp_path_factory.mktemp("place") / "runs"
    patch = pytest.MonkeyPatch()
    patch.setattr(sys, "argv", ["grpo", *SMALL, "--run-dir", str(root / "A")])
    with pytest.raises(SystemExit) as left:
        cli.main()
    patch.undo()
    assert not left.value.code
    for name in "BCD":
        shutil.copytree(root / "A", root / name)
    return root


def test_runs_are_compared_within_and_with_the_first_and_each_line_says_what_with_what(grpo, runs):
    pairs = ["A/before -> A/after", "A/after -> B/after", "A/after -> C/after", "A/after -> D/after"]
    pairs += [f"{name}/before -> {name}/after" for name in "BCD"]
    code, out, err = grpo("report", *(runs / name for name in "ABCD"), "--html", runs / "page.html")
    assert code == 0, err
    told = [line.split(": math/test")[0] for line in out.splitlines() if " -> " in line]
    assert sorted(told) == sorted(pairs)
    heading = next(line for line in out.splitlines() if "A/before" in line)  # into a pipe no cell is broken
    assert all(f"{name}/after" in heading for name in "ABCD")
    code, out, _ = grpo("report", *(runs / name for name in "ABCD"), "--html", runs / "page.html", "--json")
    assert sorted(f"{one['first']} -> {one['second']}" for one in json.loads(out)["comparisons"]) == sorted(pairs)


@pytest.mark.parametrize("where", [".", ".."])
def test_a_folder_of_runs_is_a_set_of_runs_with_a_page_of_its_own(grpo, runs, where):
    code, out, err = grpo("report", runs / where)
    assert code == 0, err
    assert {line.split(":")[0] for line in out.splitlines() if ": reward" in line} == set("ABCD")
    assert (runs / where / "report.html").is_file() and not (runs / "A" / "report.html").exists()


def test_what_is_no_run_is_told_for_what_it_is(grpo, runs, tmp_path):
    (tmp_path / "young").mkdir()
    shutil.copy(runs / "A" / "config.toml", tmp_path / "young")
    for path, says in (
        (tmp_path / "nowhere", "there is nothing at"),
        (tmp_path / "young", "has not made a step yet"),
        (tmp_path, "holds no run"),
    ):
        code, _, err = grpo("report", path)
        assert code == 2 and says in err


def test_comparisons_of_several_candidates_are_told_apart(grpo, runs):
    evals = [runs / name / "evals" / "after" for name in "ABC"]
    code, out, _ = grpo("eval", "compare", *evals)
    assert code == 0 and all(f"{evals[0]} -> {other}: " in out for other in evals[1:])


def test_what_was_wrong_with_code_is_named_for_what_it_is(grpo, tmp_path):
    code, out, err = grpo(
        "eval", "--model", "builtin:tiny", "--env", "code", "--tasks", "12", "--n", "4", "--engine", "transformers",
        "--out", tmp_path / "eval",
    )  # fmt: skip
    assert code == 0, err
    assert "did not parse " in out and "failed a test" in out and "verification failed" not in out


def test_columns_of_checkpoints_with_one_name_are_told_apart(grpo, runs, tmp_path):
    lasts = [runs / name / "checkpoints" / "last" for name in "AB"]
    code, out, err = grpo(
        "eval", "--ckpt", lasts[0], "--ckpt", lasts[1], "--env", "math", "--tasks", "2", "--n", "1",
        "--max-tokens", "8", "--engine", "transformers", "--out", tmp_path / "evals",
    )  # fmt: skip
    assert code == 0, err
    heading = next(line for line in out.splitlines() if "metric" in line)
    assert "A/checkpoints/last" in heading and "B/checkpoints/last" in heading


def test_a_gold_check_that_is_interrupted_does_not_say_that_samples_are_kept(grpo_process):
    process = grpo_process("eval", "--gold", "--env", "code", "--tasks", "100000")
    line = ""
    while "/" not in line:
        line = process.stderr.readline()
        assert line
    process.send_signal(signal.SIGINT)
    code, _, err = finish(process)
    assert code == 130 and "stopped" in err and "kept" not in err


def test_what_is_counted_only_rises(grpo, monkeypatch, tmp_path):
    monkeypatch.setattr("evals.console.screen._PLAIN_EVERY_S", 0.0)  # every count is a line
    code, _, err = grpo(
        "eval", "--model", "builtin:tiny", "--env", "guess", "--tasks", "4", "--n", "2", "--max-tokens", "12",
        "--engine", "transformers", "--out", tmp_path / "eval",
    )  # fmt: skip
    assert code == 0, err
    counts = {}
    for line in err.splitlines():
        if found := re.fullmatch(r"((?:generate|verify).*) (\d+)/(\d+)", line):
            counts.setdefault(found[1], []).append((int(found[2]), int(found[3])))
    assert "generate, turn 2" in counts
    for told in counts.values():
        assert [done for done, _ in told] == sorted(done for done, _ in told) and told[-1][0] == told[-1][1]


def test_a_count_that_is_told_comes_to_its_end(monkeypatch, capsys):
    monkeypatch.setattr("evals.console.screen._PLAIN_EVERY_S", 3600.0)
    with EvalScreen(verbose=True) as screen:
        screen._last -= 3600.0  # an hour has passed: one line is due
        for done in (1, 2, 3):
            screen.progress("generate", done, 3)
        screen.progress("verify", 1, 1)
    assert capsys.readouterr().err == "generate 1/3\ngenerate 3/3\n"


def test_an_eval_says_where_a_run_was_trained_on_other_tasks(grpo, runs, tmp_path):
    def note(*flags):
        code, _, err = grpo(
            "eval", "--ckpt", runs / "A", "--tasks", "1", "--n", "1", "--max-tokens", "4", "--engine", "transformers",
            "--out", tmp_path, "--fresh", *flags,
        )  # fmt: skip
        assert code == 0, err
        return [line for line in err.splitlines() if line.startswith("note: ")]

    assert note() == note("--env", "math", "--env-arg", "levels=1") == []  # its own, unless told otherwise
    (summary,) = tmp_path.rglob("summary.json")
    assert json.loads(summary.read_text())["env"]["kwargs"]["levels"] == 1
    assert note("--env", "math") == [
        f"note: {runs / 'A'} was trained on other tasks of math; those: --env-arg levels=1"
    ]
    assert note("--env", "guess") == [f"note: {runs / 'A'} was trained on math, this is guess"]


def test_what_was_trained_on_is_not_run_on_the_word_of_a_checkpoint(grpo, runs, tmp_path):
    """A file that a checkpoint names is code; its user names it, or it is not run."""
    (tmp_path / "theirs.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    checkpoint = tmp_path / "checkpoint"
    shutil.copytree(runs / "A" / "checkpoints" / "last", checkpoint)
    state = checkpoint / "trainer_state" / "state.json"
    facts, sums = json.loads(state.read_text()), json.loads((state.parent / "checksums.json").read_text())
    for env, args, told in (
        (str(tmp_path / "theirs.py"), {}, f"--env {tmp_path / 'theirs.py'}"),
        ("lm-eval/theirs", {}, "--env lm-eval/theirs"),
        ("dataset", {"data": "x.csv", "prompt": "{q}", "reward": {"name": "r", "sha256": "0"}}, "evals.evaluate("),
    ):
        facts["config"] |= {"env": env, "env_args": args}
        state.write_text(json.dumps(facts))
        sums["trainer_state/state.json"] = hashlib.sha256(state.read_bytes()).hexdigest()
        (state.parent / "checksums.json").write_text(json.dumps(sums))
        code, _, err = grpo("eval", "--ckpt", checkpoint, "--tasks", "1", "--engine", "transformers")
        assert code == 2 and told in err and len(err.splitlines()) == 1
    assert not (tmp_path / "ran").exists()
