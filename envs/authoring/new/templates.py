"""What `grpo env new` writes. `$name`, `$module` and `$title` are filled in."""

from __future__ import annotations

MODULE = '''"""$title: sort the letters of a word.

An environment is a source of tasks and a verifier; replace both by yours.

    grpo env play $where
    grpo env check $where
    grpo env audit $where
    grpo train --env $where --steps 20
"""

from itertools import product

from envs import ListedTasks, Reward, Task, TextEnv
from envs.judges import read_answer

PROMPT = "Sort the letters of {word} alphabetically. Give the answer in <answer></answer> tags."
ROWS = [{"word": "".join(word), "answer": "".join(sorted(word))} for word in product("abcdefgh", repeat=4)]


def verify(task: Task, completion: str) -> Reward:
    """1 for the right answer and nothing for anything else; the completion is text that nobody can trust."""
    answer = read_answer(completion)
    correct = float(answer.text == task.gold)
    return Reward(correct, {"correct": correct}, outcome=answer.outcome, answer=answer.text, reason=answer.reason)


class Env(TextEnv):
    """What `grpo env list` and `grpo env show` say of it."""

    summary = "Sort the letters of a word"
    parts = {"correct": "1 where the answer is the sorted word"}


def make(split: str = "train") -> Env:
    """Builds one split; the hash of a word's sorted letters decides where the word belongs."""
    return Env(ListedTasks(split, ROWS, prompt=PROMPT, key="{answer}"), verify)
'''

PYPROJECT = """[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "$name"
version = "0.1.0"
description = "$title: a reward environment for grpo-gym"
readme = "README.md"
requires-python = ">=3.11"
dependencies = ["grpo-gym"]

[project.optional-dependencies]
dev = ["pytest>=8"]

# The name on the left is what `--env` takes.
[project.entry-points."grpo.envs"]
$name = "$module.env:make"

[tool.setuptools]
packages = ["$module"]
package-data = { "$module" = ["*.csv", "*.jsonl", "*.parquet"] }
"""

README = """# $title

A reward environment for grpo-gym.

    pip install -e .
    grpo env play $name          # be the policy
    grpo env check $name         # does it keep the contract?
    grpo env audit $name         # can its reward be fooled?
    grpo train --env $name --steps 20
    pytest                       # the same, for CI

The tasks and the verifier are in `$module/env.py`. What a completion holds is text that nobody can trust: a verifier
compares it and never runs it.
"""

TEST = '''"""The environment keeps the contract, and its reward cannot be fooled."""

from envs import EnvSpec
from envs.authoring import audit, check

ENV = EnvSpec("$name")


def test_it_keeps_the_contract():
    assert [result for result in check(ENV).results if not result.ok] == []


def test_its_reward_cannot_be_fooled():
    assert [(finding.code, finding.examples) for finding in audit(ENV).open_findings] == []
'''

WRONG = """

@pytest.mark.parametrize("completion", ["<answer>hgfe</answer>", "efgh <answer></answer>", "no idea"])
def test_a_wrong_answer_earns_nothing(completion):
    env = envs.make("$name")
    assert env.score(env.tasks.task(0), completion).score == 0.0
"""

PACKAGE = '"""$title."""\n'

TEST_OF_LETTERS = (
    TEST.replace("from envs import EnvSpec", "import pytest\n\nimport envs\nfrom envs import EnvSpec") + WRONG
)
