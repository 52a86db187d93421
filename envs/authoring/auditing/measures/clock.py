"""How long a verifier takes over short texts made to keep it busy."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from envs.authoring.auditing.attacks.crafted.inside import Inside
from envs.authoring.auditing.attacks.crafted.pumps import GENERIC, pumps
from envs.authoring.auditing.attacks.forms import Kind
from envs.authoring.auditing.findings import Example, Finding
from envs.authoring.auditing.scoring import shown
from envs.authoring.auditing.subjects import Subject
from envs.core.episode import Episode
from envs.core.registry import EnvSpec
from envs.core.reward import Status
from envs.workers.pool import VerifierPool

LIMIT_S = 0.1
_SHORT = 400  # characters that may take so long
_TIMES_HONEST = 8.0  # what a verifier that works hard on honest answers may take over others
_DEADLINE_S = 2.0
_LONGER = (0, 1, 2, 8, 64)
_TAIL = 29
_WARM_S = 60.0
_ENOUGH = 2


@dataclass(frozen=True, slots=True)
class _Timed:
    seconds: float
    length: int
    late: bool


def slow_texts(spec: EnvSpec, subjects: Sequence[Subject], inside: Inside) -> Iterator[Finding]:
    """Yields a finding where a text takes longer than 0.1 s, and more of it takes no end; a longer text in proportion.

    So neither a busy machine counts, nor work that grows with the square of a long text, nor a judge that bounds its
    time. A verifier whose honest answers take long, because it runs programs, is held against those.
    """
    chosen = [subject for subject in subjects if subject.form.kind is not Kind.CODE][:1]
    if not chosen:
        return
    with VerifierPool(spec, deadline_s=_DEADLINE_S) as pool:
        yield from _Clock(pool, chosen[0]).findings(inside)


class _Clock:
    """Times one verifier on one task."""

    def __init__(self, pool: VerifierPool, subject: Subject):
        self.pool, self.subject = pool, subject
        self.deadline_s = pool.deadline_s
        self.accidents = 0
        self.limit = LIMIT_S

    def findings(self, inside: Inside) -> Iterator[Finding]:
        """Yields one finding, or none."""
        self._warm()
        honest = [self._time(text).seconds for text in [self.subject.solution] * 2 + ["no answer", "1 2 3"]]
        self.limit = max(LIMIT_S, _TIMES_HONEST * sorted(honest)[1])
        slow: list[Example] = []
        tried = 0
        for text in _texts(self.subject, inside):
            tried += 1
            note = self._endless(text)
            if note:
                slow.append(Example(self.subject.task.id, "busy", shown(text), 0.0, note))
            if len(slow) == _ENOUGH or self.accidents == _ENOUGH:
                break
        if slow:
            yield Finding("slow", len(slow), tried, f"above {self.limit:.2g} s; {slow[0].note}", tuple(slow))

    def _endless(self, text: str) -> str:
        """Returns how long a text takes where it, or more of it, comes to no end; empty for all others."""
        allowed = self.limit * max(1.0, len(text) / _SHORT)
        took = self._time(text)
        if took.late:
            again = self._time(text)
            self.accidents += not again.late
            return f"{took.seconds:.2f} s for {len(text):,} characters" if again.late else ""
        if took.seconds <= allowed:
            return ""
        for times in _LONGER:
            more = self._time(text[:-1] + text[-_TAIL:-1] * times + text[-1:])
            if not times and more.seconds <= allowed:
                return ""  # the machine was busy
            if more.late:
                return f"{took.seconds:.2f} s for {len(text):,} characters, no end for {more.length:,}"
        return ""

    def _time(self, text: str) -> _Timed:
        turns = (*(self.subject.before or ()), text)
        started = time.perf_counter()
        reward = self.pool.finish([Episode(self.subject.task.id, turns)])[0]
        took = _Timed(time.perf_counter() - started, len(text), reward.status is Status.TIMEOUT)
        if took.late:
            self._warm()
        return took

    def _warm(self) -> None:
        """Lets a fresh worker load what it loads: the next text does not pay for that."""
        self.pool.deadline_s = _WARM_S
        self.pool.finish([Episode(self.subject.task.id, (*(self.subject.before or ()), self.subject.solution))])
        self.pool.deadline_s = self.deadline_s


def _texts(subject: Subject, inside: Inside) -> Iterator[str]:
    form = subject.form
    made = [text for pattern, flags in inside.patterns for text in pumps(pattern, flags)]
    for text in dict.fromkeys([*made, *GENERIC]):
        yield text
        if form.kind is not Kind.TEXT:
            yield subject.form.wrap(text)
            yield f"{text}\n{form.wrap('1')}"
