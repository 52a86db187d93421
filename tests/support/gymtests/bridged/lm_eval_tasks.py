"""Six tasks of lm-eval over made-up data, samples for them, and lm-eval itself as the judge."""

import json

SIZE = 24
SUMS = """
task: made_sums
training_split: train
fewshot_split: train
test_split: test
num_fewshot: 3
doc_to_text: "Question: {{question}}\\nAnswer:"
doc_to_target: "{{answer}}"
metric_list:
  - metric: exact_match
    aggregation: mean
    higher_is_better: true
    ignore_case: true
    ignore_punctuation: false
    regexes_to_ignore: [",", "\\\\$", "(?s).*#### ", "\\\\.$"]
generation_kwargs: {until: ["Question:", "</s>"], do_sample: false}
filter_list:
  - name: strict-match
    filter:
      - {function: regex, regex_pattern: "#### (\\\\-?[0-9\\\\.\\\\,]+)"}
      - {function: take_first}
  - name: flexible-extract
    filter:
      - {function: regex, group_select: -1, regex_pattern: "(-?[$0-9.,]{2,})|(-?[0-9]+)"}
      - {function: take_first}
"""
CAPITALS = """
task: made_capitals
test_split: test
doc_to_text: "The capital of {{land}} is"
doc_to_target: capital
metric_list:
  - {metric: exact_match, aggregation: mean, higher_is_better: true, ignore_case: true, ignore_punctuation: true}
generation_kwargs: {until: ["\\n"], max_gen_toks: 16}
"""
LETTERS = """
task: made_letters
validation_split: test
description: "Choose one.\\n\\n"
doc_to_text: "{{question}}\\n(A) {{choices[0]}}\\n(B) {{choices[1]}}\\n(C) {{choices[2]}}\\nAnswer:"
doc_to_choice: ["(A)", "(B)", "(C)"]
doc_to_target: "{{gold}}"
num_fewshot: 2
fewshot_config: {sampler: first_n}
metric_list:
  - {metric: exact_match, aggregation: mean, higher_is_better: true}
generation_kwargs: {until: ["</s>"]}
filter_list:
  - name: flexible
    filter:
      - {function: multi_choice_regex, group_select: 0, ignore_case: true, ignore_punctuation: true,
         regex_pattern: "(\\\\([A-C]\\\\))"}
      - {function: take_first}
"""
YEARS = """
task: made_years
training_split: train
test_split: test
doc_to_text: "When was {{event}}?"
doc_to_target: "{{year}}"
gen_prefix: "It was in"
metric_list:
  - {metric: exact_match, aggregation: mean, higher_is_better: true}
generation_kwargs: {until: "."}
filter_list:
  - name: year
    filter:
      - {function: regex, regex_pattern: "\\\\b(\\\\d{4})\\\\b", fallback: "none"}
      - {function: take_first}
"""
SPANS = """
task: made_spans
training_split: train
test_split: test
doc_to_text: "{{passage}}\\nQ: {{question}}\\nA:"
doc_to_target: "{{answer}}"
process_results: !function spans.score
metric_list:
  - {metric: f1, aggregation: mean, higher_is_better: true}
  - {metric: em, aggregation: mean, higher_is_better: true}
  - {metric: length, aggregation: mean, higher_is_better: false}
generation_kwargs: {until: ["\\nQ:"]}
"""
SPANS_PY = """
from collections import Counter

def score(doc, results):
    said, gold = results[0].lower().split(), doc["answer"].lower().split()
    shared = sum((Counter(said) & Counter(gold)).values())
    precision, recall = shared / max(1, len(said)), shared / len(gold)
    f1 = 0.0 if not shared else 2 * precision * recall / (precision + recall)
    return {"f1": f1, "em": said == gold, "length": len(said)}
"""
NAMES = """
task: made_names
training_split: train
validation_split: dev
test_split: test
doc_to_text: "Who wrote {{book}}?"
doc_to_target: names
metric_list:
  - {metric: exact_match, aggregation: mean, higher_is_better: true, ignore_case: true}
generation_kwargs: {until: []}
filter_list:
  - name: bare
    filter:
      - {function: lowercase}
      - {function: remove_whitespace}
      - {function: take_first}
"""
TASKS = {
    "made_sums": SUMS, "made_capitals": CAPITALS, "made_letters": LETTERS,
    "made_years": YEARS, "made_spans": SPANS, "made_names": NAMES,
}  # fmt: skip


def rows(name, split):
    """The documents of one split; the same question never twice, but for one of `made_sums` that is."""
    start = {"train": 100, "dev": 300, "test": 500}[split]
    numbers = range(start, start + SIZE)
    if name == "made_sums":
        made = [
            {"question": f"How much is {n} plus {n + 1}?", "answer": f"{n} + {n + 1} = {2 * n + 1}\n#### {2 * n + 1}"}
            for n in numbers
        ]
        return [*made, made[0]] if split == "test" else made
    if name == "made_capitals":
        return [{"land": f"Land {n}", "capital": f"Saint-City {n}"} for n in numbers]
    if name == "made_letters":
        return [
            {"question": f"Which is {n}?", "choices": [f"x {n}", f"y {n}", f"z {n}"], "gold": n % 3} for n in numbers
        ]
    if name == "made_years":
        return [{"event": f"the event {n}", "year": 1000 + n} for n in numbers]
    if name == "made_spans":
        return [
            {"passage": f"The {n} red birds sing.", "question": f"Who of {n}?", "answer": f"the {n} red birds"}
            for n in numbers
        ]
    return [{"book": f"Book {n}", "names": [f"ann {n}", f"Ann Bee {n}"]} for n in numbers]


SAID = {
    "made_sums": [
        "so {gold}",
        "{answer}",
        "#### 1,000",
        "$77.",
        "The answer is {gold}.\n\nQuestion: 9",
        "#### {gold}\n#### 3",
    ],
    "made_capitals": ["{capital}", " saint city {n}\nthe capital", "{capital}!", "SAINTCITY {n}", "no"],
    "made_letters": ["({letter})", "the answer is {right}", "(A) or (B)", "a", "({letter})</s>(A)"],
    "made_years": ["{year}", " the year {year}. Or 1999", "1999 or {year}", "MMXX", "in {year}, no 2000"],
    "made_spans": ["{answer}", "red birds", "the {n} birds\nQ: the", "THE  {n} RED BIRDS and more besides", "nobody"],
    "made_names": ["Ann {n}", " ann bee {n}\n", "ANN BEE {n}", "bob", "ann  {n}"],
}
HOSTILE = ["", "\n", "#### ", "$" * 400, "((((((" * 50, "1" * 400, "\u202e\u0661\u0662\u0663", "<|im_end|></s>"]


def samples(name):
    """One text for each test document: right ones, wrong ones, hostile ones."""
    said = []
    for place, row in enumerate(rows(name, "test")):
        n = 500 + place
        gold = row.get("gold", 0)
        right = row["choices"][gold] if "choices" in row else ""
        facts = {**row, "n": n, "gold": 2 * n + 1, "letter": "ABC"[gold], "right": right}
        ways = SAID[name]
        text = HOSTILE[(place // 3) % len(HOSTILE)] if place % 3 == 2 else ways[place % len(ways)].format(**facts)
        said.append(text)
    return said


def write(folder):
    """Writes the six tasks and their data; returns the folder as `include_path`."""
    for name, text in TASKS.items():
        files = {}
        for split in ("train", "dev", "test"):
            path = folder / f"{name}_{split}.jsonl"
            path.write_text("".join(json.dumps(row) + "\n" for row in rows(name, split)))
            files[split] = str(path)
        data = json.dumps({"data_files": files})
        (folder / f"{name}.yaml").write_text(f"dataset_path: json\ndataset_kwargs: {data}\n{text}")
    (folder / "spans.py").write_text(SPANS_PY)
    return str(folder)


def their_results(name, include_path, texts, **asked):
    """What lm-eval itself says of these texts: its figures by `metric,filter`, and the prompts it asked with."""
    from lm_eval import simple_evaluate
    from lm_eval.api.model import LM
    from lm_eval.models.utils import postprocess_generated_text
    from lm_eval.tasks import TaskManager

    class Says(LM):
        """Says the texts in the order of the documents, cut as every model of lm-eval cuts."""

        prompts: list = []
        tokenizer_name = "none"

        def loglikelihood(self, requests):
            raise NotImplementedError

        def loglikelihood_rolling(self, requests):
            raise NotImplementedError

        def chat_template(self, chat_template=False):
            return "json"

        def apply_chat_template(self, chat_history, add_generation_prompt=True):
            return json.dumps(chat_history)

        def generate_until(self, requests):
            self.prompts = [request.args[0] for request in requests]
            return [
                postprocess_generated_text(texts[request.doc_id], request.args[1].get("until"), None)
                for request in requests
            ]

    model = Says()
    manager = TaskManager(include_path=include_path, include_defaults=False)
    found = simple_evaluate(model, tasks=[name], task_manager=manager, log_samples=False, bootstrap_iters=0, **asked)
    figures = {key: value for key, value in found["results"][name].items() if "," in key and "stderr" not in key}
    return figures, model.prompts
