"""What authors of environments do: check, audit, play, write new ones, judge files. May import every room of `envs`.

The door for authors: what the audit can be told, and the checks for a test of one's own.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from envs.authoring.auditing.attacks.probe import AuditProfile, Expect, Probe
    from envs.authoring.auditing.findings import CATALOGUE, Example, Finding
    from envs.authoring.auditing.run import AuditReport, audit
    from envs.authoring.checking.contract import CheckReport, check

_HOMES = {
    "AuditProfile": "envs.authoring.auditing.attacks.probe",
    "AuditReport": "envs.authoring.auditing.run",
    "CATALOGUE": "envs.authoring.auditing.findings",
    "CheckReport": "envs.authoring.checking.contract",
    "Example": "envs.authoring.auditing.findings",
    "Expect": "envs.authoring.auditing.attacks.probe",
    "Finding": "envs.authoring.auditing.findings",
    "Probe": "envs.authoring.auditing.attacks.probe",
    "audit": "envs.authoring.auditing.run",
    "check": "envs.authoring.checking.contract",
}

__all__ = [
    "AuditProfile",
    "AuditReport",
    "CATALOGUE",
    "CheckReport",
    "Example",
    "Expect",
    "Finding",
    "Probe",
    "audit",
    "check",
]


def __getattr__(name: str) -> Any:
    """Imports what is asked for: an environment that declares a profile pays for no audit."""
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
