"""Tasks of lm-eval by log-likelihood over made-up data, and lm-eval's own model of transformers as the judge."""

import json

SIZE = 9
ACC = "  - {metric: acc, aggregation: mean, higher_is_better: true}\n"
NORM = "  - {metric: acc_norm, aggregation: mean, higher_is_better: true}\n"
BYTES = "  - {metric: acc_bytes, aggregation: mean, higher_is_better: true}\n"
EXACT = "  - {metric: exact_match, aggregation: mean, higher_is_better: true}\n"
INFO = "  - {metric: acc_mutual_info, aggregation: mean, higher_is_better: true}\n"
TASKS = {
    "made_arc": """
output_type: multiple_choice
training_split: train
test_split: test
doc_to_text: "Question: {{question}}\\nAnswer:"
doc_to_target: "{{choices.label.index(answerKey)}}"
doc_to_choice: "{{choices.text}}"
metric_list:
"""
    + ACC
    + NORM,
    "made_piqa": """
output_type: multiple_choice
validation_split: test
doc_to_text: "{{goal}} "
doc_to_target: label
doc_to_choice: "{{[sol1, sol2]}}"
target_delimiter: "- "
metric_list:
"""
    + ACC
    + NORM
    + BYTES,
    "made_mmlu": """
output_type: multiple_choice
test_split: test
fewshot_split: dev
fewshot_config: {sampler: first_n}
description: "These are questions about {{subject}}.\\n\\n"
num_fewshot: 3
doc_to_text: "{{question.strip()}}\\nA. {{choices[0]}}\\nB. {{choices[1]}}\\nAnswer:"
doc_to_choice: ["A", "B"]
doc_to_target: answer
metric_list:
"""
    + ACC
    + EXACT,
    "made_drawn": """
output_type: multiple_choice
training_split: train
test_split: test
fewshot_split: train
num_fewshot: 2
doc_to_text: "Which is {{n}}?"
doc_to_target: gold
doc_to_choice: "{{choices}}"
metric_list:
"""
    + ACC
    + NORM,
    "made_wino": """
output_type: multiple_choice
validation_split: test
doc_to_text: !function wino.text
doc_to_target: !function wino.target
doc_to_choice: !function wino.choices
metric_list:
"""
    + ACC,
    "made_info": """
output_type: multiple_choice
test_split: test
doc_to_text: ""
doc_to_target: gold
doc_to_choice: choices
metric_list:
"""
    + ACC
    + INFO,
    "made_long": """
output_type: multiple_choice
test_split: test
doc_to_text: "{{passage}}\\nWhich is {{n}}?"
doc_to_target: gold
doc_to_choice: choices
metric_list:
"""
    + ACC
    + NORM,
    "made_last": """
output_type: loglikelihood
test_split: test
doc_to_text: "{{text.split(' ')[:-1]|join(' ')}}"
doc_to_target: "{{' '+text.split(' ')[-1]}}"
metric_list:
  - {metric: perplexity, aggregation: perplexity, higher_is_better: false}
"""
    + ACC,
    "made_soft": """
output_type: multiple_choice
test_split: test
doc_to_text: "Which is {{n}}?"
doc_to_target: gold
doc_to_choice: choices
process_results: !function wino.soft
metric_list:
"""
    + ACC,
}
WINO_PY = """
import math

def text(doc):
    return doc["right"] - 1

def target(doc):
    return doc["sentence"].split("_")[1].strip()

def choices(doc):
    return [doc["sentence"].split("_")[0] + one for one in doc["options"]]

def soft(doc, results):
    shares = [math.exp(logprob) for logprob, _ in results]
    return {"acc": shares[doc["gold"]] / sum(shares)}
"""


def row(name, n):
    """One document."""
    choices = [f"x {n}", f"{2 * n + 1}", "yes, about the y of all"]
    if name == "made_arc":
        text = [str(n), f"{n} and not {2 * n}", str(2 * n + 1), "none"]
        labels = {"text": text[: 3 + n % 2], "label": list("ABCD")[: 3 + n % 2]}
        return {"question": f"How much is {n} plus {n + 1}?", "choices": labels, "answerKey": "AAB"[n % 3]}
    if name == "made_piqa":
        return {"goal": f"Öffne Tür {n}:", "sol1": f"drück {n}", "sol2": f"zieh die Tür № {n} auf ✓", "label": n % 2}
    if name == "made_mmlu":
        asked = {"subject": "sums", "question": f"What is {n}? ", "choices": [f"a {n}", f"b {n}"]}
        return {**asked, "answer": n % 2}
    if name == "made_wino":
        return {"sentence": f"The {n} was told by _ was late.", "options": ["Ann", "Robert B."], "right": 1 + n % 2}
    if name == "made_last":
        return {"text": f"{n} + {n} = {2 * n} and {n} is {n}" if n % 2 else f"<answer> {n} </answer> <answer> {n}"}
    return {"n": n, "passage": f"{n} and {n * n} " * (n % 3 * 130), "choices": choices, "gold": n % 3}


def write(folder):
    """Writes the tasks and their data; returns the folder as `include_path`."""
    for name, text in TASKS.items():
        files = {}
        for split, start in {"train": 100, "dev": 300, "test": 500}.items():
            path = folder / f"{name}_{split}.jsonl"
            path.write_text(
                "".join(
                    json.dumps(row(name, n)) + "\n" for n in range(start, start + (4 if name == "made_long" else SIZE))
                )
            )
            files[split] = str(path)
        data = json.dumps({"data_files": files})
        (folder / f"{name}.yaml").write_text(f"task: {name}\ndataset_path: json\ndataset_kwargs: {data}\n{text}")
    (folder / "wino.py").write_text(WINO_PY)
    return str(folder)


def their_model(folder):
    """lm-eval's own model of transformers over a model folder, in float32 on the processor."""
    from lm_eval.models.huggingface import HFLM

    return HFLM(pretrained=str(folder), device="cpu", dtype="float32", batch_size=4)


def their_results(name, include_path, model):
    """What lm-eval says of a task: its figures by `metric,filter`, and each document's log-likelihoods."""
    from lm_eval import simple_evaluate
    from lm_eval.tasks import TaskManager

    manager = TaskManager(include_path=include_path, include_defaults=False)
    found = simple_evaluate(model, tasks=[name], task_manager=manager, bootstrap_iters=0)
    figures = {key: value for key, value in found["results"][name].items() if "," in key and "stderr" not in key}
    samples = sorted(found["samples"][name], key=lambda one: one["doc_id"])
    likelihoods = [(float(logprob), str(greedy) == "True") for one in samples for ((logprob, greedy),) in one["resps"]]
    return figures, likelihoods
