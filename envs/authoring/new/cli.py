"""`grpo env new`."""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from string import Template
from typing import Annotated

import typer
from rich.console import Console

from envs.authoring.cli_args import AsJson
from envs.authoring.new import forms, templates
from envs.builtin.datasets.records import read_records
from envs.core.errors import RunError, UsageError
from envs.core.registry import entries
from envs.judges import read_number

_READ = 200
_QUESTIONS = ("question", "prompt", "problem", "instruction", "input", "text")
_ANSWERS = ("answer", "solution", "output", "target", "label", "response")


def new_command(
    name: Annotated[str, typer.Argument(help="Its name, such as my-env: lower case, with dashes.")],
    folder: Annotated[Path, typer.Option("--in", help="Where to write it.")] = Path("."),
    single_file: Annotated[bool, typer.Option("--single-file", help="Write one file and no package.")] = False,
    dialogue: Annotated[bool, typer.Option("--dialogue", help="Episodes of several turns.")] = False,
    tools: Annotated[bool, typer.Option("--tools", help="Episodes in which the policy may call a tool.")] = False,
    data: Annotated[
        Path | None, typer.Option(help="Questions and answers to make the tasks of: a CSV, JSONL or parquet file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write an environment that works as it is: a package to install, or a single file."""
    module = _module_name(name)
    form = _form(dialogue, tools, data)
    files = _single(name, module, form) if single_file else _package(name, module, form)
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


@dataclass(frozen=True, slots=True)
class _Form:
    """What is written: the module, what else its template names, and the file of data that lies beside it."""

    module: str
    names: Mapping[str, str] = field(default_factory=dict)
    data: Path | None = None


def _form(dialogue: bool, tools: bool, data: Path | None) -> _Form:
    if dialogue + tools + (data is not None) > 1:
        raise UsageError("take one of --dialogue, --tools and --data: each is an environment of its own")
    if data is None:
        return _Form(forms.DIALOGUE if dialogue else forms.TOOLS if tools else templates.MODULE)
    records = [record for _, record in islice(read_records(data), _READ) if isinstance(record, dict)]
    fields = list(dict.fromkeys(name for record in records for name in record if name.isidentifier()))
    if len(fields) < 2:
        raise UsageError(f"{data} has no two fields to make questions and answers of")
    prompt = next((name for name in _QUESTIONS if name in fields), fields[0])
    answer = next((name for name in _ANSWERS if name in fields and name != prompt), fields[-1])
    plain = all(read_number(str(record.get(answer, ""))) is not None for record in records)
    names = {"data": data.name, "prompt": prompt, "answer": answer, "verifier": "math" if plain else "exact"}
    return _Form(forms.DATA, names, data)


def _single(name: str, module: str, form: _Form) -> dict[Path, str | bytes]:
    path = Path(f"{module}.py")
    return {path: _filled(form.module, name, module, f"./{path}", form.names), **_beside(form, Path())}


def _package(name: str, module: str, form: _Form) -> dict[Path, str | bytes]:
    of_letters = form.module == templates.MODULE
    contents = {
        "pyproject.toml": templates.PYPROJECT,
        "README.md": templates.README,
        f"{module}/__init__.py": templates.PACKAGE,
        f"{module}/env.py": form.module,
        f"tests/test_{module}.py": templates.TEST_OF_LETTERS if of_letters else templates.TEST,
    }
    written = {Path(name) / path: _filled(text, name, module, name, form.names) for path, text in contents.items()}
    return {**written, **_beside(form, Path(name) / module)}


def _beside(form: _Form, folder: Path) -> dict[Path, str | bytes]:
    return {} if form.data is None else {folder / form.data.name: form.data.read_bytes()}


def _filled(text: str, name: str, module: str, where: str, names: Mapping[str, str]) -> str:
    title = name.replace("-", " ").capitalize()
    return Template(text).substitute(name=name, module=module, title=title, where=where, **names)


def _write(folder: Path, files: Mapping[Path, str | bytes]) -> list[Path]:
    """Writes all files or, where one of them is there already, none."""
    taken = [folder / path for path in files if (folder / path).exists()]
    if taken:
        raise UsageError(f"{taken[0]} is there already: choose another name, or another folder with --in")
    written = []
    for path, text in files.items():
        target = folder / path
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text if isinstance(text, bytes) else text.encode())
        except OSError as error:
            raise RunError(f"cannot write {target}: {error.strerror}; choose another folder with --in") from error
        written.append(target)
    return written
