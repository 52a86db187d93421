"""The contract of an environment, checked."""

from envs.authoring.checking.contract import CheckReport, Result, check

__all__ = ["CheckReport", "Result", "check"]
