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
_TIMES_HONEST = 8.0  # what a verifier that works hard on honest answers may take over others
_DEADLINE_S = 2.0
_TRIES = 3
_ENOUGH = 3


@dataclass(frozen=True, slots=True)
class _Timed:
    seconds: float
    late: bool


def slow_texts(spec: EnvSpec, subjects: Sequence[Subject], inside: Inside) -> Iterator[Finding]:
    """Yields a finding where a text of at most a few thousand characters takes longer than 0.1 s, three times over.

    A verifier whose honest answers take long, because it runs programs, is held against those.
    """
    chosen = [subject for subject in subjects if subject.form.kind is not Kind.CODE][:1]
    if not chosen:
        return
    subject = chosen[0]
    with VerifierPool(spec, deadline_s=_DEADLINE_S) as pool:
        honest = [_time(pool, subject, text).seconds for text in [subject.solution] * 2 + ["no answer", "1 2 3"]]
        limit = max(LIMIT_S, _TIMES_HONEST * sorted(honest)[1])
        slow: list[Example] = []
        tried = 0
        for text in _texts(subject, inside):
            tried += 1
            took = _time(pool, subject, text)
            spent = took.seconds if took.late else 0.0
            if took.seconds > limit and (spent or (spent := _confirmed(pool, subject, text, limit))):
                note = f"{spent:.2f} s for {len(text):,} characters"
                slow.append(Example(subject.task.id, "busy", shown(text), 0.0, note))
                if len(slow) == _ENOUGH:
                    break
    if slow:
        yield Finding("slow", len(slow), tried, f"above {limit:.2g} s; {slow[0].note}", tuple(slow))


def _texts(subject: Subject, inside: Inside) -> Iterator[str]:
    form = subject.form
    made = [text for pattern, flags in inside.patterns for text in pumps(pattern, flags)]
    for text in dict.fromkeys([*made, *GENERIC]):
        yield text
        if form.kind is not Kind.TEXT:
            yield subject.form.wrap(text)
            yield f"{text}\n{form.wrap('1')}"


def _time(pool: VerifierPool, subject: Subject, text: str) -> _Timed:
    turns = (*(subject.before or ()), text)
    started = time.perf_counter()
    reward = pool.finish([Episode(subject.task.id, turns)])[0]
    return _Timed(time.perf_counter() - started, reward.status is Status.TIMEOUT)


def _confirmed(pool: VerifierPool, subject: Subject, text: str, limit: float) -> float:
    """Returns the shortest of three times, which other processes cannot make longer than it is; 0 where it is short.

    Each try is another text by a blank at its end, lest a verifier's own cache answer.
    """
    shortest = float("inf")
    for count in range(1, _TRIES + 1):
        shortest = min(shortest, _time(pool, subject, text + " " * count).seconds)
        if shortest <= limit:
            return 0.0
    return shortest
