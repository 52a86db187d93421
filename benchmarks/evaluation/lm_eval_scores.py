"""lm-eval's own score and ours of the same samples, on lm-eval's own tasks over local copies of their data.

python benchmarks/evaluation/lm_eval_scores.py --data DIR [TASK ...]

DIR holds gsm8k/ (train.jsonl, test.jsonl) and math500/ (test.jsonl). Each document gets one made-up sample: its
target, its answer in the words that tasks ask for, a wrong one, one that goes on behind a stop, or a hostile one.
lm-eval scores them by `simple_evaluate` with a stand-in for a model, we by an eval of `lm-eval/TASK`. One line a metric
and filter; at the end whether each task's prompts and all its figures are the same, to the last digit.

Then tasks by choice over the same data (`choice_scores.py` beside this): lm-eval's own model of transformers and our
eval ask the same weights, and the log-likelihood of every choice is held against lm-eval's too.
"""

from __future__ import annotations

import argparse
import json
import logging
import tempfile
from pathlib import Path
from typing import Any

import lm_eval.tasks
from choice_scores import CHOICES, LogLikelihoods, write
from held_against import heading, leave, made_up, opened, said, same
from lm_eval import simple_evaluate
from lm_eval.api.model import LM
from lm_eval.models.utils import postprocess_generated_text
from lm_eval.tasks import TaskManager

from envs import EnvSpec

FOLDERS = {
    "gsm8k": "gsm8k", "gsm8k_cot": "gsm8k", "gsm8k_cot_zeroshot": "gsm8k", "gsm8k_platinum": "gsm8k",
    "hendrycks_math500": "math500", "minerva_math500": "math500",
}  # fmt: skip
WAYS = (
    "{target}", "The answer is {gold}.", "#### {gold}", "#### -1", "The answer is -1. I hope it is correct.",
    "Final Answer: The final answer is ${gold}$. I hope it is correct.", "{target}\n\nQ: 7\nProblem: 7\nQuestion: 7",
    "${gold}$", "\\boxed{{{gold}}}",
)  # fmt: skip
HOSTILE = ("", "#### ", "$" * 3000, "1" * 3000, "\\boxed{" * 300, "\\frac" * 500, "\u202e\u0661", "{x" + "^{x" * 200)


class Says(LM):
    """Stands in for a model: says the texts in the order of the documents, cut as every model of lm-eval cuts."""

    def __init__(self, texts: list[str]):
        super().__init__()
        self.texts = texts
        self.prompts: list[str] = []

    def loglikelihood(self, requests: list[Any]) -> list[Any]:
        """Nothing here asks for it."""
        raise NotImplementedError

    def loglikelihood_rolling(self, requests: list[Any]) -> list[Any]:
        """Nothing here asks for it."""
        raise NotImplementedError

    def generate_until(self, requests: list[Any]) -> list[str]:
        """Returns the texts, cut at the stops."""
        self.prompts = [request.args[0] for request in requests]
        stops = [request.args[1].get("until") for request in requests]
        return [
            postprocess_generated_text(self.texts[r.doc_id], stop, None)
            for r, stop in zip(requests, stops, strict=True)
        ]


def theirs(name: str, folder: Path, texts: list[str]) -> tuple[dict[str, float], list[str]]:
    defaults = Path(lm_eval.tasks.__file__).parent
    (own,) = (p for p in defaults.rglob("*.yaml") if f"task: {name}" in p.read_text(errors="replace").splitlines())
    files = {path.stem: str(path) for path in sorted(folder.glob("*.jsonl"))}
    changed = {"dataset_path": "json", "dataset_name": None, "dataset_kwargs": {"data_files": files}}
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "local.yaml"
        file.write_text(json.dumps({"include": str(own), "task": name, **changed}))
        model = Says(texts)
        manager = TaskManager(include_defaults=False)
        done = simple_evaluate(model, tasks=[str(file)], task_manager=manager, log_samples=False, bootstrap_iters=0)
    found = {key: value for key, value in done["results"][name].items() if "," in key and "stderr" not in key}
    return found, model.prompts


def compare(name: str, folder: Path) -> bool:
    with opened(EnvSpec(f"lm-eval/{name}", {"data": str(folder)})) as evaluator:
        targets = [str(task.gold) for task in evaluator.tasks]
        texts = [
            made_up(place, WAYS, HOSTILE, target=target, gold=target.split("#### ")[-1].strip())
            for place, target in enumerate(targets)
        ]
        summary = said(evaluator, texts)
        prompts = [task.prompt for task in evaluator.tasks]
    figures, asked = theirs(name, folder, texts)
    return same(name, len(texts), figures, summary, prompts=prompts == asked)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="*", help="lm-eval's names, or those of the tasks by choice; all by default")
    parser.add_argument("--data", required=True, type=Path, help="folder with gsm8k/ and math500/")
    parser.add_argument("--model", default="builtin:tiny", help="whose log-likelihoods")
    parser.add_argument("--documents", type=int, default=60, help="documents of each task by choice")
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)
    data = arguments.data.resolve()
    names = arguments.tasks or [*FOLDERS, *CHOICES]
    heading("lm-eval")
    found = [compare(name, data / FOLDERS[name]) for name in names if name in FOLDERS]
    if chosen := [name for name in names if name in CHOICES]:
        with tempfile.TemporaryDirectory() as place, LogLikelihoods(arguments.model) as asked:
            found += [asked.compare(write(name, data, arguments.documents, Path(place))) for name in chosen]
    leave("score and prompts", found)


if __name__ == "__main__":
    main()
