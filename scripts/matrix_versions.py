"""What an environment of `scripts/matrix.sh` holds: one line, and whether it is the lowest that pyproject.toml names.

`python scripts/matrix_versions.py` prints the releases that matter most; with `--lowest train,dev` it exits 1 where a
lower bound of these extras is not what is installed.
"""

import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

SHOWN = ("torch", "transformers", "numpy", "sympy", "gymnasium", "pydantic")


def direct(project: dict, extras: list[str]) -> Iterator[Requirement]:
    """Yields what the project names itself for these extras, and for the extras that they name."""
    for text in [*project["dependencies"], *(text for extra in extras for text in named(project, extra))]:
        yield Requirement(text)


def named(project: dict, extra: str) -> Iterator[str]:
    """Yields an extra's requirements."""
    for text in project["optional-dependencies"][extra]:
        requirement = Requirement(text)
        if requirement.name == project["name"]:
            for inner in requirement.extras:
                yield from named(project, inner)
        else:
            yield text


def unreached(requirements: Iterator[Requirement]) -> Iterator[str]:
    """Yields the bounds below what is installed: nobody can have had them, so nobody has run them."""
    for requirement in requirements:
        installed = Version(version(requirement.name)).base_version
        for bound in requirement.specifier:
            if bound.operator == ">=" and Version(bound.version) != Version(installed):
                yield f"{requirement.name}>={bound.version}, but the lowest that goes with the rest is {installed}"


def main(arguments: list[str]) -> int:
    """Prints one line, or the faults."""
    if not arguments:
        print(", ".join(f"{name} {version(name)}" for name in SHOWN))
        return 0
    project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
    faults = list(unreached(direct(project, arguments[1].split(","))))
    for fault in faults:
        print(f"pyproject.toml asks for {fault}")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
