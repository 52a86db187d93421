"""The gym: tasks, verifiers, environments and the workers that run them. Knows nothing of torch, vLLM or training."""

from envs.environment import DialogueEnv, TextEnv, Verifier
from envs.episode import Observation
from envs.errors import GymError, RunError, UsageError, did_you_mean
from envs.listed import ListedTasks
from envs.registry import EnvEntry, EnvFamily, EnvSpec, entries, families, find, make, register, register_family
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
register("format", "envs.format.env:make", "Instructions about the form of a reply, each checked by a program")
register("countdown", "envs.countdown.env:make", "Reach a number from given numbers, the expression checked exactly")
register("code", "envs.code.env:make", "Procedural Python functions, judged by hidden calls in a sandbox")
register(
    "humaneval",
    "envs.code.datasets:make_humaneval",
    "HumanEval: 164 functions, from a data file",
    splits=("test",),
)
register("mbpp", "envs.code.datasets:make_mbpp", "Sanitized MBPP: 427 functions, from a data file")
register("guess", "envs.dialogues.guess:make", "Find a number in a few guesses, told whether it is higher or lower")
register(
    "calculator", "envs.dialogues.calculator:make", "Long arithmetic with a calculator to call, exactly and safely"
)
register("chain", "envs.dialogues.chain:make", "Arithmetic told one step at a time, each on the result before")
register("dataset", "envs.datasets.table_env:make", "Any JSONL, CSV, parquet or Hugging Face data set, by a template")
register_family("reasoning-gym", "envs.bridges.reasoning_gym", "The data sets of reasoning-gym; needs that package")

__all__ = [
    "SPLITS",
    "DialogueEnv",
    "EnvEntry",
    "EnvFamily",
    "EnvSpec",
    "GymError",
    "ListedTasks",
    "Observation",
    "Reward",
    "RunError",
    "Status",
    "Task",
    "TaskSource",
    "TextEnv",
    "UsageError",
    "Verifier",
    "did_you_mean",
    "entries",
    "families",
    "find",
    "make",
    "register",
    "register_family",
]
