"""Plants faults in whole runs, one at a time, and prints what names each of them, and after how long.

    python benchmarks/starting/planted.py [PART OF A NAME ...]

The engine is vLLM. A fault counts as named once a line of the run holds what the table looks for; the run is ended
then. `CPU s` is what the run and its engine had used by then: on a machine with others on it, the better measure.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
TINY = ROOT / "grpo/policy/builtin/tiny"
SMALL = ("--tasks-per-step", "2", "--group-size", "4", "--max-tokens", "24", "--eval-tasks", "0", "--steps", "3")
LIMIT_S = 600


@dataclass(frozen=True)
class Fault:
    """A fault.

    Attributes:
        named: What a line that names it holds, as a regular expression.
        flags: What `grpo train` is given.
        break_run: Breaks the process that the run will live in.
        break_files: Writes files that are wrong into a folder, and returns more flags.
    """

    named: str
    flags: tuple[str, ...] = ("--env", "math")
    break_run: Callable[[], None] | None = None
    break_files: Callable[[Path], list[str]] | None = None


def _sent_through(change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    from grpo.policy import adapter

    whole = adapter.engine_weights

    def sent(*args: Any) -> Iterator[tuple[str, Any]]:
        yield from change(dict(whole(*args))).items()

    adapter.engine_weights = sent


def one_lost() -> None:
    _sent_through(lambda held: {n: t for n, t in held.items() if n != "model.layers.2.mlp.down_proj.weight"})


def two_swapped() -> None:
    one, other = "model.layers.0.mlp.up_proj.weight", "model.layers.1.mlp.up_proj.weight"
    _sent_through(lambda held: {**held, one: held[other], other: held[one]})


def prefixes_kept() -> None:
    from grpo.engines import vllm_engine
    from grpo.engines.process import remote

    class Forgetful(vllm_engine.VllmEngine):
        def __init__(self, options: Any):
            super().__init__(options)
            self._llm.reset_prefix_cache = lambda *_, **__: True

    remote.RemoteEngine = Forgetful


def small_machine() -> None:
    from grpo.runs import preflight

    preflight.free_memory = lambda device: 2**22


def _model(folder: Path, eos: int, token: str) -> list[str]:
    copied = shutil.copytree(TINY, folder / "model")
    for name, values in (
        ("config.json", {"eos_token_id": eos}),
        ("generation_config.json", {"eos_token_id": eos}),
        ("tokenizer_config.json", {"eos_token": token}),
    ):
        file = copied / name
        file.write_text(json.dumps({**json.loads(file.read_text()), **values}))
    return ["--model", str(copied)]


def word_ends(folder: Path) -> list[str]:
    return _model(folder, 40, "<|eos|>")


def nothing_ends(folder: Path) -> list[str]:
    return _model(folder, 1, "<|bos|>")


def long_question(folder: Path) -> list[str]:
    rows = [{"question": f"What is {n} + {n}?", "answer": str(2 * n)} for n in range(64)]
    for row in rows[::8]:
        row["question"] += " Think well." * 1000
    (folder / "sums.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return ["--data", str(folder / "sums.jsonl"), "--env-arg", "prompt={question}", "--env-arg", "answer={answer}"]


def refusing_template(folder: Path) -> list[str]:
    text = "{% if messages[0].role == 'system' %}{{ raise_exception('no system here') }}{% endif %}"
    (folder / "chat.jinja").write_text(text + (TINY / "chat_template.jinja").read_text())
    return ["--chat-template", str(folder / "chat.jinja")]


LONG = ("--system", "Think of every digit, one after the other, and write the sum at the end. " * 6)
FAULTS = {
    "nothing": Fault(r"rehearsed in .*a checkpoint comes back whole"),
    "a tensor is not sent": Fault(r"did not arrive whole in vLLM's model\.layers\.2\.mlp\.down", break_run=one_lost),
    "two tensors are swapped": Fault(r"after new weights were pushed the engine's", break_run=two_swapped),
    "old prefixes are kept": Fault(r"after new weights were pushed the", ("--env", "math", *LONG), prefixes_kept),
    "a word ends completions": Fault(r"ends completions at id 40, .*eos_token_id", break_files=word_ends),
    "nothing ends completions": Fault(r"cut off|--max-tokens", break_files=nothing_ends),
    "a prompt of 3,000 tokens": Fault(r"tasks are left out", ("--env", "dataset"), break_files=long_question),
    "a model that does not fit": Fault(r"training needs .* GiB free", break_run=small_machine),
    "a template that refuses": Fault(
        r"refuses a system message \(no system here\)", ("--env", "math", "--system", "Be brief."),
        break_files=refusing_template,
    ),
}  # fmt: skip


def plant(name: str) -> None:
    """Runs in this process, with the fault in it; the command line behind `--` is the run's."""
    import cli

    if broken := FAULTS[name].break_run:
        broken()
    sys.argv = ["grpo", *sys.argv[sys.argv.index("--") + 1 :]]
    cli.main()


def attempt(name: str) -> tuple[float, float, str | None]:
    """Returns the seconds, the CPU seconds, and the line that names the fault, None where none does."""
    fault = FAULTS[name]
    with tempfile.TemporaryDirectory() as folder:
        more = fault.break_files(Path(folder)) if fault.break_files else []
        command = [sys.executable, __file__, "--plant", name, "--", "train", *fault.flags, *SMALL, *more]
        command += ["--engine", "vllm", "--run-dir", str(Path(folder) / "run")]
        began, used = time.perf_counter(), _cpu_s()
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        assert process.stdout is not None
        line = None
        for said in process.stdout:
            if re.search(fault.named, said):
                line = said.strip()
                break
            if time.perf_counter() - began > LIMIT_S:
                break
        seconds = time.perf_counter() - began
        process.terminate()
        process.stdout.read()
        process.wait()
    return seconds, _cpu_s() - used, line


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main(parts: list[str]) -> int:
    """Prints the table; returns how many were not named."""
    missed = 0
    print(f"{'planted':26} {'s':>6} {'CPU s':>6}  said", flush=True)
    for name in FAULTS:
        if parts and not any(part in name for part in parts):
            continue
        seconds, cpu, line = attempt(name)
        missed += line is None
        print(f"{name:26} {seconds:6.0f} {cpu:6.0f}  {line or 'NOT NAMED'}", flush=True)
    print(f"{missed} not named; load {os.getloadavg()[0]:.0f} on {os.cpu_count()} cores")
    return missed


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*")
    parser.add_argument("--plant", help=argparse.SUPPRESS)
    if "--plant" in sys.argv:
        plant(sys.argv[sys.argv.index("--plant") + 1])
    else:
        sys.exit(main(parser.parse_args().parts) > 0)
