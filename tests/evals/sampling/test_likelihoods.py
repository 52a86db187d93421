"""Evals by log-likelihood: each text's own, kept, read back and compared; what cannot be asked is nobody's fault."""

import json

import pandas as pd
import pytest
import torch
from transformers import AutoModelForCausalLM, LlamaConfig

from envs import EnvSpec, UsageError, make
from envs.bridges.likelihood import Continuation
from evals.evaluator import EvalSettings, Evaluator
from evals.results.comparison import compare
from evals.sampling.likelihood_sampler import LikelihoodSampler, Tokens
from grpo.policy.model import load_policy
from grpo.policy.truth.alone import check_causal
from gymtests.places import CHOOSING

SPEC = EnvSpec(CHOOSING)


@pytest.fixture(scope="module")
def tiny():
    return load_policy("builtin:tiny")


def alone(model, pair):
    """The log-likelihood of one pair by itself, as plainly as can be; the last token is not read."""
    ids = torch.tensor([[*pair.prompt, *pair.continuation]])
    logprobs = torch.log_softmax(model(ids[:, :-1]).logits[0, len(pair.prompt) - 1 :], dim=-1)
    picked = logprobs.gather(1, ids[0, len(pair.prompt) :, None])
    return float(picked.sum()), bool((logprobs.argmax(-1) == ids[0, len(pair.prompt) :]).all())


def evaluated(policy, settings=None, kwargs=(), **options):
    with Evaluator(EnvSpec(CHOOSING, dict(kwargs)), settings) as evaluator:
        sampler = LikelihoodSampler(policy, evaluator.env)
        for name, value in options.pop("tokens", {}).items():
            setattr(sampler.tokens, name, value)
        return evaluator, sampler, evaluator.run(sampler, **options)


@pytest.mark.parametrize("context", [1024, 23, 9])
def test_they_are_those_of_each_text_alone_cut_on_the_left(tiny, context):
    """They have up to 24 tokens: the longest is one too many for a context of 23, yet loses none, all for one of 9."""
    evaluator, sampler, result = evaluated(tiny, tokens={"context": context})
    pairs = [pair for task in evaluator.tasks for pair in sampler.tokens.pairs(evaluator.env.continuations(task))]
    assert max(map(len, pairs)) == min(24, context + 1)
    assert [row["tokens"] for row in result.choices] == [len(pair.continuation) for pair in pairs]
    for row, pair in zip(result.choices, pairs, strict=True):
        logprob, greedy = alone(tiny.model, pair)
        assert row["logprob"] == pytest.approx(logprob, abs=1e-4) and row["greedy"] == greedy
    best = [max(result.choices[n : n + 3], key=lambda row: row["logprob"]) for n in range(0, len(result.choices), 3)]
    assert [sample.completion for sample in result.samples] == [row["continuation"] for row in best]


def test_a_model_whose_log_probs_depend_on_the_length_is_asked_one_by_one(tiny):
    torch.manual_seed(0)
    rope = {
        "rope_type": "longrope", "rope_theta": 10000.0, "short_factor": [1.0] * 8, "long_factor": [4.0] * 8,
        "factor": 4.0, "original_max_position_embeddings": 16,
    }  # fmt: skip
    config = LlamaConfig(
        vocab_size=512, hidden_size=32, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
        max_position_embeddings=64, rope_parameters=rope, initializer_range=0.5,
    )  # fmt: skip
    model = AutoModelForCausalLM.from_config(config).eval()
    with pytest.raises(UsageError, match="when its sequence goes on"):
        check_causal(model, [list(range(3, 40))], 64)
    policy = type(tiny)(model, tiny.renderer, tiny.eos_ids, 64, "longrope", "")
    evaluator, sampler, result = evaluated(policy)
    pairs = [pair for task in evaluator.tasks for pair in sampler.tokens.pairs(evaluator.env.continuations(task))]
    assert [row["logprob"] for row in result.choices] == pytest.approx([alone(model, p)[0] for p in pairs], abs=1e-4)


def test_what_cannot_be_asked_is_nobodys_fault(tiny):
    _, _, result = evaluated(tiny, kwargs={"blank": 3})
    (lost,) = [sample for sample in result.samples if not sample.scorable]
    assert (lost.task_id, lost.outcome) == ("q3", "cannot_be_asked") and "no token of its own" in lost.reason
    assert result.summary["unscorable"] == 1 and result.summary["tasks_with"]["pass@1"] == 11
    assert {row["task_id"] for row in result.choices} == {f"q{n}" for n in range(12)} - {"q3"}
    tokens = Tokens(tiny.tokenizer, tiny.model.config)
    assert "has 1200 tokens" in tokens.pairs([Continuation("x", "1" * 1200)]) or tokens.context != 1024


class _AskedFor(Exception):
    pass


class _Unasked:
    template = ""

    def check(self, requests, sampling):
        return None

    def sample(self, requests, sampling, on_sampled):
        raise _AskedFor(*requests)


def test_what_was_asked_is_not_asked_again(tiny, tmp_path):
    journal, model = tmp_path / "journal.jsonl", {"sha256": "0"}
    few = evaluated(tiny, EvalSettings(tasks=5), journal=journal, model=model)[2]
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join(lines[:4]) + lines[4][:20])  # killed in the middle of the fourth task's line
    with Evaluator(SPEC, EvalSettings(tasks=5)) as evaluator, pytest.raises(_AskedFor) as asked:
        evaluator.run(_Unasked(), journal=journal, model=model)
    assert len(asked.value.args) == 2
    again = evaluated(tiny, EvalSettings(tasks=5), journal=journal, model=model)[2]
    assert (again.samples, again.choices) == (few.samples, few.choices)
    with Evaluator(SPEC, EvalSettings(tasks=5)) as evaluator:
        read = evaluator.run(_Unasked(), journal=journal, model=model)
    assert (read.samples, read.choices) == (few.samples, few.choices)


def test_settings_of_sampling_decide_nothing(tiny):
    one, two = (
        Evaluator(SPEC, settings) for settings in (None, EvalSettings(samples=4, ks=(1, 4), temperature=0.3, shots=2))
    )
    assert one.identity({}) == two.identity({}) and two.settings_facts()["samples"] == 1
    assert two.gold().checked == 0


def test_it_hears_no_text():
    env = make(CHOOSING, split="test")
    env.reset(seed=0)
    with pytest.raises(UsageError, match="scored by log-likelihood and hears no answer: grpo eval --env"):
        env.step(" 0")


def test_from_the_command_line_to_a_comparison(grpo, tmp_path):
    told = ("eval", "--ckpt", "builtin:tiny", "--env", CHOOSING, "--json")
    code, out, err = grpo(*told, "--out", tmp_path / "a")  # whichever engine is installed
    assert code == 0, err
    found = json.loads(out)
    assert found["pass@1"] == found["acc"] == found["parts"]["acc"] and found["intervals"]["acc_norm"][0] >= 0
    table = pd.read_parquet(tmp_path / "a" / "choices.parquet")
    assert list(table.columns) == ["task_id", "choice", "context", "continuation", "logprob", "greedy", "tokens"]
    assert len(table) == 36 and (table["logprob"] < 0).all()
    summary = json.loads((tmp_path / "a" / "summary.json").read_text())
    assert summary["model"]["engine"] == "transformers" and "chat" not in summary["model"]
    code, _, err = grpo(*told, "--out", tmp_path / "b", "--dtype", "bfloat16", "--system", "Think.", "--n", "4")
    assert code == 0 and "what is laid around chats is left out" in err
    for metric in ("pass@1", "acc_norm"):
        row = compare(tmp_path / "a", tmp_path / "b", metric=metric).iloc[0]
        assert row["tasks"] == 12 and row["first"] == summary[metric]
    code, out, err = grpo("eval", "compare", tmp_path / "a", tmp_path / "b", "--metric", "acc_norm")
    assert code == 0 and "acc_norm" in out, err


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (("--shots", "2"), "shows examples of its own: --env-arg num_fewshot=2"),
        (
            ("--engine", "vllm"),
            "log-likelihood, which --engine vllm does not do: take --engine transformers|not installed",
        ),
        (("--split", "train"), "to be evaluated alone"),
        (("--ckpt", "openai:http://127.0.0.1:1/v1#m"), "an endpoint tells no log-likelihoods"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(flags, says, grpo, tmp_path):
    import re

    policy = () if "--ckpt" in flags else ("--ckpt", "builtin:tiny")
    code, _, err = grpo("eval", *policy, "--env", CHOOSING, "--out", tmp_path / "out", *flags)
    assert code == 2 and re.search(says, err.splitlines()[-1]), err
    assert not (tmp_path / "out" / "summary.json").exists()
