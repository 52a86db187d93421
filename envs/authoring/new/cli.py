"""`grpo env new`."""

from __future__ import annotations

import json
import keyword
import re
from pathlib import Path
from string import Template
from typing import Annotated

import typer
from rich.console import Console

from envs.authoring.cli_args import AsJson
from envs.authoring.new import templates
from envs.core.errors import RunError, UsageError
from envs.core.registry import entries


def new_command(
    name: Annotated[str, typer.Argument(help="Its name, such as my-env: lower case, with dashes.")],
    folder: Annotated[Path, typer.Option("--in", help="Where to write it.")] = Path("."),
    single_file: Annotated[bool, typer.Option("--single-file", help="Write one file and no package.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write an environment that works as it is: a package to install, or a single file."""
    module = _module_name(name)
    files = _single(name, module) if single_file else _package(name, module)
    written = _write(folder, files)
    if as_json:
        print(json.dumps({"name": name, "files": [str(path) for path in written]}))
        return
    console = Console()
    for path in written:
        console.print(f"wrote {path}", highlight=False)
    shown = str(written[0]) if single_file else name
    if not single_file:
        console.print(f"next: pip install -e {folder / name}", highlight=False)
    console.print(f"then: grpo env audit {shown} && grpo train --env {shown} --steps 20", highlight=False)


def _module_name(name: str) -> str:
    module = name.replace("-", "_")
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name) or keyword.iskeyword(module):
        raise UsageError(f"an environment's name is like my-env: lower case, digits and dashes; not {name!r}")
    if name in {entry.name for entry in entries() if entry.origin != "file"}:
        raise UsageError(f"there is an environment named {name!r} already (see `grpo env list`): choose another name")
    return module


def _single(name: str, module: str) -> dict[Path, str]:
    path = Path(f"{module}.py")
    return {path: _filled(templates.MODULE, name, module, f"./{path}")}


def _package(name: str, module: str) -> dict[Path, str]:
    contents = {
        "pyproject.toml": templates.PYPROJECT,
        "README.md": templates.README,
        f"{module}/__init__.py": templates.PACKAGE,
        f"{module}/env.py": templates.MODULE,
        f"tests/test_{module}.py": templates.TEST,
    }
    return {Path(name) / path: _filled(text, name, module, name) for path, text in contents.items()}


def _filled(text: str, name: str, module: str, where: str) -> str:
    title = name.replace("-", " ").capitalize()
    return Template(text).substitute(name=name, module=module, title=title, where=where)


def _write(folder: Path, files: dict[Path, str]) -> list[Path]:
    """Writes all files or, where one of them is there already, none."""
    taken = [folder / path for path in files if (folder / path).exists()]
    if taken:
        raise UsageError(f"{taken[0]} is there already: choose another name, or another folder with --in")
    written = []
    for path, text in files.items():
        target = folder / path
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        except OSError as error:
            raise RunError(f"cannot write {target}: {error.strerror}; choose another folder with --in") from error
        written.append(target)
    return written
