"""The family `lm-eval`: generative tasks of lm-evaluation-harness as environments that evaluate and train.

Those by log-likelihood, such as multiple choice, are environments that evaluate alone.

Prompts, filters and metrics are lm-eval's own; what they make of a completion is computed in a worker of the verifier
pool. See `docs/bridges.md`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from envs.bridges.lm_eval.env import LmEvalEnv, build
from envs.bridges.lm_eval.library import generative

if TYPE_CHECKING:
    from envs.bridges.lm_eval.choices import ChoiceEnv

OPEN = True
PACKAGE = ("lm_eval", "lm-eval", "a task of lm-eval")


def names() -> list[str]:
    """Returns the names of lm-eval's own tasks that are generative; whether its data are here, each says when made.

    Raises:
        UsageError: The package is not installed.
    """
    return generative()


def make(
    member: str,
    split: str = "train",
    include_path: str | None = None,
    data: str | None = None,
    num_fewshot: int | None = None,
    metric: str | None = None,
    filter: str | None = None,
    prompts: str = "text",
    render_mode: str | None = None,
) -> LmEvalEnv | ChoiceEnv:
    """Builds the environment of one task.

    Args:
        member: The task, such as `gsm8k`.
        split: `test` is what lm-eval evaluates (its test split, else its validation split), `train` its training split,
            `dev` its validation split or else a tenth of the training split.
        include_path: A folder of one's own task files (YAML); what they name with `!function` is imported.
        data: A file of the documents to evaluate, or a folder with `train` and `test` files (JSONL, CSV or parquet), in
            place of the data set on the hub that the task names.
        num_fewshot: Examples shown before each question; by default as many as the task says.
        metric: Which of the task's metrics is the reward; by default the first that can be one.
        filter: After which of the task's filters; by default the first.
        prompts: `text` puts lm-eval's plain prompt as the user's message; `chat` and `multiturn` are the messages that
            it makes for chat templates, with the examples in one turn or in turns of their own.
        render_mode: Gymnasium's; None is the only one.

    Raises:
        UsageError: The package is not installed, the task is not there, its data are not, or it is not one that can be
            an environment: by log-likelihood where it is to train, with several samples to a question, by running code,
            or with metrics that are no means of values from 0 to 1.
    """
    chosen = {
        "include_path": include_path, "data": data, "num_fewshot": num_fewshot, "metric": metric, "filter": filter,
        "prompts": None if prompts == "text" else prompts,
    }  # fmt: skip
    return build(member, split, {name: value for name, value in chosen.items() if value is not None}, render_mode)
