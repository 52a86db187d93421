"""What the documentation shows works as shown."""

import re
from pathlib import Path

import pytest

import envs

ROOT = Path(__file__).resolve().parent.parent


def test_the_example_environment_is_sound():
    for split in envs.SPLITS:
        env = envs.make(str(ROOT / "examples" / "reverse_env.py"), split=split)
        for seed in range(50):
            task = env.tasks.task(seed)
            assert env.tasks.get(task.id) == task
            assert env.score(task, env.tasks.solution(task)).score == 1.0
            assert env.score(task, task.prompt).score == 0.0
            assert env.score(task, env.tasks.solution(task) + "<answer>x</answer>").score == 0.0


def test_the_snippets_in_environments_run():
    snippets = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "environments.md").read_text(), re.DOTALL)
    names = {"TextEnv": envs.TextEnv, "tasks": envs.make("countdown", split="test").tasks}
    for code in snippets:
        exec(code, names)  # noqa: S102 - our own documentation
    assert names["info"]["status"] == "ok"
    task = names["env"].tasks.task(0)
    assert set(names["env"].score(task, "no").parts) == set(names["rubric"].meanings)


@pytest.mark.parametrize("page", ["README.md", *(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md"))])
def test_links_lead_somewhere(page):
    path = ROOT / page
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text()):
        if "://" not in target:
            assert (path.parent / target).exists(), f"{page} links to {target}"


def test_every_command_the_readme_names_has_help(grpo):
    commands = set(re.findall(r"^grpo (\w+)", (ROOT / "README.md").read_text(), re.MULTILINE))
    for command in commands:
        assert grpo(command, "--help")[0] == 0
