"""`grpo env audit`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from envs.authoring.auditing.card import write_card
from envs.authoring.auditing.measures.signal import Sampler
from envs.authoring.auditing.report import badge, print_report
from envs.authoring.auditing.run import AuditReport, audit
from envs.authoring.auditing.state import remember
from envs.authoring.cli_args import AsJson, Data, EnvArg, EnvName, ToolFormat, Tools, env_spec
from envs.core.errors import UsageError
from envs.core.registry import EnvSpec

MakeSampler = Callable[[str], Sampler]
"""Loads the policy that a checkpoint names; the command line hands it in, since `envs` knows no engine."""


def audit_command(make_sampler: MakeSampler | None) -> Callable[..., None]:
    """Returns the command, which samples policies with `make_sampler` where there is one."""

    def command(
        name: EnvName,
        env_arg: EnvArg = None,
        data: Data = "",
        tools: Tools = "",
        tool_format: ToolFormat = "",
        tasks: Annotated[int, typer.Option(help="Held-out tasks to work on.", min=2)] = 24,
        thorough: Annotated[bool, typer.Option("--thorough", help="Try ten times as much; for CI.")] = False,
        seed: Annotated[int, typer.Option(help="Decides the random policies.", min=0)] = 0,
        workers: Annotated[int, typer.Option(help="Verifier processes.", min=1)] = 2,
        deadline: Annotated[float, typer.Option(help="Seconds a verifier may take for one completion.")] = 10.0,
        ckpt: Annotated[
            str | None,
            typer.Option(help="A policy (a model folder, or `builtin`): do its samples differ in reward at all?"),
        ] = None,
        html: Annotated[Path | None, typer.Option(help="Write the report as an HTML page here.")] = None,
        as_json: AsJson = False,
    ) -> None:
        """Try to fool an environment's reward; exit code 1 where it can be fooled."""
        if ckpt is not None and make_sampler is None:
            raise UsageError("--ckpt needs the trainer: run it as `grpo env audit`")
        spec = env_spec(name, env_arg, data, tools, tool_format)
        sampler = make_sampler(ckpt) if ckpt is not None and make_sampler is not None else None
        options = {"tasks": tasks, "thorough": thorough, "seed": seed, "workers": workers, "deadline_s": deadline}
        with Console(stderr=True).status(f"auditing {name}") as status:
            report = audit(spec, **options, sampler=sampler, policy=ckpt or "", say=status.update)
        _hand_over(spec, report, html, as_json)

    return command


def _hand_over(spec: EnvSpec, report: AuditReport, html: Path | None, as_json: bool) -> None:
    remember(spec, report.clean, sorted({finding.code for finding in report.open_findings}), report.date)
    if html is not None:
        write_card(report, html)
    if as_json:
        print(json.dumps(report.to_json() | {"badge": badge(report)}))
    else:
        print_report(report, Console())
    if not report.clean:
        raise typer.Exit(1)
