"""`grpo judge`: judges completions in a file, without a model and without an environment."""

from __future__ import annotations

import typer

from envs.authoring.judge.code import judge_code
from envs.authoring.judge.math import judge_math

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="Judge completions in a file, without a model.",
)
app.command("math")(judge_math)
app.command("code")(judge_code)


@app.callback()
def _group() -> None:
    """Judge completions in a file, without a model."""
