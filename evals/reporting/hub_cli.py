"""`grpo export` and `grpo push`: a run's checkpoint for others."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from evals.reporting.publish import Say, export_run, push_run

export_app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
push_app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

_RUN = typer.Argument(help="The run.", show_default=False)
_CHECKPOINT = typer.Option(help="last, best, or a step.")
_MERGE = typer.Option("--merge", help="Add a LoRA adapter to its base: the result needs neither peft nor the base.")
_DTYPE = typer.Option(help="Of the weights: bfloat16, float16, float32. [as they are; merged, as in the run]")
_JSON = typer.Option("--json", help="Print one JSON object on stdout.")
_VERBOSE = typer.Option("--verbose", "-v", help="Show what the libraries print.")


@export_app.command(name="export")
def export_command(
    run: Annotated[Path, _RUN],
    out: Annotated[Path, typer.Argument(help="Where to: a folder that is not there yet.", show_default=False)],
    checkpoint: Annotated[str, _CHECKPOINT] = "last",
    merge: Annotated[bool, _MERGE] = False,
    dtype: Annotated[str, _DTYPE] = "",
    as_json: Annotated[bool, _JSON] = False,
    verbose: Annotated[bool, _VERBOSE] = False,
) -> None:
    """Write a run's checkpoint as a plain model folder, with its tokenizer and a card."""
    with _quiet(verbose) as say:
        step = export_run(run, out, checkpoint=checkpoint, merge=merge, dtype=dtype, say=say)
    print(json.dumps({"out": str(out), "step": step}) if as_json else f"step {step} of {run} is in {out}")


@push_app.command(name="push")
def push_command(
    run: Annotated[Path, _RUN],
    repo: Annotated[str, typer.Argument(help="Repository on the hub: OWNER/NAME.", show_default=False)],
    checkpoint: Annotated[str, _CHECKPOINT] = "last",
    revision: Annotated[str, typer.Option(help="Branch to push to, made if it is not there. [the main one]")] = "",
    private: Annotated[bool, typer.Option("--private", help="Make the repository for its owner alone.")] = False,
    merge: Annotated[bool, _MERGE] = False,
    dtype: Annotated[str, _DTYPE] = "",
    with_state: Annotated[
        bool, typer.Option("--with-state", help="Push the trainer's state, too, from which a run can go on.")
    ] = False,
    as_json: Annotated[bool, _JSON] = False,
    verbose: Annotated[bool, _VERBOSE] = False,
) -> None:
    """Push a run's checkpoint to the Hugging Face hub, with its tokenizer and a card, in one commit."""
    with _quiet(verbose) as say:
        done = push_run(
            run, repo, checkpoint=checkpoint, revision=revision, private=private, merge=merge, dtype=dtype,
            with_state=with_state, say=say,
        )  # fmt: skip
    print(json.dumps({"pushed": done.name, "url": done.url}) if as_json else f"pushed: {done.name} {done.url}".rstrip())


@contextmanager
def _quiet(verbose: bool) -> Iterator[Say]:
    """Yields what speaks to the person while libraries are kept from it."""
    from grpo.console.quiet import Screen

    screen = Screen(verbose)
    screen.redirect()
    try:
        yield lambda line: print(line, file=screen.err, flush=True)
    finally:
        screen.restore()
        sys.stdout.flush()
