"""What the documentation shows works as shown."""

import re
import shlex
import tomllib

import pytest
import yaml
from typer.main import get_command

import cli
import envs
from gymtests.places import ROOT


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


PAGES = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "examples/README.md",
    *(f"docs/{page.name}" for page in sorted((ROOT / "docs").glob("*.md"))),
]


def shown(page):
    """The lines of a page's blocks."""
    text = (ROOT / page).read_text().replace("\\\n", " ")
    blocks = re.findall(r"^```\w*\n(.*?)^```|^    (\S.*)", text, re.DOTALL | re.MULTILINE)
    return [line for block in blocks for line in "".join(block).splitlines()]


def mentioned(page):
    """What stands in the text of a page as code."""
    prose = re.sub(r"^```.*?^```", "", (ROOT / page).read_text(), flags=re.DOTALL | re.MULTILINE)
    return [span.replace("\n", " ") for span in re.findall(r"`([^`]+)`", prose)]


def commands(lines, program):
    """The words that follow a program's name on each line that runs it."""
    for line in lines:
        found = re.match(rf"(?:[A-Z_]+=\S+ )*(?:torchrun .*-m )?{program} (.*?)(?:\s#.*)?$", line)
        if found and "..." not in line:
            yield [word for word in shlex.split(found[1]) if word != "--help"]


def parsed(words):
    """Reads a command line as `grpo` would, without running it; raises what it would refuse."""
    find, _ = cli._COMMANDS[words[0]]
    command, name, rest = get_command(find()), words[0], words[1:]
    while rest and rest[0] in getattr(command, "commands", {}):
        command, name, rest = command.commands[rest[0]], rest[0], rest[1:]
    if hasattr(command, "commands") and rest and not rest[0].startswith("-"):
        raise ValueError(f"no such command: {words}")
    command.make_context(name, rest)


@pytest.mark.parametrize("page", PAGES)
def test_every_command_that_is_shown_parses(page):
    for words in [*commands(shown(page), "grpo"), *commands(shown(page), "cli")]:
        parsed(words)


@pytest.mark.parametrize("page", PAGES)
def test_every_command_that_the_text_mentions_exists_with_its_flags(page):
    for words in filter(None, commands(mentioned(page), "grpo")):
        try:
            parsed(words)
        except Exception as error:
            if type(error).__name__ not in ("MissingParameter", "NoArgsIsHelpError"):  # named without what it works on
                raise


def test_commands_are_found():
    assert len(list(commands(shown("README.md"), "grpo"))) > 15 and list(commands(shown("docs/training.md"), "cli"))
    assert len(list(commands(mentioned("README.md"), "grpo"))) > 5
    assert list(commands(shown("docs/math-judge.md"), "grpo")), "a block that is indented"


@pytest.mark.parametrize("words", [["train", "--grup-size", "4"], ["eval", "compre", "A"], ["env", "show"]])
def test_a_command_with_a_slip_does_not_parse(words):
    with pytest.raises(Exception, match="No such option|no such command|Missing parameter"):
        parsed(words)


@pytest.mark.parametrize("page", PAGES)
def test_every_script_that_is_quoted_exists_with_its_flags(page):
    for words in commands([*shown(page), *mentioned(page)], "python"):
        if words and words[0].endswith(".py"):
            source = (ROOT / words[0]).read_text()
            assert [word for word in words if word.startswith("--") and f'"{word}"' not in source] == []


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    path = ROOT / page
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text()):
        if "://" not in target:
            assert (path.parent / target).exists(), f"{page} links to {target}"


def test_one_version_everywhere(grpo):
    """The newest entry of the changelog, the package, the citation and what `grpo --version` prints."""
    entries = re.findall(
        r"^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE
    )
    assert entries == sorted(entries, key=lambda entry: [int(part) for part in entry[0].split(".")], reverse=True)
    version, released = entries[0]
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == version
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert (cited["version"], cited["date-released"], cited["license"]) == (version, released, "Apache-2.0")
    assert cited["cff-version"] == "1.2.0" and cited["message"] and cited["title"] and cited["authors"]
    assert grpo("--version") == (0, f"grpo-gym {version}\n", "")
