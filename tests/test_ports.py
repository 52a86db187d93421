"""What is called supported is what is run: the Pythons of the metadata, and how the tests draw."""

import re
import subprocess
import sys
import tomllib

import pytest
from packaging.specifiers import SpecifierSet

from gymtests.places import ROOT, environment

METADATA = tomllib.loads((ROOT / "pyproject.toml").read_text())
ALLOWED = [
    f"3.{minor}" for minor in range(6, 40)
    if SpecifierSet(METADATA["project"]["requires-python"]).contains(f"3.{minor}.0")
]  # fmt: skip


def test_the_matrix_runs_every_python_that_the_metadata_allows():
    (named,) = re.findall(r'^pythons="(.*)"$', (ROOT / "scripts" / "matrix.sh").read_text(), re.MULTILINE)
    assert named.split() == ALLOWED


def test_set_up_takes_every_python_that_the_metadata_allows():
    (cases,) = re.findall(r"^ +([\d.| ]+)\) ;;$", (ROOT / "scripts" / "setup.sh").read_text(), re.MULTILINE)
    assert cases.split(" | ") == ALLOWED


def test_every_direct_dependency_has_a_lowest_release():
    """Without one, "the oldest allowed" would be the first release ever, which nobody has run."""
    extras = METADATA["project"]["optional-dependencies"]
    for requirement in [*METADATA["project"]["dependencies"], *(one for extra in extras.values() for one in extra)]:
        if not requirement.startswith("grpo-gym["):
            assert re.search(r"[>=]=\d", requirement), requirement


def test_a_python_that_is_not_here_is_one_line_of_the_matrix():
    done = subprocess.run([ROOT / "scripts" / "matrix.sh", "9.9"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 2 and "no python9.9 here" in done.stdout and "not run" in done.stdout


DRAWS = """
from hypothesis import given
from hypothesis import strategies as st


@given(st.integers())
def test_draw(number):
    with open("{out}", "a") as out:
        out.write(f"{{number}} ")
"""


@pytest.mark.parametrize("profile, equal", [("fixed", True), ("fresh", False)])
def test_property_tests_draw_alike_unless_asked(tmp_path, profile, equal):
    out = tmp_path / "drawn"
    (tmp_path / "test_draws.py").write_text(DRAWS.format(out=out))
    (tmp_path / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text())
    chosen = [] if profile == "fixed" else [f"--hypothesis-profile={profile}"]
    drawn = []
    for _ in range(2):
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *chosen, "test_draws.py"]
        subprocess.run(command, cwd=tmp_path, env=environment(), check=True, capture_output=True, timeout=120)
        drawn.append(out.read_text())
        out.unlink()
    assert (drawn[0] == drawn[1]) is equal
