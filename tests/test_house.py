"""The plan of the house: which room knows which, how full each is, and what an author may name."""

import ast
import re
from pathlib import Path

import pytest

import envs
import envs.authoring
import envs.judges
import envs.tools
import evals
import grpo
from gymtests.places import ROOT

LONGEST_FILE = 400
FULLEST_FOLDER = 12

# From the ground up: a room imports itself and what stands before it, nothing that stands after it.
ORDER = {
    "envs": ("core", "workers", "judges", "builtin", "tools", "bridges", "authoring"),
    "grpo": (
        "policy", "settings", "engines", "rollouts", "forward", "algorithm", "update", "runs",
        "loop", "rehearsal", "session", "console", "cli",
    ),
    "evals": (
        "statistics", "sampling", "results", "gold", "evaluator", "signal", "training", "reporting", "console",
    ),
}  # fmt: skip
HOUSES = ("envs", "grpo", "evals", "cli")
SEEN_BY_A_NEWCOMER = {"envs": 7, "grpo": 13, "evals": 9}
DOORS = (
    "envs",
    "envs.judges",
    "envs.authoring",
    "envs.tools",
    "envs.bridges.trl",
    "envs.bridges.verifiers",
    "evals",
    "grpo",
)


def modules(top):
    """Module names of a package with their files."""
    for path in sorted((ROOT / top).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


MODULES = {name: path for top in ORDER for name, path in modules(top)} | {"cli": ROOT / "cli.py"}


def imported(name, path):
    """What a module imports of ours, wherever the import stands, `TYPE_CHECKING` included."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            found = [f"{base}.{alias.name}" for alias in node.names]
        else:
            continue
        for target in found:
            while target and target not in MODULES:
                target = target.rpartition(".")[0]
            if target and target.split(".")[0] in HOUSES:
                yield target


def height(module):
    """Where a module stands: its house, then its room. A house's own `__init__` is its door and stands on the core."""
    house, _, rest = module.partition(".")
    rooms = ORDER.get(house, ())
    room = rest.split(".")[0]
    return HOUSES.index(house), rooms.index(room) if room in rooms else 0


def arrows_back(edges):
    return [f"{source} -> {target}" for source, target in edges if height(target) > height(source)]


def test_every_room_has_its_place_in_the_order():
    for house, rooms in ORDER.items():
        found = {name.split(".")[1] for name in MODULES if name.startswith(house + ".")}
        assert found == set(rooms)


def test_imports_run_one_way():
    edges = [(name, target) for name, path in MODULES.items() for target in imported(name, path)]
    # A door hands out what stands behind it, lazily and for type checkers; nobody inside goes through it.
    doors = {"envs.judges", "envs.authoring", "grpo", "evals"}
    assert len(edges) > 500
    assert arrows_back([edge for edge in edges if edge[0] not in doors]) == []


@pytest.mark.parametrize(
    "edge",
    [
        ("envs.core.task", "envs.judges.math.verifier"),
        ("envs.judges.math.verifier", "envs.builtin.math.env"),
        ("envs.judges.code.verifier", "envs.authoring.judge.cli"),
        ("envs.authoring.cli", "grpo.loop"),
        ("grpo.loop", "evals.evaluator"),
        ("evals.statistics.passk", "evals.results.result"),
    ],
)
def test_an_arrow_that_runs_back_is_seen(edge):
    assert set(edge) <= set(MODULES) and arrows_back([edge])


def test_the_core_imports_nothing_of_ours():
    core = [name for name in MODULES if name.startswith("envs.core")]
    targets = {target for name in core for target in imported(name, MODULES[name])}
    assert {target for target in targets if not target.startswith("envs.core")} == set()


def sources():
    """Every Python file of the project."""
    tops = (*ORDER, "tests", "benchmarks", "examples", "scripts")
    return [ROOT / "cli.py", *(path for top in tops for path in sorted((ROOT / top).rglob("*.py")))]


def test_no_file_is_long():
    lines = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in sources()}
    assert {path: count for path, count in lines.items() if count > LONGEST_FILE} == {}


def test_no_folder_is_a_hall():
    folders = {
        path.parent
        for top in (*ORDER, "tests", "benchmarks", "examples", "scripts")
        for path in (ROOT / top).rglob("*.py")
    }
    counts = {str(folder.relative_to(ROOT)): len(list(folder.glob("*.py"))) for folder in folders}
    assert {folder: count for folder, count in counts.items() if count > FULLEST_FOLDER} == {}


@pytest.mark.parametrize("house", SEEN_BY_A_NEWCOMER)
def test_a_newcomer_sees_few_doors(house):
    marks = ("_", ".", "py.typed")
    seen = [path.name for path in (ROOT / house).iterdir() if not path.name.startswith(marks)]
    assert len(seen) <= SEEN_BY_A_NEWCOMER[house], sorted(seen)


def test_every_room_says_what_lives_there():
    folders = {path.parent for top in ORDER for path in (ROOT / top).rglob("*.py")}
    for folder in folders:
        said = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8")))
        assert said and said.split("\n\n")[0].endswith("."), folder


def texts():
    """Everything that names a module: code, strings in it, documentation, scripts."""
    pages = [*ROOT.glob("*.md"), ROOT / "Makefile", ROOT / "pyproject.toml"]
    shells = [path for top in ("scripts", "benchmarks") for path in (ROOT / top).glob("*.sh")]
    return [*sources(), *pages, *shells, *(ROOT / "docs").rglob("*.md"), *(ROOT / "grpo").rglob("*.md")]


FILE_NAME = r"(?<![\w./-])(?:envs|grpo|evals|tests|benchmarks|scripts)/[\w/]+\.(?:py|sh|toml|md)\b"


def test_every_module_and_file_that_is_named_is_there():
    """In strings too: programs that tests run, environments that they write, what documentation points to."""
    wrong = []
    for path in texts():
        text = path.read_text(encoding="utf-8")
        for name in re.findall(r"\b(?:from|import|-m) ((?:envs|grpo|evals)(?:\.\w+)+)", text):
            if name not in MODULES:
                wrong.append((path.name, name))
        for name in re.findall(
            r"(?<![\w./-])(?:envs|grpo|evals|tests|benchmarks|scripts)/[\w/]+\.(?:py|sh|toml|md)\b", text
        ):
            if not (ROOT / name).exists():
                wrong.append((path.name, name))
    assert wrong == []


def shown_to_authors():
    """What an author copies from: documentation, examples, and what `grpo env new` writes."""
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "examples").rglob("*.py")]
    return [*pages, ROOT / "envs" / "authoring" / "new" / "templates.py"]


@pytest.mark.parametrize("path", shown_to_authors(), ids=lambda path: path.name)
def test_authors_are_shown_the_doors_alone(path: Path):
    text = path.read_text(encoding="utf-8")
    if path.name == "templates.py":
        text = "\n".join(re.findall(r"'''(.*?)'''", text, re.DOTALL))
    named = set(re.findall(r"^\s*(?:from|import) ((?:envs|evals|grpo)[\w.]*)", text, re.MULTILINE))
    assert named <= set(DOORS)


@pytest.mark.parametrize(
    "door", [envs, envs.judges, envs.tools, envs.authoring, grpo, evals], ids=lambda door: door.__name__
)
def test_everything_behind_a_door_is_there(door):
    assert sorted(set(door.__all__)) == sorted(door.__all__)
    for name in door.__all__:
        assert getattr(door, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        door.nothing  # noqa: B018


# Names that people have written down: removing one is a new major version.
PUBLIC = {
    envs: "SPLITS DialogueEnv EnvEntry EnvFamily EnvSpec GymError ListedTasks Observation Part Reward Rubric RunError "
    "Status Task TaskSource TextEnv UsageError Verifier did_you_mean entries families find make register "
    "register_family",
    envs.judges: "CodeJudge CodeTests ExactMatch ForbiddenWords JsonSchema JudgeModel Length MathMatch MathVerifier "
    "NumericMatch RegexMatch RepeatedNgrams RequiredWords RewardModel Script SoftOverlong TagFormat read_answer "
    "read_json read_number",
    envs.authoring: "AuditProfile AuditReport CATALOGUE CheckReport Example Expect Finding Probe audit check",
    envs.tools: "Tool ToolEnv ToolError tool",
    grpo: "Callback Run TrainConfig audit dataset train",
    evals: "compare evaluate load_eval load_rollouts load_run load_summaries runs_table",
}
REGISTERED = {
    "aime": "grpo/Aime-v0", "calculator": "grpo/Calculator-v0", "chain": "grpo/Chain-v0", "code": "grpo/Code-v0",
    "countdown": "grpo/Countdown-v0", "dataset": "grpo/Dataset-v0", "format": "grpo/Format-v0",
    "gsm8k": "grpo/Gsm8k-v0", "guess": "grpo/Guess-v0", "humaneval": "grpo/Humaneval-v0", "math": "grpo/Math-v0",
    "math-dataset": "grpo/MathDataset-v0", "math500": "grpo/Math500-v0", "mbpp": "grpo/Mbpp-v0",
}  # fmt: skip


@pytest.mark.parametrize("door", PUBLIC, ids=lambda door: door.__name__)
def test_public_names_stay(door):
    assert set(PUBLIC[door].split()) <= set(door.__all__)


def test_registered_environments_keep_their_names_and_versions():
    known = {entry.name: entry.gym_id for entry in envs.entries() if entry.origin == "built-in"}
    assert known.items() >= REGISTERED.items()
    for entry in envs.entries():
        if entry.origin == "built-in":
            assert callable(entry.factory())
