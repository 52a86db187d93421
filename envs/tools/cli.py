"""`grpo tools`: what tools there are, what a model is told of one, what a call answers, which syntax a model has."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from envs.core.errors import RunError, UsageError
from envs.core.extras import require
from envs.tools.arguments import WrongArgument
from envs.tools.box import BOX, tools_named
from envs.tools.calls.detect import detect
from envs.tools.calls.formats import FORMATS, write
from envs.tools.calls.turn import Call
from envs.tools.running import Ended, run
from envs.tools.tool import Tool, prepared

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="List, show, call and check the tools that a policy can be given.",
)
Name = Annotated[
    str, typer.Argument(help="A name from `grpo tools list`, FILE.py or FILE.py:FUNCTION.", metavar="TOOL")
]
Pairs = Annotated[
    list[str] | None, typer.Argument(help="Arguments of the call, such as expression=1+1.", metavar="[NAME=VALUE]...")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]


@app.command("list")
def list_command(
    files: Annotated[list[str] | None, typer.Argument(help="Files whose tools are listed too.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the tools that are there by name, and those of files."""
    found = {**BOX, **{f"{path}:{one.name}": one for path in files or [] for one in tools_named([path])}}
    if as_json:
        print(json.dumps([_facts(name, one) for name, one in found.items()]))
        return
    table = Table("tool", "seconds", "characters", "what it does")
    for name, one in found.items():
        table.add_row(Text(name), f"{one.seconds:g}", f"{one.output_chars:,}", Text(one.summary))
    Console().print(table)


def _facts(name: str, one: Tool) -> dict[str, Any]:
    return {"name": name, "seconds": one.seconds, "output_chars": one.output_chars, "schema": one.schema}


@app.command("show")
def show_command(name: Name, as_json: AsJson = False) -> None:
    """Show what a model is told of a tool."""
    found = tools_named([name])
    if as_json:
        print(json.dumps([_facts(one.name, one) for one in found]))
        return
    for one in found:
        print(json.dumps(one.schema, indent=2, ensure_ascii=False))
        print(f"{one.name}: at most {one.seconds:g} s and {one.output_chars:,} characters a call")


@app.command("call")
def call_command(name: Name, pairs: Pairs = None) -> None:
    """Call a tool as a policy would, and print what it would read; exit code 1 where that is no answer."""
    one = _only(name)
    tool, arguments = _checked(one, pairs or [])
    ended, text = run(tool, arguments, aloud=True)
    print(text)
    if ended is not Ended.OK:
        raise typer.Exit(1)


def _only(name: str) -> Tool:
    found = tools_named([name])
    if len(found) > 1:
        raise UsageError(f"{name} makes {len(found)} tools: name one, as {name}:{found[0].name}")
    return found[0]


def _checked(one: Tool, pairs: list[str]) -> tuple[Tool, dict[str, Any]]:
    wrong = next((pair for pair in pairs if "=" not in pair), None)
    if wrong is not None:
        raise UsageError(f"{wrong!r} is no argument: write it as NAME=VALUE")
    arguments = {key: value for key, _, value in (pair.partition("=") for pair in pairs)}
    try:
        return prepared(Call(one.name, arguments, raw=True), {one.name: one})
    except WrongArgument as error:
        raise UsageError(f"{error}: see `grpo tools show {one.name}`") from error


@app.command("check")
def check_command(name: Name, pairs: Pairs = None) -> None:
    """Check tools: their schema, and with arguments whether a call answers in time, briefly, and twice the same."""
    found = tools_named([name])
    for one in found:
        print(f"ok    {one.name}: {len(one.parameters['properties'])} arguments, each with a type and a line on it")
    if not pairs:
        print(f"give arguments to see one called: grpo tools check {name} NAME=VALUE")
        return
    one = _only(name)
    tool, arguments = _checked(one, pairs)
    started = time.monotonic()
    first, second = (run(tool, arguments, aloud=True) for _ in range(2))
    took = (time.monotonic() - started) / 2
    if Ended.FAILED in (first[0], second[0]) or Ended.LATE in (first[0], second[0]):
        raise RunError(f"{tool.name} gave no answer to that: {first[1]}")
    print(f"ok    it answers after {took * 1000:.0f} ms of {tool.seconds:g} s, with {len(first[1]):,} characters")
    if first != second:
        raise RunError(
            f"{tool.name} answers the same call differently: what it says must follow from its arguments, or an "
            "episode that is played again is another"
        )
    print("ok    it answers the same call in the same way")


@app.command("format")
def format_command(
    template: Annotated[
        Path | None, typer.Argument(help="A chat template (.jinja), or a model's folder.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say which syntax a model's chat template writes calls in; without one, list the syntaxes that are read."""
    if template is None:
        _print_formats(as_json)
        return
    source = _template(template)
    utils = require("transformers.utils.chat_template_utils", "train", "reading a chat template")

    def render(messages: Any, tools: Any, add_generation_prompt: bool) -> str:
        chats, _ = utils.render_jinja_template(
            conversations=[list(messages)], tools=list(tools), chat_template=source, bos_token="", eos_token="",
            add_generation_prompt=add_generation_prompt,
        )  # fmt: skip
        return chats[0]

    found = detect(render)
    if as_json:
        facts = {"format": found.tool_format, "tools": found.shows_tools, "results": found.renders_results}
        print(json.dumps(facts))
    elif found.tool_format:
        print(f"{found.tool_format}: calls are read as --env-arg tool_format={found.tool_format}")
    elif found.shows_tools:
        print("the template tells of tools, and writes calls in no syntax that is known")
    else:
        print("the template tells of no tools: they are described in the system message (--env-arg tool_format=hermes)")


def _print_formats(as_json: bool) -> None:
    example = [Call("f", {"x": "v"})]
    if as_json:
        print(json.dumps({name: write(example, name) for name in FORMATS}))
        return
    table = Table("format", "a call f(x='v')")
    for name in FORMATS:
        table.add_row(name, Text(write(example, name)))
    Console().print(table)


def _template(path: Path) -> str:
    """Returns a chat template: that of the file, or of the folder's tokenizer.

    Raises:
        UsageError: There is none.
    """
    try:
        if path.is_file():
            return path.read_text(encoding="utf-8")
        if (path / "chat_template.jinja").is_file():
            return (path / "chat_template.jinja").read_text(encoding="utf-8")
        told = json.loads((path / "tokenizer_config.json").read_text(encoding="utf-8")).get("chat_template")
    except (OSError, ValueError) as error:
        raise UsageError(f"no chat template at {path}: give a .jinja file, or a model's folder") from error
    if not isinstance(told, str):
        raise UsageError(f"the tokenizer in {path} has no chat template")
    return told
