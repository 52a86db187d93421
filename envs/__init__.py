"""The gym: tasks, verifiers, environments and the workers that run them. Knows nothing of torch, vLLM or training.

An author of an environment needs three doors: this one for tasks, environments and rewards, `envs.judges` for what
decides, `envs.authoring` for what checks and attacks a reward.
"""

from envs.core.environment import DialogueEnv, TextEnv, Verifier
from envs.core.episode import Observation
from envs.core.errors import GymError, RunError, UsageError, did_you_mean
from envs.core.registry import EnvEntry, EnvFamily, EnvSpec, entries, families, find, make, register, register_family
from envs.core.reward import Reward, Status
from envs.core.rubric import Part, Rubric
from envs.core.sources.listed import ListedTasks
from envs.core.sources.procedural import split_of
from envs.core.sources.tasklist import TaskList
from envs.core.task import SPLITS, Task, TaskSource
from envs.core.text import lines, paragraphs, reply_of, sentences, words

register("math", "envs.builtin.math.env:make", "Procedural arithmetic and algebra, answers compared as values")
register("gsm8k", "envs.builtin.datasets.env:make_gsm8k", "Grade-school word problems of GSM8K; needs its files")
register(
    "math500",
    "envs.builtin.datasets.env:make_math500",
    "The 500 competition problems of MATH-500; needs its file",
    splits=("test",),
)
register("aime", "envs.builtin.datasets.env:make_aime", "Competition problems with answers from 0 to 999; needs a file")
register(
    "math-dataset", "envs.builtin.datasets.env:make_math_dataset", "Any JSONL or parquet file of questions and answers"
)
register("format", "envs.builtin.format.env:make", "Instructions about the form of a reply, each checked by a program")
register(
    "countdown", "envs.builtin.countdown.env:make", "Reach a number from given numbers, the expression checked exactly"
)
register("code", "envs.builtin.code.env:make", "Procedural Python functions, judged by hidden calls in a sandbox")
register(
    "humaneval",
    "envs.builtin.code.datasets:make_humaneval",
    "HumanEval: 164 functions, from a data file",
    splits=("test",),
)
register("mbpp", "envs.builtin.code.datasets:make_mbpp", "Sanitized MBPP: 427 functions, from a data file")
register(
    "livecodebench",
    "envs.builtin.code.contests:make_livecodebench",
    "Contest problems of LiveCodeBench, programs and methods; needs its files",
    splits=("test",),
)
register("apps", "envs.builtin.code.contests:make_apps", "Programs and functions of APPS or TACO; needs a file")
register("code-contests", "envs.builtin.code.contests:make_code_contests", "Programs of CodeContests; needs a file")
register("leetcode", "envs.builtin.code.contests:make_leetcode", "Methods of LeetCodeDataset; needs its files")
register(
    "guess", "envs.builtin.dialogues.guess:make", "Find a number in a few guesses, told whether it is higher or lower"
)
register(
    "calculator",
    "envs.builtin.dialogues.calculator:make",
    "Long arithmetic with a calculator to call, exactly and safely",
)
register("chain", "envs.builtin.dialogues.chain:make", "Arithmetic told one step at a time, each on the result before")
register(
    "dataset", "envs.builtin.datasets.table_env:make", "Any JSONL, CSV, parquet or Hugging Face data set, by a template"
)
register("openenv", "envs.bridges.openenv:make", "A reset/step server in OpenEnv's form, by its address")
register("own", "envs.builtin.own:make", "An environment made in Python: `grpo.train(env=make)`")
register_family("reasoning-gym", "envs.bridges.reasoning_gym", "The data sets of reasoning-gym; needs that package")
register_family("inspect", "envs.bridges.inspect_ai", "Tasks of inspect_ai that are scored by text; needs that package")
register_family("lm-eval", "envs.bridges.lm_eval", "Generative tasks of lm-eval; needs that package")
register_family("tools", "envs.tools.env", "Any environment of one turn, with tools to call before the answer")

__all__ = [
    "SPLITS",
    "DialogueEnv",
    "EnvEntry",
    "EnvFamily",
    "EnvSpec",
    "GymError",
    "ListedTasks",
    "Observation",
    "Part",
    "Reward",
    "Rubric",
    "RunError",
    "Status",
    "Task",
    "TaskList",
    "TaskSource",
    "TextEnv",
    "UsageError",
    "Verifier",
    "did_you_mean",
    "entries",
    "families",
    "find",
    "lines",
    "make",
    "paragraphs",
    "register",
    "register_family",
    "reply_of",
    "sentences",
    "split_of",
    "words",
]
