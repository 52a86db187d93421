"""The audit: finds a reward that can be gamed before training does."""

from envs.audit.findings import CATALOGUE, Example, Finding
from envs.audit.probe import AuditProfile, Expect, Probe
from envs.audit.run import AuditReport, audit

__all__ = ["CATALOGUE", "AuditProfile", "AuditReport", "Example", "Expect", "Finding", "Probe", "audit"]
