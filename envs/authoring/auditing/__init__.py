"""The audit: finds a reward that can be gamed before training does."""

from envs.authoring.auditing.attacks.probe import AuditProfile, Expect, Probe
from envs.authoring.auditing.findings import CATALOGUE, Example, Finding
from envs.authoring.auditing.run import AuditReport, audit

__all__ = ["CATALOGUE", "AuditProfile", "AuditReport", "Example", "Expect", "Finding", "Probe", "audit"]
