"""What is called wrongly from Python is answered at once, in one error alone, and nothing is written."""

import subprocess
import sys
import traceback

import pytest

import envs
import evals
import grpo
from envs import UsageError
from gymtests.places import environment
from gymtests.training.door import write_questions


class Deaf:
    """No callback, though it has one of its names."""

    def on_step(self, metrics, rollouts):
        pass


class Mine(grpo.Callback):
    """A callback that is forgotten to be made an object."""


@pytest.mark.parametrize(
    ("args", "more", "says"),
    [
        (("math", "builtin:tiny"), {}, "'builtin:tiny' is a model, and the model comes first: grpo.train("),
        (("math",), {}, "'math' is an environment, and the model comes first: grpo.train('builtin:tiny', 'math')"),
        ((envs.EnvSpec("math"),), {}, "an environment stands in the model's place"),
        ((), {"callbacks": [lambda metrics, rollouts: None]}, "the callback <lambda> is no grpo.Callback"),
        ((), {"callbacks": [Deaf()]}, "the callback Deaf is no grpo.Callback"),
        ((), {"callbacks": [Mine]}, "the callback Mine is no grpo.Callback"),
        ((), {"callbacks": Mine()}, "callbacks is a list of grpo.Callback, not Mine"),
        ((), {"pass_rate": "0.1:0.9"}, "pass_rate says which tasks of a profile are kept: add select=PROFILE"),
        ((), {"stepps": 3}, "did you mean"),
        ((), {"steps": "many"}, "steps = 'many'"),
    ],
)  # fmt: skip
def test_a_wrong_call_is_one_error_and_leaves_nothing(tmp_path, args, more, says):
    with pytest.raises(UsageError) as caught:
        grpo.train(*args, run_dir=tmp_path / "run", quiet=True, **more)
    assert says in str(caught.value) and not list(tmp_path.iterdir())
    shown = "".join(traceback.format_exception(caught.value))
    assert shown.count("Traceback") == 1 and "pydantic" not in shown.splitlines()[-1]


def test_a_reward_that_cannot_travel_is_one_error(tmp_path):
    import threading

    lock = threading.Lock()
    with pytest.raises(UsageError) as caught:
        grpo.dataset(write_questions(tmp_path), "{question}", "{answer}", reward=lambda task, text: lock.locked())
    assert "".join(traceback.format_exception(caught.value)).count("Traceback") == 1


def test_a_run_without_evaluations_says_so_when_it_is_compared_with_itself(tmp_path):
    (tmp_path / "config.toml").write_text('env = "math"\n')
    with pytest.raises(UsageError, match="holds no evaluation before or after training: .* eval_tasks=0"):
        evals.compare(tmp_path)


def test_what_a_callback_prints_is_shown_in_a_quiet_run_too():
    code = (
        "from grpo.console.quiet import Screen; screen = Screen(silent=True); screen.redirect(); print('library')\n"
        "print('the run', file=screen.out)\n"
        "with screen.shown(): print('mine')\n"
        "screen.restore(); print('after')"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["mine", "after"] and not done.stderr
