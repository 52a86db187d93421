"""An environment as a taskset, through the real `verifiers` package."""

import asyncio

import pytest

import envs
from gymtests.places import PLANTED

vf = pytest.importorskip("verifiers.v1", reason="needs `pip install verifiers`, in an environment of its own")

from verifiers.v1.trace import AgentInfo  # noqa: E402


def _scored(task, text):
    """Scores one reply by the package's own path: a trace with a final message, and `Task.score`."""
    data = task.data
    about = vf.TraceTask(type=type(task).__name__, data=data, hash=task.hash, key=task.key)
    trace = vf.Trace(task=about, agent=AgentInfo(config=vf.AgentConfig()))
    trace.root_reply = text
    asyncio.run(task.score(trace))
    return trace


@pytest.fixture
def taskset():
    from envs.bridges.verifiers import taskset

    made = taskset(PLANTED, split="test")
    yield made
    made.close()


def test_tasks_come_with_the_environments_ids_and_prompts_and_without_golds(taskset):
    tasks = list(taskset)
    env = envs.make(PLANTED, split="test")
    assert [task.key for task in tasks] == [env.tasks.task(seed).id for seed in range(10)]
    assert tasks[3].data.prompt == env.tasks.task(3).prompt
    assert [task.key for task in taskset.include(idx=["2:4"])] == ["t2", "t3"]
    dumped = tasks[3].data.model_dump(exclude_defaults=True)
    assert dumped == {"idx": 3, "id": "t3", "prompt": "say t3"}


def test_the_packages_own_scoring_gives_the_environments_reward(taskset):
    tasks = list(taskset)
    right, wrong = _scored(tasks[1], "t1"), _scored(tasks[1], "t2")
    assert (right.reward, wrong.reward) == (1.0, 0.0)
    assert right.metrics[f"{PLANTED}.match"] == 1.0


def test_what_is_unscorable_fails_the_trace_instead_of_scoring_zero(taskset):
    with pytest.raises(vf.TaskError, match="unscorable"):
        _scored(next(iter(taskset)), "raise")


def test_verifiers_builds_its_environment_from_the_taskset_id():
    from envs.bridges.verifiers import GymTasksetConfig

    env = vf.SingleAgentEnv(vf.SingleAgentEnvConfig(taskset=GymTasksetConfig(env="math", count=4)))
    assert len(list(env.taskset)) == 4
    env.taskset.close()
