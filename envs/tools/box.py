"""Tools that are there by name, and those of files."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from envs.builtin.dialogues.arithmetic import NotArithmetic, evaluate, show
from envs.core.errors import UsageError, did_you_mean
from envs.core.registry import load_file
from envs.tools.calls.formats import syntax_of
from envs.tools.python import check_sandbox, python
from envs.tools.tool import Tool, ToolError, tool, toolbox


@tool(seconds=1, output_chars=1000)
def calculator(expression: str) -> str:
    """Works out an expression exactly: whole numbers, decimals, + - * / and brackets.

    Args:
        expression: Such as 12*(3+4).

    Returns:
        The value, as a whole number or a fraction.
    """
    try:
        return show(evaluate(expression))
    except NotArithmetic as error:
        raise ToolError(f"Error: {error}.") from None


BOX: dict[str, Tool] = {one.name: one for one in (calculator, python)}


def tools_named(names: str | Iterable[str | Tool]) -> list[Tool]:
    """Returns tools by name, or out of files as `./mine.py:population`; of a file without a name, all it makes.

    Raises:
        UsageError: There is no such tool or file, or what is named there is none.
    """
    found: list[Tool] = []
    for name in names.split(",") if isinstance(names, str) else names:
        if isinstance(name, Tool):
            found.append(name)
        elif ".py" in name:
            found += _of_file(name.strip())
        elif name.strip() in BOX:
            found.append(BOX[name.strip()])
        else:
            offered = did_you_mean(name.strip(), BOX)
            raise UsageError(f"no tool {name.strip()!r}: {offered} (or FILE.py:FUNCTION, see `grpo tools list`)")
    return found


def anchored(name: str) -> str:
    """Returns a tool's name that means the same from every folder."""
    if ".py" not in name:
        return name.strip()
    path, colon, function = name.strip().partition(".py")[0] + ".py", ":", name.strip().partition(".py:")[2]
    return str(Path(path).resolve()) + (colon + function if function else "")


_STRIPPED = ("deepseek_v3", "deepseek_v31", "kimi", "mistral", "mistral_list", "harmony", "lfm2", "llama4_pythonic")
WITHIN = "tools/"
"""What the name of an environment with tools begins with; the rest is the name of the one within."""


def with_tools(env: str, tools: str, tool_format: str = "") -> tuple[str, dict[str, Any]]:
    """Returns the name and the arguments of an environment with tools, as `--tools` and `--tool-format` say them.

    Args:
        env: Name of the environment.
        tools: Names with commas between; empty for none.
        tool_format: The syntax of calls; empty for the usual one.

    Raises:
        UsageError: There is no such tool or syntax, or a syntax is named and no tool.
    """
    if not tools.strip():
        if tool_format:
            raise UsageError(
                f"--tool-format {tool_format} says how tools are called: name them, as in --tools calculator"
            )
        return env, {}
    if python.name in toolbox(tools_named(tools)):
        check_sandbox()
    said: dict[str, Any] = {"tools": [anchored(name) for name in tools.split(",")]}
    if tool_format:
        syntax_of(tool_format)
        said["tool_format"] = tool_format
    return env if env.startswith(WITHIN) else WITHIN + env, said


def envs_with_tools(names: str, tools: str, tool_format: str = "") -> tuple[str, list[str]]:
    """Returns several environments, with commas between, and their arguments as `--env-arg` takes them.

    Raises:
        UsageError: As `with_tools`, or the syntax needs special tokens.
    """
    if tool_format in _STRIPPED:
        raise UsageError(
            f"--tool-format {tool_format}: its marks are special tokens, which an environment is not told yet, so that "
            "no call would be seen: take hermes, qwen3_coder, glm, llama_json or pythonic"
        )
    pairs = [with_tools(name.strip(), tools, tool_format) for name in names.split(",") if name.strip()]
    return ",".join(name for name, _ in pairs), [f"{key}={json.dumps(value)}" for key, value in pairs[0][1].items()]


def _of_file(name: str) -> list[Tool]:
    path, _, wanted = name.partition(".py:")
    path = path if path.endswith(".py") else f"{path}.py"
    if not Path(path).is_file():
        raise UsageError(f"no file {path}: give the path of a .py file that makes tools with @tool")
    try:
        module = load_file(Path(path))
    except UsageError:
        raise
    except Exception as error:  # whatever a file's import raises is that file's story
        raise UsageError(f"{path} cannot be imported: {type(error).__name__}: {error}") from error
    made = {key: value for key, value in vars(module).items() if isinstance(value, Tool)}
    if not wanted:
        if not made:
            raise UsageError(f"{path} makes no tool: write @tool above a function, or name one as {path}:FUNCTION")
        return list(made.values())
    value = getattr(module, wanted, None)
    if value is None:
        raise UsageError(f"{path} has no {wanted!r}: {did_you_mean(wanted, made)}")
    return [value if isinstance(value, Tool) else tool(value)]
