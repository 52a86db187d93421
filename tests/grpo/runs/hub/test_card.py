"""A model card says what the run's files say, in YAML and Markdown that no text of the run can break out of."""

import json
import re
import shutil
from dataclasses import replace

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from evals.reporting.card import card
from grpo.runs.hub.export import Form, find_source
from grpo.settings.config import TrainConfig, load_config
from gymtests.evaluating.made_run import HOSTILE
from gymtests.hub.checkpointed import checkpointed

PLAIN_TOKENS = {
    "paragraph_open", "paragraph_close", "inline", "heading_open", "heading_close", "fence", "bullet_list_open",
    "bullet_list_close", "list_item_open", "list_item_close", "text", "softbreak", "code_inline",
    *(f"{part}_{end}" for part in ("table", "thead", "tbody", "tr", "th", "td") for end in ("open", "close")),
}  # fmt: skip
HEADINGS = ["Held-out results", "How to use it", "How it was trained", "Versions"]


def read(text):
    """Metadata, and the tokens of the rest."""
    _, head, body = text.split("---\n", 2)
    found = []
    for token in MarkdownIt("commonmark", {"html": True, "linkify": False}).enable("table").parse(body):
        found += [token, *(token.children or ())]
    return yaml.safe_load(head), found


def rows(tokens):
    """The cells of all tables, by the first of their row."""
    cells = [
        "".join(child.content for child in tokens[place + 1].children)
        for place, token in enumerate(tokens)
        if token.type == "td_open"
    ]
    return dict(zip(cells[::2], cells[1::2], strict=False))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    said = {"system": "Think.", "env_args": {"levels": [1]}, "algo": "dapo", "shots": 1, "seed": 5}
    return checkpointed(tmp_path_factory.mktemp("runs") / "mine", 2, 4, evaluated=True, **said)


def test_it_says_what_the_run_was(run):
    metadata, tokens = read(card(find_source(run), Form(), "ada/tiny"))
    assert metadata["library_name"] == "transformers" and metadata["pipeline_tag"] == "text-generation"
    assert metadata["tags"] == ["grpo-gym", "grpo", "dapo", "reinforcement-learning"] and "base_model" not in metadata
    facts = rows(tokens)
    assert facts["base"] == "builtin:tiny" and facts["environment"] == "math (levels=[1])"
    assert facts["algorithm"].startswith("dapo: ") and facts["system message"] == "Think."
    assert facts["data"].startswith("math-1, train split, tasks without end, ids abababab")
    headings = [tokens[place + 1].content for place, token in enumerate(tokens) if token.type == "heading_open"]
    assert headings == ["ada/tiny", *HEADINGS]
    text = "\n".join(token.content for token in tokens)
    assert "grpo-gym 0.1.0" in text and "torch 2" in text and "grpo train --config run.toml" in text
    summary = json.loads((run / "evals" / "after" / "summary.json").read_text())
    low, high = (f"{100 * edge:.1f}" for edge in summary["intervals"]["pass@1"])
    assert f"{100 * summary['pass@1']:.1f} \\[{low}, {high}\\]" in text and "better" in text


def test_the_hub_reads_the_held_out_results_back(run):
    from huggingface_hub import ModelCard

    data = ModelCard(card(find_source(run), Form(), "ada/tiny")).data
    summary = json.loads((run / "evals" / "after" / "summary.json").read_text())
    assert data.model_name == "tiny" and len(data.eval_results) == len(summary["intervals"])
    for one in data.eval_results:
        assert (one.task_type, one.dataset_type, one.dataset_split) == ("text-generation", "sums_env.py", "test")
        assert one.metric_value == summary[one.metric_type]
        low, high = summary["intervals"][one.metric_type]
        assert f"{low:.4f} to {high:.4f}" in one.metric_name and one.verified is None
    again = ModelCard(f"---\n{data.to_yaml()}\n---\n").data  # as the hub's library writes it itself
    assert again.eval_results == data.eval_results
    assert ModelCard(card(find_source(run, "2"), Form(), "ada/tiny")).data.eval_results is None


def test_results_of_like_environments_are_kept_apart(run, tmp_path):
    from huggingface_hub import ModelCard

    whole = tmp_path / "run"
    shutil.copytree(run, whole, symlinks=True)
    for label, split, size in (("after", "test", 20), ("dev-000004", "test", 20), ("after-step-000004", "dev", 7)):
        folder = whole / "evals" / label
        shutil.copytree(run / "evals" / "after", folder, dirs_exist_ok=True)
        summary = json.loads((folder / "summary.json").read_text())
        summary["env"]["kwargs"] = {"size": size, "api_key": "sk-1234", "data": str(tmp_path / "x.jsonl")}
        summary["settings"]["split"], summary["pass@1"] = split, 0.25 if label == "after" else 0.75
        (folder / "summary.json").write_text(json.dumps(summary))
    text = card(find_source(whole), Form(), "ada/tiny")
    found = [one for one in ModelCard(text).data.eval_results if one.metric_type == "pass@1"]
    told = [(one.dataset_config, one.dataset_split, one.metric_value) for one in found]
    assert sorted(told) == [("size=20, data=x.jsonl", "test", 0.25), ("size=7, data=x.jsonl", "dev", 0.75)]
    assert "sk-1234" not in text and str(tmp_path) not in text


def test_the_command_that_it_shows_makes_the_same_settings(run, tmp_path):
    _, tokens = read(card(find_source(run), Form()))
    block = next(token.content for token in tokens if token.type == "fence" and token.info == "toml")
    (tmp_path / "run.toml").write_text(block)
    assert load_config(tmp_path / "run.toml", {}) == find_source(run).config


def test_an_evaluation_of_other_weights_is_none_of_these(run):
    _, tokens = read(card(find_source(run, "2"), Form()))
    text = "\n".join(token.content for token in tokens)
    assert "These weights were not evaluated" in text and "after step 2 of 4" in text and "pass@1" not in text


def test_a_base_on_the_hub_is_named_without_its_commit(tmp_path, monkeypatch):
    run = checkpointed(tmp_path / "run", 1, model="Org/Base@" + "a" * 40)
    snapshot = tmp_path / "cache" / "models--Org--Base" / "snapshots" / ("a" * 40)
    snapshot.mkdir(parents=True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    for head, said in [("license: apache-2.0", "apache-2.0"), ("license: [a, b]", None), ("license: 'a\n\n b'", None)]:
        (snapshot / "README.md").write_text(f"---\n{head}\n---\nlicense: mit\n")
        metadata, _ = read(card(find_source(run), Form()))
        assert metadata["base_model"] == "Org/Base" and metadata["base_model_relation"] == "finetune"
        assert metadata.get("license") == said


def test_paths_and_secrets_of_the_machine_stay_there(tmp_path):
    place = tmp_path / "someone" / "rows.jsonl"
    place.parent.mkdir()
    place.write_text('{"question": "1+1", "answer": "2"}\n')
    arguments = {"data": str(place), "prompt": "{question}", "answer": "{answer}", "api_key": "sk-1234"}
    run = checkpointed(tmp_path / "run", 1, env="dataset", env_args=arguments, model=str(tmp_path / "someone"))
    text = card(find_source(run), Form(), "ada/tiny")
    assert str(tmp_path) not in text.replace("\\", "") and "sk-1234" not in text and "rows.jsonl" in text


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    return find_source(checkpointed(tmp_path_factory.mktemp("runs") / "a_b*c_<i>[x](y)", 1))


@settings(max_examples=25)
@given(st.text(max_size=80), st.sampled_from(["``` ```` `", "| a\n---", "[x](http://y)", "---\n\nx: 1", "<b>", "# h"]))
@example(HOSTILE.encode("utf-8", "backslashreplace").decode(), "![x](y)")
@example("\n---\nlicense: mit\n---\n", "```\n<script>alert(1)</script>")
def test_no_text_of_the_run_is_markup(odd, text, more):
    said = TrainConfig(**{**odd.config.model_dump(), "system": text + more, "env_args": {"x": more + text}})
    metadata, tokens = read(card(replace(odd, config=said), Form()))
    assert list(metadata) == ["library_name", "pipeline_tag", "tags"]
    assert {token.type for token in tokens} <= PLAIN_TOKENS
    headings = [tokens[place + 1].content for place, token in enumerate(tokens) if token.type == "heading_open"]
    assert headings[1:] == HEADINGS
    assert not re.search(r"https?:", "".join(token.content for token in tokens if token.type == "inline"))
