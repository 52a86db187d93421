"""Tasks of lm-eval by log-likelihood, held against lm-eval's own model of transformers over the same weights."""

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import envs
from envs import EnvSpec, UsageError
from envs.bridges.likelihood import Continuation, Likelihood
from envs.bridges.lm_eval import make
from evals.evaluator import EvalSettings, Evaluator
from evals.results.result import EvalResult
from evals.sampling.likelihood_sampler import LikelihoodSampler, Tokens
from grpo.policy.model import load_policy
from gymtests.bridged.choice_tasks import ACC, TASKS, their_model, their_results, write
from gymtests.places import TINY

pytest.importorskip("lm_eval", reason="needs `pip install lm-eval`")
pytest.importorskip("accelerate", reason="lm-eval's model of transformers needs `pip install accelerate`")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write(tmp_path_factory.mktemp("tasks"))


@pytest.fixture(scope="module")
def theirs():
    return their_model(TINY)


@pytest.fixture(scope="module")
def tiny():
    return load_policy("builtin:tiny")


@pytest.mark.parametrize("name", TASKS)
def test_the_same_log_likelihoods_and_figures_to_the_last_digit(name, folder, theirs, tiny):
    figures, likelihoods = their_results(name, folder, theirs)
    spec = EnvSpec(f"lm-eval/{name}", {"include_path": folder})
    with Evaluator(spec, EvalSettings(tasks=None)) as evaluator:
        result = evaluator.run(LikelihoodSampler(tiny, evaluator.env))
    ours = [(row["logprob"], row["greedy"]) for row in result.choices]
    assert [one for one, _ in ours] == pytest.approx([one for one, _ in likelihoods], abs=1e-4)
    assert [greedy for _, greedy in ours] == [greedy for _, greedy in likelihoods]
    figures.pop("perplexity,none", None)  # better when lower
    if name == "made_soft":  # a share, which has the digits of the log-likelihoods
        figures = {key: pytest.approx(value, abs=1e-5) for key, value in figures.items()}
    assert {key: result.summary[key] for key in figures} == figures and result.summary["parts"] == figures
    assert result.summary["mean_reward"] == next(iter(figures.values())) and result.summary["unscorable"] == 0
    if name in ("made_arc", "made_long"):  # so that what is compared can differ
        assert 0 < result.summary["acc,none"] < 1 and 0 < result.summary["acc_norm,none"] < 1


TEXTS = st.text(st.sampled_from("ab1 \n\t?.é") | st.characters(), max_size=12)


@settings(max_examples=200)
@given(TEXTS, TEXTS)
@example("", " a")
@example("a  \n", "b")
@example("<|bos|>a", " b")
@example("", "<|bos|>a")
@example("a", "")
@example("  ", "a")
def test_texts_are_parted_into_the_same_tokens(context, continuation):
    theirs, ours = _TOKENS["theirs"], _TOKENS["ours"]
    (found,) = [ours.pairs([Continuation(context, continuation)])]
    try:
        ((_, prompt, tokens),) = theirs.loglikelihood([_Asked((context, continuation))], disable_tqdm=True)
        fits = bool(prompt) and bool(tokens)
    except IndexError:  # nothing behind nothing
        fits = False
    assert isinstance(found, str) != fits  # where lm-eval fails, we say why
    if fits:
        assert [(found[0].prompt, found[0].continuation)] == [(prompt, tokens)]


class _Asked:
    def __init__(self, args):
        self.args = args


_TOKENS = {}


@pytest.fixture(autouse=True, scope="module")
def _tokens(theirs, tiny):
    class Parted(type(theirs)):
        def __init__(self):
            self.__dict__.update(theirs.__dict__)

        def _loglikelihood_tokens(self, requests, **_):
            return requests

    _TOKENS.update(theirs=Parted(), ours=Tokens(tiny.tokenizer, tiny.model.config))


def test_an_eval_from_the_command_line_is_lm_evals(folder, theirs, grpo, tmp_path):
    figures, _ = their_results("made_piqa", folder, theirs)
    told = ("--env", "lm-eval/made_piqa", "--env-arg", f"include_path={folder}")
    code, out, err = grpo("eval", "--ckpt", "builtin:tiny", *told, "--out", tmp_path, "--json")
    assert code == 0, err
    found = json.loads(out)
    assert {key: found[key] for key in figures} == figures and found["pass@1"] == figures["acc,none"]
    row = EvalResult.load(tmp_path).samples[0]
    assert row.completion.startswith(("drück", "zieh")) and row.prompt == "Öffne Tür 500: "
    code, out, err = grpo("eval", "--ckpt", "builtin:tiny", *told, "--env-arg", "metric=acc_norm", "--json")
    assert code == 0 and json.loads(out)["mean_reward"] == figures["acc_norm,none"], err


def test_training_is_refused_in_one_line_that_says_what_works(folder, grpo, tmp_path):
    for name, says in (("made_arc", "is multiple choice by"), ("made_last", "is scored by")):
        told = ("--env", f"lm-eval/{name}", "--env-arg", f"include_path={folder}", "--run-dir", tmp_path / "run")
        code, _, err = grpo("train", *told)
        assert code == 2 and err.count("\n") == 1 and not (tmp_path / "run").exists()
        assert f"{says} log-likelihood, which evaluates and does not train: grpo eval --env lm-eval/{name}" in err


def test_it_hears_no_answer_and_is_judged_by_likelihoods_alone(folder):
    env = envs.make("lm-eval/made_arc", split="test", include_path=folder)
    task = env.tasks.task(0)
    with pytest.raises(UsageError, match="hears no answer"):
        env.score(task, task.gold)
    count = len(env.continuations(task))
    gold = next(place for place, one in enumerate(env.continuations(task)) if one.text == f" {task.gold}")
    for place in range(count):
        reward = env.judged(task, [Likelihood(-1.0 - (n != place), False, 1) for n in range(count)])
        assert (reward.parts["acc,none"], reward.outcome) == (place == gold, "correct" if place == gold else "wrong")
    assert not env.judged(task, [Likelihood(float("nan"), False, 1)] * count).scorable
    assert "evaluates alone" in env.summary and env.tasks.solution(task) is None


def test_the_splits_that_evaluate_share_no_question(folder):
    found = {split: make("made_drawn", split=split, include_path=folder) for split in ("dev", "test")}
    asked = {split: {task.id for task in env.tasks} for split, env in found.items()}
    assert not asked["dev"] & asked["test"]
    with pytest.raises(UsageError, match="does not train"):
        make("made_drawn", split="train", include_path=folder)


REFUSED = {
    "output_type: loglikelihood_rolling": "of whole documents: choose a task with",
    "metric_list: [{metric: f1, aggregation: f1, higher_is_better: true}]": "f1 is no mean",
    "doc_to_choice: '{{nothing.at.all}}'": "cannot be built|cannot be written",
    "doc_to_image: question": "images or sounds",
}


@pytest.mark.parametrize(("line", "says"), REFUSED.items())
def test_what_cannot_be_evaluated_is_refused_in_one_line(line, says, tmp_path):
    (tmp_path / "data.jsonl").write_text(json.dumps({"question": "1?", "gold": 0, "choices": ["1", "2"]}))
    kept = ["task: odd", "dataset_path: json", "test_split: test", "doc_to_text: question", "doc_to_target: gold"]
    kept += ["output_type: multiple_choice", "doc_to_choice: choices", f"metric_list:\n{ACC}"]
    kept.append(f"dataset_kwargs: {json.dumps({'data_files': {'test': str(tmp_path / 'data.jsonl')}})}")
    text = "\n".join([*(one for one in kept if one.partition(":")[0] != line.partition(":")[0]), line])
    (tmp_path / "odd.yaml").write_text(text)
    with pytest.raises(UsageError, match=says) as caught:
        make("odd", split="test", include_path=str(tmp_path))
    assert "\n" not in str(caught.value) and "lm-eval/odd" in str(caught.value)


def test_chats_are_not_asked_for_likelihoods(folder):
    with pytest.raises(UsageError, match="leave out prompts=chat"):
        make("made_arc", split="test", include_path=folder, prompts="chat")
