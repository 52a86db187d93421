"""The contract of an environment, checked."""

from envs.check.contract import CheckReport, Result, check

__all__ = ["CheckReport", "Result", "check"]
