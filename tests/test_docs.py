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


def test_the_snippet_in_environments_runs():
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "environments.md").read_text(), re.DOTALL)
    names = {}
    exec(code, names)  # noqa: S102 - our own documentation
    assert names["info"]["status"] == "ok"


def test_the_tutorials_environment_is_sound_and_its_tempting_verifier_is_found_out(tmp_path):
    from envs.audit import audit

    page = (ROOT / "docs" / "own-environment.md").read_text()
    own, tempting, told = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    sound, hackable = tmp_path / "fractions_env.py", tmp_path / "tempting_env.py"
    sound.write_text(own)
    hackable.write_text(own + tempting + "\nverify = tempting\n")
    assert not audit(envs.EnvSpec(str(sound)), tasks=6).findings
    codes = {finding.code for finding in audit(envs.EnvSpec(str(hackable)), tasks=6).findings}
    assert codes >= {"substring", "candidates-listed", "thinking-only", "unclosed"}
    names = {"__name__": "told"}
    exec(own + told, names)  # noqa: S102 - our own documentation
    assert names["Told"].audit_profile.chance == 0.5


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
