"""Tasks of lm-eval as environments, held against lm-eval itself over the same samples."""

import json
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import envs
from envs import EnvSpec, Status, UsageError
from envs.bridges.lm_eval import make, names
from envs.workers.pool import VerifierPool
from evals.evaluator import EvalSettings, Evaluator
from gymtests.bridged.fixed import FixedSampler
from gymtests.bridged.lm_eval_tasks import TASKS, samples, their_results, write

pytest.importorskip("lm_eval", reason="needs `pip install lm-eval`")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write(tmp_path_factory.mktemp("tasks"))


@pytest.mark.parametrize("name", TASKS)
def test_the_same_samples_get_the_same_score_to_the_last_digit(name, folder):
    texts = samples(name)
    theirs, asked = their_results(name, folder, texts)
    env = make(name, split="test", include_path=folder)
    env.start_worker()
    assert [task.prompt for task in env.tasks] == asked
    rewards = [env.score(task, text) for task, text in zip(env.tasks, texts, strict=True)]
    if name == "made_spans":
        assert theirs.pop("length,none") > 1  # better when lower, so no reward: it is left out
    assert {key: sum(reward.parts[key] for reward in rewards) / len(rewards) for key in env.parts} == theirs
    first = next(iter(theirs))
    assert sum(reward.score for reward in rewards) / len(rewards) == theirs[first] and 0 < theirs[first] < 1
    assert all(reward.scorable for reward in rewards)


@pytest.mark.parametrize("name", ["made_sums", "made_spans"])
def test_a_whole_eval_gives_their_figures(name, folder):
    texts = samples(name)
    theirs, _ = their_results(name, folder, texts)
    spec = EnvSpec(f"lm-eval/{name}", {"include_path": folder})
    with Evaluator(spec, EvalSettings(tasks=None, samples=1, greedy=False)) as evaluator:
        said = {task.id: text for task, text in zip(evaluator.tasks, texts, strict=True)}
        summary = evaluator.run(FixedSampler(said)).summary
    assert summary["parts"] == {key: theirs[key] for key in summary["parts"]}
    assert summary["mean_reward"] == next(iter(theirs.values())) and summary["unscorable"] == 0


@pytest.mark.parametrize("prompts", ["chat", "multiturn"])
@pytest.mark.parametrize("name", ["made_sums", "made_letters"])
def test_chats_are_those_that_lm_eval_makes_for_templates(name, prompts, folder):
    env = make(name, split="test", include_path=folder, prompts=prompts)
    _, asked = their_results(
        name, folder, samples(name), apply_chat_template=True, fewshot_as_multiturn=prompts == "multiturn"
    )
    chats = [env.messages(env.tasks.task(seed)) for seed in range(env.tasks.size)]
    assert chats == [json.loads(chat) for chat in asked]
    assert (len(chats[0]) > 3) == (prompts == "multiturn")


def test_other_metrics_and_filters_can_be_the_reward(folder):
    task = "made_sums"
    texts = {"The answer is {}": (0.0, 1.0), "#### {}": (1.0, 1.0), "#### {} or 7": (1.0, 0.0)}
    strict, loose = (make(task, split="test", include_path=folder, filter=f) for f in (None, "flexible-extract"))
    for env in (strict, loose):
        env.start_worker()
        asked = env.tasks.task(1)
        gold = asked.gold.split()[-1]
        for text, scores in texts.items():
            reward = env.score(asked, text.format(gold))
            assert reward.score == scores[env is loose]
            assert list(reward.parts.values()) == list(scores)
    spans = make("made_spans", split="test", include_path=folder, metric="em")
    assert spans.tasks.solution(spans.tasks.task(0)) == "the 500 red birds"


HANGS = """
task: hangs
dataset_path: json
test_split: test
doc_to_text: question
doc_to_target: answer
dataset_kwargs: {data_files: {test: %s}}
generation_kwargs: {until: ["@"]}
metric_list: [{metric: exact_match, aggregation: mean, higher_is_better: true}]
filter_list:
  - {name: slow, filter: [{function: regex, regex_pattern: "^((?:a+)+)$"}, {function: take_first}]}
"""


def test_a_pattern_that_hangs_costs_a_completion_its_score(tmp_path):
    (tmp_path / "data.jsonl").write_text(json.dumps({"question": "say aa", "answer": "aa"}))
    (tmp_path / "hangs.yaml").write_text(HANGS % json.dumps(str(tmp_path / "data.jsonl")))
    spec = EnvSpec("lm-eval/hangs", {"include_path": str(tmp_path), "split": "test"})
    task = spec.build().tasks.task(0)
    with VerifierPool(spec, deadline_s=1) as pool:
        first, hung, last = pool.score([(task.id, text) for text in ("aa", "a" * 60 + "!", "aa@!")])
    assert (first.score, hung.score, last.score) == (1.0, 0.0, 1.0)
    assert hung.status is Status.TIMEOUT


REFUSED = {
    "output_type: multiple_choice\ndoc_to_choice: [a, b]": "multiple choice by log-likelihood",
    "output_type: loglikelihood": "scored by log-likelihood",
    "output_type: loglikelihood_rolling": "scored by log-likelihood",
    "unsafe_code: true": "without a sandbox: the environments humaneval",
    "repeats: 5": "takes 5 samples of a question together",
    "doc_to_image: question": "images or sounds",
    "class: !function none.Task": "class of its own",
    "metric_list: [{metric: bleu}, {metric: chrf}]": "bleu and chrf is no mean .* choose a task with exact_match",
    "metric_list: [{metric: exact_match, higher_is_better: false}]": "exact_match is no mean",
    "process_results: !function odd.hundred\nmetric_list: [{metric: odd, aggregation: mean, higher_is_better: true}]":
        "odd is no mean of values from 0 to 1",
    "doc_to_text: !function gone.text": "cannot be built: ",
    "training_split: test": "has no document in the split 'train'",
    "": "no training split: it evaluates alone",
}  # fmt: skip


@pytest.mark.parametrize(("lines", "says"), REFUSED.items(), ids=[line[:24] for line in REFUSED])
def test_what_cannot_be_an_environment_is_refused_in_one_line(lines, says, tmp_path):
    data = tmp_path / "data.jsonl"
    data.write_text(json.dumps({"question": "1?", "answer": "1"}))
    kept = ["task: odd", "dataset_path: json", "test_split: test", "doc_to_text: question", "doc_to_target: answer"]
    kept.append(f"dataset_kwargs: {json.dumps({'data_files': {'test': str(data)}})}")
    kept.append("metric_list: [{metric: exact_match, aggregation: mean, higher_is_better: true}]")
    given = {line.partition(":")[0] for line in lines.splitlines()}
    text = "\n".join([*(line for line in kept if line.partition(":")[0] not in given), lines])
    (tmp_path / "odd.yaml").write_text(text)
    (tmp_path / "odd.py").write_text("def hundred(doc, results): return {'odd': 100 * (doc['answer'] == results[0])}\n")
    with pytest.raises(UsageError, match=says) as caught:
        make("odd", include_path=str(tmp_path))
    assert "\n" not in str(caught.value) and "lm-eval/odd" in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"metric": "length"}, "made_spans: length is no mean .* take metric=f1"),
        ({"metric": "f2"}, "no metric 'f2': did you mean 'f1'"),
        ({"filter": "strict"}, "no filter 'strict'"),
        ({"prompts": "chats"}, "did you mean 'chat'"),
        ({"num_fewshot": -1}, "how many examples"),
        ({"include_path": "/nowhere"}, "no folder /nowhere"),
        ({"data": "/nowhere"}, "data /nowhere"),
    ],
)
def test_wrong_arguments_are_named(arguments, says, folder):
    with pytest.raises(UsageError, match=says):
        make("made_spans", split="test", **{"include_path": folder, **arguments})


def test_an_answer_that_the_task_begins_itself_is_text(folder):
    env = make("made_years", split="test", include_path=folder)
    assert env.tasks.task(0).prompt == "When was the event 500? It was in"
    with pytest.raises(UsageError, match="prompts=text"):
        make("made_years", split="test", include_path=folder, prompts="chat")


def test_splits_share_no_question_and_no_task_is_its_own_example(folder, tmp_path):
    for name in TASKS:
        if name in ("made_capitals", "made_letters"):  # test alone
            continue
        found = {split: make(name, split=split, include_path=folder) for split in envs.SPLITS}
        asked = {
            split: {env.tasks.task(s).prompt.split("\n\n")[-1] for s in range(env.tasks.size)}
            for split, env in found.items()
        }
        assert sum(map(len, asked.values())) == len(set.union(*asked.values()))
    sums = make("made_sums", include_path=folder)
    for task in sums.tasks:
        *examples, own = task.prompt.split("\n\n")
        assert len(examples) == 3 and not any(example.startswith(own) for example in examples)


def test_what_is_held_out_is_not_trained_on_nor_shown(tmp_path):
    rows = [{"question": f"q{n}?", "answer": f"a{n}"} for n in range(40)]
    (tmp_path / "train.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "test.jsonl").write_text("\n".join(map(json.dumps, rows[:10])))
    lines = "task: leaks\ndataset_path: x/y\ntraining_split: train\ntest_split: test\ndoc_to_text: question\n"
    lines += "doc_to_target: answer\nnum_fewshot: 1\nfewshot_split: test\n"
    (tmp_path / "leaks.yaml").write_text(lines)
    place = {"include_path": str(tmp_path), "data": str(tmp_path)}
    with pytest.raises(UsageError, match="questions of its test split as examples: .* num_fewshot=0"):
        make("leaks", **place)
    asked = {
        task.prompt for split in ("train", "dev") for task in make("leaks", split=split, num_fewshot=0, **place).tasks
    }
    assert asked == {row["question"] for row in rows[10:]}
    with pytest.raises(UsageError, match="no file for the split 'test'|takes a .jsonl"):
        make("leaks", split="test", include_path=str(tmp_path), data=str(tmp_path / "leaks.yaml"))
    alone = make("leaks", split="test", num_fewshot=0, include_path=str(tmp_path), data=str(tmp_path / "test.jsonl"))
    assert alone.tasks.size == 10


RAISES = """
def score(doc, results):
    return {"exact_match": 1 / (results[0] != doc["trap"])}
"""


def test_what_a_tasks_function_raises_counts_against_a_completion_alone(tmp_path):
    rows = [{"question": "1?", "answer": "1", "trap": "boo"}, {"question": "2?", "answer": "2", "trap": "2"}]
    (tmp_path / "test.jsonl").write_text("\n".join(map(json.dumps, rows)))
    lines = "task: raises\ndataset_path: x/y\ntest_split: test\ndoc_to_text: question\ndoc_to_target: answer\n"
    (tmp_path / "raises.yaml").write_text(lines + "process_results: !function raises.score\n")
    (tmp_path / "raises.py").write_text(RAISES)
    env = make("raises", split="test", include_path=str(tmp_path), data=str(tmp_path))
    env.start_worker()
    first, second = env.tasks
    assert env.score(first, "fine").score == 1.0
    assert env.score(first, "boo").status is Status.ERROR
    assert env.score(second, "2").status is Status.UNSCORABLE


@pytest.fixture(scope="module")
def sums(folder):
    env = make("made_sums", split="test", include_path=folder)
    env.start_worker()
    return env


@settings(max_examples=30)
@given(text=st.text(max_size=40), after=st.text(max_size=40), stop=st.sampled_from(["Question:", "</s>"]))
def test_what_stands_after_a_stop_changes_nothing(sums, text, after, stop):
    task = sums.tasks.task(2)
    assert sums.score(task, text + stop + after) == sums.score(task, text + stop)
    right = task.gold.split()[-1]
    assert sums.score(task, f"#### {right} {stop}{after}").score == 1.0


def test_it_is_scored_elsewhere_pickles_and_is_made_by_its_id(folder, monkeypatch):
    env = envs.make("lm-eval/made_capitals", split="test", include_path=folder)
    monkeypatch.setattr("envs.bridges.lm_eval.scoring.LmEvalScorer.__call__", lambda *_: pytest.fail("scored here"))
    copy = pickle.loads(pickle.dumps(env))
    for one in (env, copy):
        prompt, info = one.reset(seed=3)
        assert prompt == "The capital of Land 503 is" and info["task_id"] == env.tasks.task(3).id
        assert one.step("saint-city 503.\nand more")[1] == 1.0
        one.close()
    assert env.spec.id == "grpo/LmEval.MadeCapitals-v0"
    assert "at most 16 tokens, cut at '\\n'" in env.summary


def test_the_command_line_shows_it_from_any_folder(folder, grpo, monkeypatch, tmp_path):
    monkeypatch.chdir(folder)
    told = ("env", "show", "lm-eval/made_years", "--env-arg", "include_path=.", "--split", "test", "--json")
    code, out, err = grpo(*told)
    card = json.loads(out)
    assert code == 0, err
    assert (card["example"]["solution"], card["example"]["solution_reward"]) == ("1500", 1.0)
    code, _, err = grpo("env", "show", "lm-eval/made_letters", "--env-arg", "include_path=.")
    assert code == 2 and err.count("\n") == 1 and "no training split" in err


@pytest.mark.slow
def test_it_trains_and_evaluates(folder, grpo, tmp_path):
    """A whole run from the command line, and an eval of what came of it."""
    place = ("--env", "lm-eval/made_years", "--env-arg", f"include_path={folder}", "--max-tokens", "8")
    policy = ("--model", "builtin:tiny", "--engine", "transformers", "--steps", "1", "--group-size", "2")
    code, _, err = grpo("train", *place, *policy, "--tasks-per-step", "2", "--run-dir", tmp_path / "run")
    assert code == 0, err
    code, out, err = grpo("eval", "--ckpt", tmp_path / "run", *place, "--n", "1", "--out", tmp_path / "eval", "--json")
    assert code == 0, err
    assert "exact_match,year" in out


@pytest.mark.slow
def test_the_list_names_what_can_be_an_environment():
    known = names()
    assert {"gsm8k", "hendrycks_math500", "triviaqa"} <= set(known)
    with pytest.raises(UsageError, match="no task 'gsm8kk' in lm-eval: did you mean 'lm-eval/gsm8k'"):
        make("gsm8kk")
    with pytest.raises(UsageError, match="a group of tasks: an environment is one of them, such as lm-eval/mmlu_"):
        make("mmlu")
    assert not {"arc_easy", "humaneval", "wikitext", "gsm8k_cot_self_consistency"} & set(known)
