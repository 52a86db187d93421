"""What tests of the door for Python share: a small file of questions, a reward, settings of a quick run."""

import pandas as pd

import grpo

QUICK = {
    "engine": "transformers", "steps": 3, "tasks_per_step": 2, "group_size": 4, "max_tokens": 8, "eval_tasks": 0,
    "rehearsal": False, "quiet": True,
}  # fmt: skip


def reward(task, completion):
    return completion.strip().endswith(str(task.gold))


def over(path, judge=reward):
    return grpo.dataset(path, prompt="{question}", answer="{answer}", reward=judge)


def write_questions(folder):
    """Writes a CSV of a hundred sums and returns its path."""
    path = folder / "questions.csv"
    rows = [(f"Compute {a} + {b}.", a + b) for a in range(20) for b in range(5)]
    pd.DataFrame(rows, columns=["question", "answer"]).to_csv(path, index=False)
    return path
