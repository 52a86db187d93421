"""The gym: tasks, verifiers, environments and the workers that run them. Knows nothing of torch, vLLM or training."""

from envs.environment import TextEnv, Verifier
from envs.errors import GymError, RunError, UsageError
from envs.listed import ListedTasks
from envs.registry import EnvEntry, EnvSpec, entries, find, make, register
from envs.reward import Reward, Status
from envs.task import SPLITS, Task, TaskSource

register("math", "envs.math.env:make", "Procedural arithmetic and algebra, answers compared as values")
register("gsm8k", "envs.datasets.env:make_gsm8k", "Grade-school word problems of GSM8K; needs its files")
register(
    "math500",
    "envs.datasets.env:make_math500",
    "The 500 competition problems of MATH-500; needs its file",
    splits=("test",),
)
register("math-dataset", "envs.datasets.env:make_math_dataset", "Any JSONL or parquet file of questions and answers")
register("code", "envs.code.env:make", "Procedural Python functions, judged by hidden calls in a sandbox")
register(
    "humaneval",
    "envs.code.datasets:make_humaneval",
    "HumanEval: 164 functions, from a data file",
    splits=("test",),
)
register("mbpp", "envs.code.datasets:make_mbpp", "Sanitized MBPP: 427 functions, from a data file")

__all__ = [
    "SPLITS",
    "EnvEntry",
    "EnvSpec",
    "GymError",
    "ListedTasks",
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
