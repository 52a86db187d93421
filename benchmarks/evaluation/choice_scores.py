"""Tasks by log-likelihood over local data: lm-eval's own model of transformers and our eval ask the same policy."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from held_against import opened, same
from lm_eval import simple_evaluate
from lm_eval.models.huggingface import HFLM
from lm_eval.tasks import TaskManager

from envs import EnvSpec
from evals.sampling.likelihood_sampler import LikelihoodSampler
from grpo.policy.model import load_policy

NEAR = 1e-4
"""Nats that two log-likelihoods of the same text may be apart."""
ACC = "metric_list:\n  - {metric: acc, aggregation: mean, higher_is_better: true}\n"
NORM = "  - {metric: acc_norm, aggregation: mean, higher_is_better: true}\n"
BYTES = "  - {metric: acc_bytes, aggregation: mean, higher_is_better: true}\n"
INFO = "  - {metric: acc_mutual_info, aggregation: mean, higher_is_better: true}\n"
ARC = 'doc_to_text: "Question: {{question}}\\nAnswer:"\ndoc_to_target: gold\ndoc_to_choice: "{{choices}}"\n'
LETTERS = """doc_to_text: "{{question}}\\nA. {{choices[0]}}\\nB. {{choices[1]}}\\nC. {{choices[2]}}\\nAnswer:"
doc_to_target: gold
doc_to_choice: ["A", "B", "C"]
fewshot_split: train
"""
CHOICES = {
    "choice_arc": ("gsm8k", ARC + ACC + NORM),
    "choice_piqa": ("math500", ARC + ACC + NORM + BYTES),
    "choice_five_shots": ("gsm8k", LETTERS + "num_fewshot: 5\n" + ACC + NORM),
    "choice_first_shots": ("gsm8k", LETTERS + "num_fewshot: 2\nfewshot_config: {sampler: first_n}\n" + ACC),
    "choice_information": ("math500", ARC + ACC + INFO),
}
"""By name: the data, and what a task's file says."""


def write(name: str, data: Path, count: int, folder: Path) -> Path:
    """Writes a task's file with documents of its own and returns where it is."""
    source, text = CHOICES[name]
    files = {}
    for split in ("train", "test"):
        if (file := data / source / f"{split}.jsonl").is_file():
            rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()[: count + 1]]
            made = [_document(place, row, rows[place - 1]) for place, row in enumerate(rows[:count])]
            files[split] = folder / f"{name}-{split}.jsonl"
            files[split].write_text("\n".join(map(json.dumps, made)), encoding="utf-8")
    there = json.dumps({"data_files": {split: str(file) for split, file in files.items()}})
    head = (
        f"task: {name}\ndataset_path: json\ndataset_kwargs: {there}\noutput_type: multiple_choice\ntest_split: test\n"
    )
    path = folder / f"{name}.yaml"
    path.write_text(head + text, encoding="utf-8")
    return path


def _document(place: int, row: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Returns a question with the right answer, the one of another question, and a wordy one, in turning order."""
    right, wrong = (str(one["answer"]).split("#### ")[-1] for one in (row, other))
    choices = [right, f"{wrong} ", f"It is {wrong}, or so – at least"]
    turned = choices[place % 3 :] + choices[: place % 3]
    return {"question": row.get("question") or row["problem"], "choices": turned, "gold": turned.index(right)}


@dataclass
class LogLikelihoods:
    """One policy, opened by both.

    Args:
        model: Its name.
    """

    model: str

    def __enter__(self) -> LogLikelihoods:
        self.policy = load_policy(self.model)
        self._folder = tempfile.TemporaryDirectory()
        self.policy.model.save_pretrained(self._folder.name)
        self.policy.tokenizer.save_pretrained(self._folder.name)
        self._theirs = HFLM(pretrained=self._folder.name, device="cpu", dtype="float32", batch_size=4)
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def compare(self, file: Path) -> bool:
        """Prints the figures of a task and how far log-likelihoods are apart; returns whether all are the same."""
        with opened(EnvSpec(f"lm-eval/{file.stem}", {"include_path": str(file.parent)})) as evaluator:
            result = evaluator.run(LikelihoodSampler(self.policy, evaluator.env))
            prompts = [task.prompt for task in evaluator.tasks]
        manager = TaskManager(include_path=str(file.parent), include_defaults=False)
        done = simple_evaluate(self._theirs, tasks=[file.stem], task_manager=manager, bootstrap_iters=0)
        figures = {k: v for k, v in done["results"][file.stem].items() if "," in k and "stderr" not in k}
        samples = sorted(done["samples"][file.stem], key=lambda one: one["doc_id"])
        theirs = [(float(logprob), str(greedy) == "True") for one in samples for ((logprob, greedy),) in one["resps"]]
        ours = [(row["logprob"], row["greedy"]) for row in result.choices]
        gap = max(abs(a - b) for (a, _), (b, _) in zip(theirs, ours, strict=True))
        print(f"{file.stem:20} {'log-likelihoods: largest gap':32} {len(ours):5} {gap:.1e}", flush=True)
        greedy = [one for _, one in theirs] == [one for _, one in ours]
        asked = [one["arguments"][0][0] for one in samples]
        alike = {"prompts": prompts == asked, "near": gap <= NEAR, "greedy": greedy}
        return same(file.stem, len(prompts), figures, result.summary, **alike)
