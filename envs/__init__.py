"""The gym: tasks, verifiers, environments and the workers that run them. Knows nothing of torch, vLLM or training."""

from envs.environment import TextEnv, Verifier
from envs.errors import GymError, RunError, UsageError
from envs.registry import EnvEntry, EnvSpec, entries, find, make, register
from envs.reward import Reward, Status
from envs.task import SPLITS, Task, TaskSource

register("math", "envs.math.env:make", "Procedural arithmetic and algebra, answers compared as values")

__all__ = [
    "SPLITS",
    "EnvEntry",
    "EnvSpec",
    "GymError",
    "Reward",
    "RunError",
    "Status",
    "Task",
    "TaskSource",
    "TextEnv",
    "UsageError",
    "Verifier",
    "entries",
    "find",
    "make",
    "register",
]
