"""The notebooks of `examples/` and a kernel that is interrupted, each in a real kernel in a folder of its own."""

import re

import nbformat
import pytest
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient

import grpo
from gymtests.places import EXAMPLES, environment

NOTEBOOKS = sorted(EXAMPLES.glob("*.ipynb"))
DOORS = {"envs", "envs.judges", "envs.authoring", "evals", "grpo", "pandas"}


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty folder to work in, and beside it what Jupyter writes on its own behalf."""
    for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(tmp_path / "jupyter"))
    monkeypatch.setenv("GRPO_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.fixture
def kernel(place):
    """Runs code in one kernel: `status, shown = kernel(code)`; `shown` are the texts beneath the cell, as replaced."""
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(cwd=str(place), env=environment())
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=120)

    def run(code, interrupted_at=None):
        shown, ids, waiting = [], {}, [interrupted_at]

        def hear(message):
            content, kind = message["content"], message["msg_type"]
            text = content.get("text") or content.get("data", {}).get("text/plain", "")
            name = content.get("transient", {}).get("display_id")
            if kind == "update_display_data":
                shown[ids[name]] = text
            elif kind in ("stream", "display_data", "execute_result", "error"):
                ids[name] = len(shown)
                shown.append(text or "\n".join(content.get("traceback", [])))
            if waiting[0] and waiting[0] in text:
                waiting[0] = None
                manager.interrupt_kernel()

        reply = client.execute_interactive(code, timeout=120, output_hook=hear)
        return reply["content"]["status"], shown

    yield run
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def outputs(notebook):
    """The texts beneath all cells."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [one.get("text") or one.get("data", {}).get("text/plain", "") for cell in cells for one in cell.outputs]


def executed(name, place):
    notebook = nbformat.read(EXAMPLES / name, as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(place)}}).execute(env=environment())
    return outputs(notebook)


def test_training_in_a_notebook(place):
    shown = executed("train_in_a_notebook.ipynb", place)
    told = "\n".join(shown)
    assert "True False" in told and ": better (p = " in told and "mean_reward" in told
    assert [text for text in shown if "step " in text and "tok/s" in text] == [
        text for text in shown if text.startswith("pass rate so far ") and "\nstep 10/10  reward" in text
    ], "a line that is replaced: the last step alone is left of it"
    assert told.count("tok/s") == 1 and len(told.splitlines()) < 80
    assert {run.name for run in (place / "runs").iterdir()} == {"sums", "slower"}
    assert all(grpo.Run(run).finished for run in (place / "runs").iterdir())


def test_writing_a_reward(place):
    shown = executed("write_a_reward.ipynb", place)
    told = "\n".join(shown)
    assert "substring: the answer anywhere in the text counts" in told and "universal-answer" in told
    assert "own: no finding in" in told and "AuditReport(" not in told
    assert "0.00  <answer>7</answer>\n1.00  It is one of" in told and "0.83  " in told
    assert "audit: clean" in told and "parts.brief" in told
    assert next((place / "runs").glob("own-*/checkpoints/last/model.safetensors"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_committed_as_it_was_written(path):
    """No outputs, nothing of whoever ran it, and the doors alone."""
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code and [cell for cell in code if cell.outputs or cell.execution_count is not None] == []
    assert set(notebook.metadata) == {"kernelspec", "language_info"} and not any(cell.metadata for cell in code)
    named = re.findall(r"^\s*(?:from|import) ([\w.]+)", "\n".join(cell.source for cell in code), re.MULTILINE)
    assert set(named) <= DOORS
    for target in re.findall(r"\]\(([^)#]+)\)", "\n".join(cell.source for cell in notebook.cells)):
        assert (path.parent / target).exists(), target


IN_A_CELL = """
import grpo, multiprocessing
def longer_than(limit):
    return lambda task, completion: len(completion) / 100 if len(completion) > limit else 0.0
open("q.csv", "w").write("question,answer\\n" + "".join(f"{n} + 1,{n + 1}\\n" for n in range(60)))
env = grpo.dataset("q.csv", "{question}", "{answer}", longer_than(3))
settings = dict(tasks_per_step=2, group_size=4, max_tokens=8, eval_tasks=0, rehearsal=False, engine="transformers")
"""


def test_an_interrupted_kernel_leaves_a_run_that_goes_on(kernel, place):
    """The stop button is Ctrl-C: the cell is free, no process is left, and the next run is one of its own."""
    assert kernel(IN_A_CELL)[0] == "ok"
    status, shown = kernel("run = grpo.train('builtin:tiny', env, steps=5000, run_dir='cut', **settings)", "\nstep ")
    told = "\n".join(shown)
    assert status == "ok" and "stopping: a step under way is finished and saved" in told, told
    stopped = re.search(r"stopped after step (\d+) and saved; go on with: (grpo\.Run\('cut'\)\.resume\(\))", told)
    assert stopped and len(shown) < 20, told
    cut = grpo.Run(place / "cut")
    done = len(cut.metrics)
    assert not cut.finished and done == int(stopped[1]) and (cut.path / "checkpoints" / "last").exists()
    go_on = stopped[2].replace("()", f"(steps={done + 1})")
    status, shown = kernel(f"print({go_on}.finished, multiprocessing.active_children())")
    assert status == "ok" and any("True []" in text for text in shown), shown
    assert len(cut.metrics) == done + 1 and set(cut.rollouts.status) == {"ok"}
    status, shown = kernel("grpo.train('builtin:tiny', env, steps=1, run_dir='next', **settings).finished")
    assert status == "ok" and shown[-1] == "True", shown
    again = grpo.Run(place / "next").metrics.loc[1]
    assert again["reward"] == cut.metrics.loc[1, "reward"] and again["loss"] == cut.metrics.loc[1, "loss"]
