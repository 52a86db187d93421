"""An environment of ours as a taskset of `verifiers`, Prime Intellect's library; importing this module imports it.

    import verifiers.v1 as vf
    from envs.bridges.verifiers import taskset

    tasks = taskset("math", count=100)  # a vf.Taskset: iterate it, select from it
    env = vf.SingleAgentEnv(vf.SingleAgentEnvConfig(taskset=tasks.config))

Written against verifiers 0.4, where tasksets of tasks with reward methods (`verifiers.v1`) have taken the place of
`SingleTurnEnv` and `Rubric`.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from envs.bridges.scoring import PooledScorer
from envs.core.errors import RunError
from envs.core.extras import require
from envs.core.registry import EnvSpec
from envs.core.task import Task

vf: Any = require("verifiers.v1", "verifiers", "a taskset of verifiers")

__all__ = ["GymTaskset"]

# verifiers finds a taskset by the name of a top-level module, so this one answers to such a name once it is imported.
TASKSET_ID = "grpo_envs"
sys.modules[TASKSET_ID] = sys.modules[__name__]


class GymData(vf.TaskData):
    """What a trace keeps of a task: its `id` and `prompt`, and nothing of the gold."""


class GymTask(vf.Task[GymData, vf.State, vf.TaskConfig]):
    """One task; its reward is the environment's, given by a verifier pool in processes of its own."""

    scorer: PooledScorer

    @property
    def key(self) -> str:
        """The task's stable id."""
        return str(self.data.id)

    @vf.reward
    async def environment(self, trace: Any) -> dict[str, float]:
        """Returns the environment's score of the last reply under the environment's name.

        Raises:
            RunError: It is unscorable; verifiers records the trace as failed, not as worth 0.
        """
        (reward,) = await asyncio.to_thread(self.scorer.rewards, [(self.key, trace.last_reply)])
        if not reward.scorable:
            raise RunError(f"unscorable: {reward.reason}")
        trace.record_metrics({f"{self.scorer.spec.name}.{name}": float(x) for name, x in reward.parts.items()})
        return {self.scorer.spec.name: reward.score}


class GymTasksetConfig(vf.TasksetConfig):
    """Which environment, and how many of its tasks.

    Attributes:
        id: The name by which verifiers finds this module.
        env: The environment's name.
        env_args: Its arguments, such as `{"split": "test"}`.
        count: How many tasks; None for all of a finite source.
        workers: Verifier processes.
        deadline_s: Seconds one completion may take.
    """

    id: str = TASKSET_ID
    env: str = "math"
    env_args: dict[str, Any] = {}
    count: int | None = None
    workers: int = 1
    deadline_s: float = 10.0


class GymTaskset(vf.Taskset[GymTask, GymTasksetConfig]):
    """The tasks of one environment.

    Args:
        config: Which environment, and how many of its tasks.

    Raises:
        UsageError: There is no such environment, its episodes have several turns, or a source without end and no count.
    """

    def __init__(self, config: GymTasksetConfig) -> None:
        super().__init__(config)
        spec = EnvSpec(config.env, dict(config.env_args))
        self.scorer = PooledScorer(spec, workers=config.workers, deadline_s=config.deadline_s)
        self._tasks = self.scorer.tasks(config.count)

    def load(self) -> list[GymTask]:
        """Returns the tasks, in the order of their seeds."""
        return [self._wrapped(task) for task in self._tasks]

    def _wrapped(self, task: Task) -> GymTask:
        messages = self.scorer.env.messages(task)
        system = "\n\n".join(message["content"] for message in messages if message["role"] == "system")
        wrapped = GymTask(GymData(id=task.id, prompt=task.prompt, system_prompt=system or None), self.config.task)
        wrapped.scorer = self.scorer
        return wrapped

    def close(self) -> None:
        """Ends the verifier processes."""
        self.scorer.close()


def taskset(env: str, count: int | None = None, **env_args: Any) -> GymTaskset:
    """Returns an environment as a taskset.

    Args:
        env: The environment's name.
        count: How many tasks; None for all of a finite source.
        **env_args: The environment's arguments, such as `split="test"`.
    """
    return GymTaskset(GymTasksetConfig(env=env, env_args=env_args, count=count))
