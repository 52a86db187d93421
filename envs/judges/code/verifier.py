"""Scores completions by the tests of their task, in the sandbox."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from envs.core.reward import Reward, Status
from envs.core.task import Task
from envs.judges.code.extract import code_of, continued, function_of
from envs.judges.sandbox import CodeJudge, Outcome, Verdict
from envs.judges.sandbox.cases import asked_of, suite

_STATUS = {
    Outcome.PASSED: Status.OK,
    Outcome.FAILED: Status.OK,
    Outcome.ERROR: Status.ERROR,
    Outcome.MEMORY: Status.ERROR,
    Outcome.TIMEOUT: Status.TIMEOUT,
    Outcome.REFUSED: Status.UNSCORABLE,
}


REMEMBERED = 4096
_SETTLED = frozenset((Outcome.PASSED, Outcome.FAILED))  # what another run would say again


class CodeVerifier:
    """Judges the code in a completion by the tests in the task's gold.

    The gold is plain data: `{"entry_point": name, "calls": [[args, expected], ...]}`, or `{"tests": ...}` in any form
    `CodeJudge.judge` takes, with an optional `entry_point`, `context` (trusted source for assert text), `before`
    (trusted source in front of every solution), `prelude` (whether the usual libraries need not be imported) and
    `prompt` (what a continuation continues). The judge, and with it any process, starts with the first completion. The
    same code for the same task is run once: of the samples of a good policy most are alike.

    Args:
        timeout: Seconds for all tests of a completion.
        memory_mb: Address space of the judged code.
        partial_credit: Whether the score is the share of tests passed; an easier reward to climb, and to hack.
        judge_options: Further arguments of `CodeJudge`.
    """

    def __init__(
        self, timeout: float = 3.0, memory_mb: int = 512, partial_credit: bool = False, **judge_options: Any
    ) -> None:
        self.partial_credit = partial_credit
        self.options: dict[str, Any] = {"timeout": timeout, "memory_mb": memory_mb, **judge_options}
        self._judge: CodeJudge | None = None
        self._known: OrderedDict[tuple[str, str, str], Verdict] = OrderedDict()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_judge": None, "_known": OrderedDict()}

    @property
    def judge(self) -> CodeJudge:
        """The judge, made when first needed."""
        if self._judge is None:
            self._judge = CodeJudge(**self.options)
        return self._judge

    def verdict(self, task: Task, completion: str) -> Verdict | None:
        """Returns the judge's verdict on the code in a completion, or None where there is none."""
        gold = task.gold
        entry = gold.get("entry_point") or function_of(gold.get("prompt") or "")
        tests = gold["calls"] if "calls" in gold else gold["tests"]
        names = () if entry else asked_of(suite(tests, None, gold.get("context", "")))
        if "prompt" in gold:
            code = continued(gold["prompt"], completion, entry, names) if completion.strip() else ""
        else:
            code = code_of(completion, entry, names)
        if not code.strip():
            return None
        if gold.get("before"):
            code = f"{gold['before']}\n{code}"
        question = task.id, repr(gold), code
        known = self._known.get(question)
        if known is not None:
            return known
        verdict = self.judge.judge(
            code, tests, entry or None, gold.get("context", ""), prelude=bool(gold.get("prelude"))
        )
        if verdict.status in _SETTLED:
            self._known[question] = verdict
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return verdict

    def hearsay(self, task: Task, completion: str) -> tuple[str, ...]:
        """Returns the lines of a task's tests that, for this completion, only its own objects decide."""
        verdict = self.verdict(task, completion)
        return verdict.hearsay_in if verdict is not None else ()

    def __call__(self, task: Task, completion: str) -> Reward:
        """Returns the verdict as a reward; a machine without a sandbox makes it unscorable."""
        verdict = self.verdict(task, completion)
        if verdict is None:
            parts = {"correct": 0.0, "tests": 0.0}
            return Reward(0.0, parts, Status.OK, "no_code", reason="the completion holds no code")
        if verdict.status is Outcome.REFUSED:
            return Reward.unscorable(verdict.reason, "refused")
        share = verdict.passed / verdict.total
        parts = {"correct": float(verdict.score), "tests": share}
        score = share if self.partial_credit else float(verdict.score)
        reason = f"{verdict.reason} [{verdict.level}]".strip()
        return Reward(score, parts, _STATUS[verdict.status], str(verdict.status), reason=reason)

    def close(self) -> None:
        """Ends the judge's processes; the next completion starts new ones."""
        if self._judge is not None:
            self._judge.close()
            self._judge = None
