import base64
import gzip
import json
import re
import shutil

import pandas as pd
import pytest

from envs.core.errors import UsageError
from evals import compare, load_eval, load_rollouts, load_run, load_summaries, runs_table
from evals.reporting.html import page
from evals.reporting.report import collect, markdown, write_csv
from gymtests.evaluating.made_run import HOSTILE, make_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return make_run(tmp_path_factory.mktemp("runs") / "x")


def test_metrics_are_one_row_a_step(run):
    frame = load_run(run)
    assert frame.index.tolist() == [1, 2, 3] and frame["reward"].tolist() == [0.25, 0.5, 0.75]
    assert frame["parts.correct"].tolist() == [0.25, 0.5, 0.75]


def test_a_line_that_a_kill_cut_and_a_step_made_twice(run, tmp_path):
    text = (run / "metrics.jsonl").read_text()
    (tmp_path / "metrics.jsonl").write_text(text + '{"step": 3, "reward": 0.9}\n[1]\n{"step": 4, "rew')
    assert load_run(tmp_path)["reward"].tolist() == [0.25, 0.5, 0.9]


def test_rollouts_have_groups_and_parts(run):
    frame = load_rollouts(run)
    assert len(frame) == 18 and frame.groupby(["step", "group"]).size().tolist() == [3] * 6
    assert frame["part_correct"].mean() == pytest.approx(1 / 3)
    assert "logprobs" not in frame and "logprobs" in load_rollouts(run, [1], tokens=True)
    assert load_rollouts(run, steps=[2])["step"].unique().tolist() == [2]
    with pytest.raises(UsageError, match="step 9: it has 1 to 3"):
        load_rollouts(run, steps=[9])


def test_evals_as_frames(run):
    frame = load_eval(run / "evals" / "after")
    assert len(frame) == 100 and frame.attrs["summary"]["tasks"] == 20
    summaries = load_summaries(run)
    assert len(summaries) == 2 and (summaries["pass@1 low"] <= summaries["pass@1"]).all()
    assert compare(run / "evals" / "before", run / "evals" / "after").loc[0, "verdict"] == "better"


def test_the_list_of_runs_has_key_figures(run):
    frame = runs_table(run.parent)
    row = frame.iloc[0]
    assert (row["env"], row["step"], row["steps"], row["seed"]) == ("sums", 3, 3, 7)
    assert row["pass@1 before"] < row["pass@1 after"] and row["reward"] == 0.5


def test_a_run_without_steps_is_listed_too(tmp_path):
    (tmp_path / "young").mkdir()
    (tmp_path / "young" / "config.toml").write_text('env = "math"\nsteps = 5\n')
    row = runs_table(tmp_path).iloc[0]
    assert row["step"] == 0 and pd.isna(row["reward"])


def test_missing_things_are_named(tmp_path):
    for call in (load_run, load_eval, load_summaries, load_rollouts):
        with pytest.raises(UsageError, match=re.escape(str(tmp_path))):
            call(tmp_path)
    with pytest.raises(UsageError, match="no run below"):
        runs_table(tmp_path)
    with pytest.raises(UsageError, match="no folder"):
        runs_table(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="no run .* and no eval"):
        collect([tmp_path])
    with pytest.raises(UsageError, match="name a run"):
        collect([])


def test_markdown_says_it_in_tables_and_words(run):
    text = markdown(collect([run]))
    assert "| x/before |" in text and "pass@1" in text and "better" in text
    assert all(line.count("|") >= 3 for line in text.splitlines() if line.startswith("|"))


def test_evals_named_one_by_one_are_compared_in_order(run):
    report = collect([run / "evals" / "after", run / "evals" / "before"])
    assert [(a, b, row.verdict) for a, b, row in report.comparisons] == [("after", "before", "worse")]


def test_runs_are_compared_before_with_after_and_after_with_the_first_runs_after(run, tmp_path):
    for name in ("p", "q", "r"):
        shutil.copytree(run, tmp_path / "all" / name)
    pairs = [(a, b) for a, b, _ in collect([tmp_path / "all" / name for name in "pqr"]).comparisons]
    assert pairs[:3] == [("p/before", "p/after"), ("q/before", "q/after"), ("r/before", "r/after")]
    assert pairs[3:] == [("p/after", "q/after"), ("p/after", "r/after")]
    folder = collect([tmp_path / "all"])
    assert {path.name for path in folder.runs} == {"p", "q", "r"} and len(folder.comparisons) == 5


def test_the_first_of_each_benchmark_is_the_baseline(run, tmp_path):
    for name, benchmark in zip("abcde", "xyxyx", strict=True):
        folder = shutil.copytree(run / "evals" / "after", tmp_path / name)
        summary = json.loads((folder / "summary.json").read_text())
        summary["env"]["name"] = benchmark
        (folder / "summary.json").write_text(json.dumps(summary))
    report = collect([tmp_path / name for name in "abcde"])
    assert [(a, b) for a, b, _ in report.comparisons] == [("a", "c"), ("b", "d"), ("a", "e")]


def test_runs_of_one_name_in_two_folders_are_two_runs(run, tmp_path):
    shutil.copytree(run, tmp_path / "elsewhere" / run.name)
    report = collect([run, tmp_path / "elsewhere" / run.name])
    assert len(report.evals) == 4 and len(report.comparisons) == 3


def test_csv_holds_every_table(run, tmp_path):
    written = {path.name for path in write_csv(collect([run]), tmp_path)}
    assert written == {"metrics-x.csv", "samples-x-before.csv", "samples-x-after.csv", "evals.csv"}
    assert len(pd.read_csv(tmp_path / "samples-x-after.csv")) == 100


def unpacked(html):
    packed = re.findall(r'<script type="text/plain" id="chunk-\d+">([^<]*)</script>', html)
    return [json.loads(gzip.decompress(base64.b64decode(chunk))) for chunk in packed]


def test_the_page_holds_all_and_needs_nothing(run):
    html = page(collect([run]))
    chunks = unpacked(html)
    index = json.loads(re.search(r'id="index">(.*?)</script>', html)[1])
    assert [source["name"] for source in index] == ["x: training", "x/before: held out", "x/after: held out"]
    assert len(chunks) == sum(len(source["chunks"]) for source in index) == 5
    assert sum(len(group["members"]) for group in chunks[0]) == 6
    member = chunks[2][0]["members"][2]
    assert member["status"] == "unscorable" and member["reason"] == "because" and member["parts"] == {"correct": 0.0}
    assert "default-src 'none'" in html
    assert not re.findall(r'(?:src|href)\s*=\s*["\']?(?:https?:)?//', html)
    assert html.count("<svg") >= 7 and "better" in html


def test_hostile_text_never_becomes_markup(run, tmp_path):
    html = page(collect([run]))
    assert "owned" not in html and "onerror" not in html
    told = HOSTILE.encode("utf-8", "backslashreplace").decode()
    assert unpacked(html)[1][0]["members"][0]["completion"] == told
    hostile = tmp_path / "<img src=x onerror=y>"
    make_run(hostile)
    assert "<img" not in page(collect([hostile]))


def test_a_page_too_large_leaves_out_steps_evenly_and_says_so(run):
    chunks = re.findall(r'id="chunk-\d+">([^<]*)</script>', page(collect([run])))
    small = page(collect([run]), budget_bytes=sum(map(len, chunks)) - 1)
    index = json.loads(re.search(r'id="index">(.*?)</script>', small)[1])
    assert [chunk["label"] for chunk in index[0]["chunks"]] == ["step 1", "step 3"]
    assert "one of 2 parts" in small


def test_long_and_empty_curves_are_drawn():
    from evals.reporting.svg import Line, line_chart, paired_chart, whisker_chart

    chart = line_chart("t", [Line("a", range(5000), [float("nan"), *range(4999)]), Line("b", [1], [float("nan")])])
    assert len(re.search(r'points="([^"]*)"', chart)[1].split()) == 600
    assert line_chart("t", []) == whisker_chart("t", []) == paired_chart("t", [], [], ("a", "b")) == ""
    assert "<svg" in line_chart("flat", [Line("a", [1, 2], [0.0, 0.0])])


def test_plots_as_png_and_in_the_terminal(run, tmp_path):
    pytest.importorskip("matplotlib")
    from evals.reporting.plots import terminal_curve, write_png

    (path,) = write_png(collect([run]), tmp_path)
    assert path.read_bytes().startswith(b"\x89PNG")
    assert "0.25 to 0.75" in terminal_curve(run).plain
    with pytest.raises(UsageError, match="name a run"):
        write_png(collect([run / "evals" / "after"]), tmp_path)


def test_commands(run, tmp_path, capsys, monkeypatch):
    from typer.main import get_command

    from evals.reporting.report_cli import report_app, runs_app

    monkeypatch.setenv("COLUMNS", "160")
    report, runs = get_command(report_app), get_command(runs_app)
    report([str(run)], standalone_mode=False)
    assert (run / "report.html").is_file() and "report.html" in capsys.readouterr().out
    report([str(run), "--markdown"], standalone_mode=False)
    assert capsys.readouterr().out.startswith("# x")
    report([str(run), "--csv", str(tmp_path), "--json"], standalone_mode=False)
    assert len(json.loads(capsys.readouterr().out)["written"]) == 4
    runs(["list", str(run.parent), "--json"], standalone_mode=False)
    assert json.loads(capsys.readouterr().out)["runs"][0]["env"] == "sums"
    runs(["list", str(run.parent)], standalone_mode=False)
    assert "sums" in capsys.readouterr().out
