import json
import os
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import pytest
from chat_server import ChatServer

import cli

SUMS = str(Path(__file__).with_name("sums_env.py"))


class Done(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


def grpo(*args):
    """Runs the command line in this process, its file descriptors captured as a terminal would see them."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        saved = os.dup(1), os.dup(2)
        with mock.patch.multiple(sys, argv=["grpo", *map(str, args)], stdout=out, stderr=err):
            os.dup2(out.fileno(), 1), os.dup2(err.fileno(), 2)
            try:
                cli.main()
                code = 0
            except SystemExit as left:
                code = left.code or 0
            finally:
                out.flush(), err.flush()
                for descriptor, copy in zip((1, 2), saved, strict=True):
                    os.dup2(copy, descriptor)
                    os.close(copy)
        out.seek(0), err.seek(0)
        return Done(code, out.read(), err.read())


@pytest.fixture(scope="module")
def evals(tmp_path_factory):
    """Two evals of an endpoint that gets 0 % 5 and 0 % 2 wrong."""
    folder = tmp_path_factory.mktemp("evals")
    for name, every in (("good", 5), ("bad", 2)):

        def answer(body, every=every):
            number = body["messages"][-1]["content"].removeprefix("say ")
            return "nope" if int(number) % every == 0 else number

        with ChatServer(answer=answer) as server:
            done = grpo("eval", "--model", server.name, "--env", SUMS, "--n", 2, "--out", folder / name, "--json")
        assert done.returncode == 0, done.stderr
        (folder / f"{name}.json").write_text(done.stdout)
    return folder


def test_json_is_one_object_with_figures_and_intervals(evals):
    found = json.loads((evals / "good.json").read_text())
    assert found["pass@1"] == pytest.approx(32 / 40) and found["greedy"] == pytest.approx(32 / 40)
    low, high = found["intervals"]["pass@1"]
    assert low < 32 / 40 < high
    assert found["gold"] == {"checked": 40, "passed": 40}
    assert (evals / "good" / "samples.parquet").is_file()


def test_the_same_eval_again_is_read_not_made(evals):
    with ChatServer() as server:
        name = server.name  # nobody listens there afterwards
        first = grpo("eval", "--model", name, "--env", SUMS, "--n", 1, "--out", evals / "again")
    assert first.returncode == 0 and "written to" in first.stdout
    again = grpo("eval", "--model", name, "--env", SUMS, "--n", 1, "--out", evals / "again")
    assert again.returncode == 0 and "read from" in again.stdout
    other = grpo("eval", "--model", name, "--env", SUMS, "--n", 2, "--out", evals / "again")
    assert other.returncode == 2 and "--fresh" in other.stderr


def test_compare_says_worse_in_words(evals):
    done = grpo("eval", "compare", evals / "good", evals / "bad")
    assert done.returncode == 0 and "worse" in done.stdout and "-30.0 points" in done.stdout
    rows = json.loads(grpo("eval", "compare", evals / "good", evals / "bad", "--json").stdout)["comparisons"]
    assert rows[0]["verdict"] == "worse" and rows[0]["difference"] == pytest.approx(-0.3)


def test_gate_leaves_with_one_and_the_reason(evals):
    failed = grpo("eval", "gate", "--baseline", evals / "good", "--candidate", evals / "bad", "--max-drop", 0.01)
    assert failed.returncode == 1 and "dropped 30.0 points" in failed.stderr
    passed = grpo("eval", "gate", "--baseline", evals / "bad", "--candidate", evals / "good")
    assert passed.returncode == 0 and not passed.stderr


def test_gold_check_tells_sound_from_unsound(monkeypatch):
    sound = grpo("eval", "--gold", "--split", "test", "--env", SUMS, "--json")
    assert sound.returncode == 0 and json.loads(sound.stdout)[SUMS]["passed"] == 40
    monkeypatch.setenv("SUMS_GAP", "1")
    gap = grpo("eval", "--gold", "--split", "test", "--env", SUMS, "--json")
    assert gap.returncode == 0 and json.loads(gap.stdout)[SUMS]["checked"] == 39
    wrong = grpo("eval", "--gold", "--split", "test", "--env", Path(__file__).with_name("unsound_env.py"))
    assert wrong.returncode == 1 and "37 of 39" in wrong.stdout and "test-7: wrong" in wrong.stdout


def test_gold_check_covers_all_splits_of_the_same_data():
    whole = grpo("eval", "--gold", "--env", SUMS, "--json")
    assert json.loads(whole.stdout)[SUMS]["passed"] == 120
    some = grpo("eval", "--gold", "--env", SUMS, "--limit", 7, "--json")
    assert json.loads(some.stdout)[SUMS]["passed"] == 7


@pytest.fixture(scope="module")
def suite(tmp_path_factory):
    """Two policies on two benchmarks by one command, with a page."""
    folder = tmp_path_factory.mktemp("suite")
    two = f"{SUMS},{Path(__file__).with_name('more_sums_env.py')}"

    def answer(body, every):
        number = body["messages"][-1]["content"].removeprefix("say ")
        return "nope" if int(number) % every == 0 else number

    with ChatServer(answer=lambda b: answer(b, 2)) as weak, ChatServer(answer=lambda b: answer(b, 5)) as strong:
        policies = ["--ckpt", weak.name, "--ckpt", strong.name]
        done = grpo(
            "eval", *policies, "--env", two, "--n", 2, "--for", f"{SUMS}.n=3", "--for", f"{SUMS}.shots=2",
            "--out", folder / "out", "--report", folder / "page.html", "--json",
        )  # fmt: skip
        shown = {len(body["messages"]) for body in strong.bodies}
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout), shown


def test_one_command_evaluates_policies_on_benchmarks_and_compares(suite):
    folder, found, shown = suite
    assert [(one["tasks"], one["samples"]) for one in found["evals"]] == [(40, 3), (30, 2)] * 2
    assert shown == {5, 1}  # two examples before the prompts of one benchmark, none before the other's
    assert len(list((folder / "out").glob("*/summary.json"))) == 4
    assert len(found["comparisons"]) == 2 and all("better" in row["sentence"] for row in found["comparisons"])


def test_the_page_of_a_suite_says_how_each_benchmark_was_run(suite):
    html = (suite[0] / "page.html").read_text()
    assert "pass@1 by benchmark" in html and html.count("better") >= 2 and html.count("class='verdict'") == 2
    assert "chat template, 2 shots" in html and "chat template, 0 shots" in html and "temperature 1, at most" in html


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--env", "math"], "name a policy"),
        (["--ckpt", "builtin:tiny", "--env", "maths"], "did you mean 'math'"),
        (["--ckpt", "builtin:tiny", "--env", ","], "at least one environment"),
        (["--ckpt", "builtin:tiny", "--n", "4", "--k", "8"], "raise --n"),
        (["--ckpt", "builtin:tiny", "--k", "a"], "whole numbers"),
        (["--ckpt", "builtin:tiny", "--n", "0"], "samples must be at least 1"),
        (["--ckpt", "builtin:tiny", "--split", "tset"], "did you mean 'test'"),
        (["--ckpt", "./nowhere"], "no model at ./nowhere"),
        (["--ckpt", "builtin:tiny", "--data", "nowhere"], "nothing is there"),
        (["--ckpt", "openai:http://127.0.0.1:9/v1#m", "--env", SUMS], "no endpoint answers"),
        (["--ckpt", "builtin:tiny", "--for", "max_tokens=9"], "math.max_tokens=256"),
        (["--ckpt", "builtin:tiny", "--for", "math.max_token=9"], "did you mean 'max_tokens'"),
        (["--ckpt", "builtin:tiny", "--for", "math.max_tokens=many"], "no max_tokens"),
        (["--ckpt", "builtin:tiny", "--for", "gsm8k.n=9"], "'gsm8k' is not among --env math"),
        (["--ckpt", "builtin:tiny", "--ckpt", "./nowhere", "--env", "math"], "no model at ./nowhere"),
        (["--ckpt", "builtin:tiny", "--engine", "vlm"], "did you mean 'vllm'"),
        (["compare", "a"], "at least two"),
        (["compare", "a", "b"], "a holds no finished eval"),
        (["gate", "--baseline", "a", "--candidate", "b"], "no finished eval"),
    ],
)
def test_wrong_usage_is_one_line_and_two(args, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = grpo("eval", *args)
    assert done.returncode == 2 and words in done.stderr, done.stderr
    assert len([line for line in done.stderr.splitlines() if line.startswith("grpo:")]) == 1
    assert "Traceback" not in done.stderr and not list(tmp_path.iterdir())
