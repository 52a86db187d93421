import json
import os
import re
import sys
import tempfile
from typing import NamedTuple
from unittest import mock

import pytest

import cli
from gymtests.evaluating.chat_server import ChatServer
from gymtests.places import MORE_SUMS, SUMS, TINY, UNSOUND


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


def test_the_table_says_of_what_each_figure_is_and_the_start_is_no_sampling(tmp_path):
    command = ("eval", "--ckpt", "builtin:tiny", "--engine", "transformers", "--limit", 6, "--n", 3, "--max-tokens", 4)
    done = grpo(*command, "--out", tmp_path / "e")
    assert done.returncode == 0, done.stderr
    rows = [[cell.strip() for cell in line.split("│")[1:3]] for line in done.stdout.splitlines() if "│" in line]
    names = [name for name, _ in rows]
    summary = json.loads((tmp_path / "e" / "summary.json").read_text())
    assert ["of all completions", "24 = 18 samples + 6 greedy"] in rows and ["tasks x samples", "6 x 3"] in rows
    assert names.index("pass@1") < names.index("of all completions") < names.index("ran into the token limit")
    assert names.index("ran into the token limit") < names.index("mean tokens of a sample")
    seconds = summary["seconds"]
    assert seconds["start"] > 0 and f"model and engine {seconds['start']:.1f} s, sampling" in done.stdout

    summary["tasks_with"]["pass@1"], summary["settings"]["greedy"] = 5, False  # a task that could not be scored
    (tmp_path / "e" / "summary.json").write_text(json.dumps(summary))
    told = grpo("report", tmp_path / "e", "--html", tmp_path / "page.html").stdout
    first = next(line for line in told.splitlines() if "pass@1" in line)
    assert "over 5 tasks" in first and "over" not in next(line for line in told.splitlines() if "greedy" in line)
    assert "18 samples" in told and "greedy, " not in told


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
    wrong = grpo("eval", "--gold", "--split", "test", "--env", UNSOUND)
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
    two = f"{SUMS},{MORE_SUMS}"

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
    assert "pass@1 by benchmark" in html and html.count("better") >= 2 and html.count('class="verdict"') == 2
    assert not re.search(r": [^<>:]*: math/test|/test -&gt;", html), "a comparison names its benchmark once"
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
        (["--ckpt", "builtin:tiny", "--env", "gsm8k"], "--env-arg data=PATH"),
        (["--ckpt", "builtin:tiny", "--env", "mbpp"], "--data PATH"),
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


def changed(source, target, change):
    """Copies an eval with its summary changed."""
    target.mkdir()
    summary = json.loads((source / "summary.json").read_text())
    change(summary)
    (target / "summary.json").write_text(json.dumps(summary))
    (target / "samples.parquet").write_bytes((source / "samples.parquet").read_bytes())
    return target


def test_strict_refuses_a_contaminated_comparison(evals, tmp_path):
    overlap = {"texts": 3, "ids": 3, "ngrams": 4, "test_tasks": 40, "examples": ["test-1"]}
    taint = {"contamination": {"status": "contaminated", "reason": "", **overlap}}
    tainted = changed(evals / "bad", tmp_path / "t", lambda summary: summary.update(taint))
    marked = grpo("eval", "compare", evals / "good", tainted)
    assert marked.returncode == 0 and "is contaminated: 3 of 40 test prompts" in marked.stdout
    for command in (["compare", evals / "good", tainted], ["gate", "--baseline", tainted, "--candidate", tainted]):
        refused = grpo("eval", *command, "--strict")
        assert refused.returncode == 2 and "contaminated" in refused.stderr and not refused.stdout


def test_other_versions_are_warned_of(evals, tmp_path):
    def older(summary):
        summary["env"].update(version=7, package="0.0.1")

    other = changed(evals / "bad", tmp_path / "v", older)
    done = grpo("eval", "compare", evals / "good", other)
    assert done.returncode == 0 and "environment versions: 0 and 7" in done.stdout
    assert "grpo-gym versions" in done.stdout


def test_evals_of_other_tasks_are_refused(evals, tmp_path):
    with ChatServer() as server:
        out = ["--out", tmp_path / "dev"]
        done = grpo("eval", "--model", server.name, "--env", SUMS, "--split", "dev", "--n", 1, *out)
    assert done.returncode == 0, done.stderr
    refused = grpo("eval", "compare", evals / "good", tmp_path / "dev")
    assert refused.returncode == 2 and "nothing to compare" in refused.stderr


def test_an_endpoint_that_talks_garbage_fails_with_the_reason_and_is_asked_again(tmp_path, monkeypatch):
    monkeypatch.setattr("envs.workers.endpoint._LONGEST_PAUSE_S", 0.0)
    monkeypatch.setattr("evals.sampling.endpoint._TRIES", 2)
    command = ["--env", SUMS, "--limit", 3, "--n", 1, "--out", tmp_path / "out"]
    with ChatServer([b"<html>"] * 12) as server:
        failed = grpo("eval", "--model", server.name, *command)
        assert failed.returncode == 1, failed
        assert "none of 6 samples could be scored; 6 of them:" in failed.stderr and "not a JSON object" in failed.stderr
        assert not (tmp_path / "out" / "summary.json").exists()
        server.script = [400]  # a refusal is not repeated: one sample is given up
        partly = grpo("eval", "--model", server.name, *command, "--json")
        assert partly.returncode == 0 and 1 == json.loads(partly.stdout)["unscorable"]
        whole = grpo("eval", "--model", server.name, *command, "--json")
        assert json.loads(whole.stdout)["unscorable"] == 0  # what was given up is asked for again


def test_a_slow_endpoint_is_given_up_after_the_time_that_was_set(tmp_path, monkeypatch):
    import time

    monkeypatch.setattr("envs.workers.endpoint._LONGEST_PAUSE_S", 0.0)
    monkeypatch.setattr("evals.sampling.endpoint._TRIES", 1)
    with ChatServer(answer=lambda body: time.sleep(1) or "1") as server:
        command = ["--env", SUMS, "--limit", 1, "--n", 1, "--out", tmp_path / "out", "--request-timeout", "0.2"]
        done = grpo("eval", "--model", server.name, *command)
    assert done.returncode == 1 and "timed out" in done.stderr


def test_malformed_rows_are_named_and_the_rest_is_evaluated(tmp_path):
    rows = ['{"question": "What is 2 + 3?", "answer": "#### 5"}', "{oops", '{"question": "No answer?"}']
    (tmp_path / "gsm8k").mkdir()
    (tmp_path / "gsm8k" / "test.jsonl").write_text("\n".join(rows) + "\n")
    done = grpo("eval", "--gold", "--env", "gsm8k", "--data", tmp_path, "--json")
    assert "warning: gsm8k: 2 rows left out (line 2: not JSON" in done.stderr
    assert "line 3: no text in field 'answer'" in done.stderr
    assert done.returncode == 0 and json.loads(done.stdout)["gsm8k"]["passed"] == 1
    (tmp_path / "gsm8k" / "test.jsonl").write_text("{oops\n")
    empty = grpo("eval", "--gold", "--env", "gsm8k", "--data", tmp_path)
    assert empty.returncode == 2 and "gsm8k has no task" in empty.stderr


@pytest.mark.skipif(not TINY.is_dir(), reason="builtin:tiny is not built")
def test_a_checkpoint_without_a_manifest_is_evaluated_and_said_to_be_unknown(tmp_path):
    command = ["--env", "math", "--limit", 2, "--n", 1, "--engine", "transformers", "--max-tokens", 8]
    done = grpo("eval", "--ckpt", TINY, *command, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "out" / "summary.json").read_text())["contamination"]
    assert found["status"] == "unknown" and "no manifest" in found["reason"]
    assert "what it was trained on is unknown" in done.stderr
