"""A sandbox for judged code, and the judge that trusts none of it.

The verdict is computed where the code never runs: a `CodeJudge` hands each job to a forked, locked-up child and
compares the plain data that comes back. See `docs/sandbox.md` for what is covered and what is not.
"""

from envs.judges.sandbox.host.levels import CONSENT, LEVELS, SandboxReport, probe
from envs.judges.sandbox.judge import CodeJudge, Options
from envs.judges.sandbox.verdict import Outcome, Verdict

__all__ = ["CONSENT", "LEVELS", "CodeJudge", "Options", "Outcome", "SandboxReport", "Verdict", "probe"]
