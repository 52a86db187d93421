"""The tool `python`: a program in the project's sandbox, which begins afresh with every call."""

from __future__ import annotations

import ast

from envs.core.errors import UsageError
from envs.judges.sandbox import probe
from envs.judges.sandbox.host.jobs import Limits
from envs.judges.sandbox.host.layout import layout
from envs.judges.sandbox.host.levels import Refused, Starter, wanted_levels
from envs.judges.sandbox.printing import printed
from envs.tools.tool import ToolError, tool

_SECONDS = 5.0
_MEMORY_MB = 512
_START_S = 10.0
"""Seconds that the sandbox may take to start, on a machine that is busy."""


@tool(seconds=_SECONDS + _START_S)
def python(code: str) -> str:
    """Runs a Python program and returns what it prints and the value of its last line. No variables are kept between calls.

    Args:
        code: The program. It can use the standard library and numpy, and reach neither files nor the network.

    Returns:
        What it printed.
    """  # noqa: E501 - a line for the model
    starter = Starter(wanted_levels(None, None), layout(("numpy",)), _MEMORY_MB)
    try:
        server = starter.start()
    except Refused as error:
        raise RuntimeError(str(error)) from error
    try:
        out, why = printed(server, _with_its_value(code), Limits(_SECONDS, _MEMORY_MB, int(_SECONDS) + 1))
    finally:
        server.close()
    if why:
        raise ToolError(f"{out.rstrip()}\nError: {why}".lstrip())
    return out.rstrip("\n")


def _with_its_value(code: str) -> str:
    """Returns a program that prints the value of its last line, where that is an expression."""
    try:
        tree = ast.parse(code)
        if not tree.body or not isinstance(last := tree.body[-1], ast.Expr):
            return code
        shown = ast.Assign([ast.Name("_", ast.Store())], last.value)
        tree.body[-1:] = [shown, *ast.parse("if _ is not None:\n    print(repr(_))").body]
        return ast.unparse(ast.fix_missing_locations(tree))
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return code  # the sandbox says what is wrong with it


def check_sandbox() -> None:
    """Refuses the tool where nothing would hold the program.

    Raises:
        UsageError: The sandbox cannot be had here; the message names the missing layers.
    """
    report = probe()
    if report.level == "refused":
        missing = "; ".join(f"{level} lacks {layer} ({why})" for level, (layer, why) in report.missing.items())
        raise UsageError(
            f"the tool python needs the sandbox, which is not to be had here: {missing}: see `grpo doctor`"
        )
