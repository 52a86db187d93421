"""The rows of public code data sets as problems for the judge: one file for each format, read as its own authors do."""

from envs.judges.code.rows.problem import Problem
from envs.judges.code.rows.registry import ADAPTERS, problem_of

__all__ = ["ADAPTERS", "Problem", "problem_of"]
