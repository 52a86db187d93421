"""Tasks of lm-eval as environments, held against lm-eval itself over the same samples."""


import pytest

from envs import EnvSpec
from evals.evaluator import EvalSettings, Evaluator
from gymtests.bridged.fixed import FixedSampler
from gymtests.bridged.lm_eval_tasks import TASKS, samples, their_results, write

pytest.importorskip("lm_eval", reason="needs `pip install lm-eval`")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write(tmp_path_factory.mktemp("tasks"))


def our_results(name, folder, texts, **arguments):
    settings = EvalSettings(tasks=None, samples=1, greedy=False)
    with Evaluator(EnvSpec(f"lm-eval/{name}", {"include_path": folder, **arguments}), settings) as evaluator:
        said = {task.id: text for task, text in zip(evaluator.tasks, texts, strict=True)}
        result = evaluator.run(FixedSampler(said))
        return result, [task.prompt for task in evaluator.tasks]


@pytest.mark.parametrize("name", TASKS)
def test_the_same_samples_get_the_same_score_to_the_last_digit(name, folder):
    texts = samples(name)
    theirs, asked = their_results(name, folder, texts)
    result, prompts = our_results(name, folder, texts)
    assert prompts == asked
    ours = result.summary["parts"]
    if name == "made_spans":
        assert theirs.pop("length,none") > 1  # no reward: it is left out
    assert ours == theirs
    first = next(iter(theirs))
    assert result.summary["mean_reward"] == theirs[first] and 0 < theirs[first] < 1
    assert result.summary["unscorable"] == 0
