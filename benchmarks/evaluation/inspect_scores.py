"""inspect_ai's own score and ours of the same completions, on six tasks over local data.

python benchmarks/evaluation/inspect_scores.py --data DIR [TASK ...]

DIR holds gsm8k/test.jsonl and math500/test.jsonl. Each sample gets one made-up completion: right in one of several
wordings, wrong, or hostile. inspect_ai scores them by `eval` with its mock of a model, we by an eval of `inspect/TASK`.
One line a scorer; at the end whether each task's chats and all its figures are the same, to the last digit.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

import inspect_ai
from held_against import heading, leave, made_up, opened, said, same
from inspect_ai.model import ModelOutput, ModelUsage, get_model

from envs import EnvSpec

TASKS = """
import json
from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.scorer import answer, choice, exact, f1, includes, match, pattern
from inspect_ai.solver import chain_of_thought, generate, multiple_choice, prompt_template, system_message

def rows(data, name):
    return [json.loads(line) for line in open(f"{data}/{name}/test.jsonl", encoding="utf-8")]

def gsm8k(data):
    found = rows(data, "gsm8k")
    return MemoryDataset([Sample(input=r["question"], target=r["answer"].split("#### ")[-1]) for r in found])

def math(data):
    return MemoryDataset([Sample(input=r["problem"], target=r["answer"]) for r in rows(data, "math500")])

@task
def gsm8k_match(data: str):
    return Task(gsm8k(data), solver=[system_message("Be brief."), generate()], scorer=match(numeric=True))
@task
def gsm8k_answer(data: str):
    return Task(gsm8k(data), solver=[chain_of_thought(), generate()], scorer=[answer("line"), includes()])
@task
def gsm8k_pattern(data: str):
    return Task(gsm8k(data), solver=[prompt_template("Q: {prompt}"), generate()], scorer=pattern("#### (-?[0-9.,]+)"))
@task
def gsm8k_choice(data: str):
    def sample(place, row):
        gold = row["answer"].split("#### ")[-1]
        return Sample(input=row["question"], choices=[gold + "0", gold, "-1"], target="B")
    return Task(MemoryDataset([sample(*one) for one in enumerate(rows(data, "gsm8k"))]),
                solver=multiple_choice(cot=True), scorer=choice())
@task
def math_exact(data: str):
    return Task(math(data), scorer=exact())
@task
def math_f1(data: str):
    return Task(math(data), scorer=[f1(), match(location="exact")])
"""
NAMES = ("gsm8k_match", "gsm8k_answer", "gsm8k_pattern", "gsm8k_choice", "math_exact", "math_f1")
WAYS = (
    "{gold}", "ANSWER: {gold}", "#### {gold}", "It is ${gold}.", "so\nANSWER: B", "ANSWER: A", "#### -1", "{gold} or 7",
    "ANSWER: {gold}\nANSWER: 3", "the {gold} of it",
)  # fmt: skip
HOSTILE = (
    "",
    " \n",
    "ANSWER:" * 900,
    "$" * 3000,
    "1" * 3000,
    "ANSWER: " + "A," * 900,
    "\u202e\u0661\u00bd",
    "(" * 2000,
)


def theirs(spec: str, data: str, texts: list[str], logs: str) -> tuple[dict[str, float], list[list[tuple[str, str]]]]:
    chats: list[list[tuple[str, str]]] = []

    def say(messages: Any, tools: Any, tool_choice: Any, config: Any) -> ModelOutput:
        chats.append([(turn.role, turn.text) for turn in messages])
        said = ModelOutput.from_content("mockllm/model", texts[len(chats) - 1])
        said.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)  # it would count them by the network
        return said

    model = get_model("mockllm/model", custom_outputs=say)
    (log,) = inspect_ai.eval(
        spec, model=model, task_args={"data": data}, max_samples=1, max_connections=1, log_dir=logs, display="none"
    )
    if log.results is None:
        raise SystemExit(f"inspect_ai failed: {log.error}")
    found = {}
    for score in log.results.scores:
        metric = score.metrics.get("accuracy") or score.metrics["mean"]
        found[score.scorer] = float(metric.value)
    return found, chats


def compare(name: str, file: Path, data: str) -> bool:
    with opened(EnvSpec(f"inspect/{file}@{name}", {"data": data})) as evaluator:
        texts = [made_up(place, WAYS, HOSTILE, gold=str(task.gold)) for place, task in enumerate(evaluator.tasks)]
        chats = [[(turn["role"], turn["content"]) for turn in evaluator.env.messages(t)] for t in evaluator.tasks]
        summary = said(evaluator, texts)
    figures, asked = theirs(f"{file}@{name}", data, texts, str(file.parent / "logs"))
    return same(name, len(texts), figures, summary, chats=chats == asked)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="*", help="names of the tasks; all six by default")
    parser.add_argument("--data", required=True, type=Path, help="folder with gsm8k/ and math500/")
    arguments = parser.parse_args()
    heading("inspect_ai")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "tasks.py"
        file.write_text(TASKS, encoding="utf-8")
        found = [compare(name, file, str(arguments.data.resolve())) for name in arguments.tasks or NAMES]
    leave("score and chats", found)


if __name__ == "__main__":
    main()
