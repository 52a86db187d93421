"""The audit: everything that is tried on one environment, and the report of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from envs.authoring.auditing.attacks.battery import Battery, Effort
from envs.authoring.auditing.attacks.bench import Bench
from envs.authoring.auditing.attacks.crafted.inside import Inside
from envs.authoring.auditing.attacks.earning import Earning
from envs.authoring.auditing.attacks.probe import AuditProfile, profile_of
from envs.authoring.auditing.attacks.turns import turn_policies
from envs.authoring.auditing.findings import Finding
from envs.authoring.auditing.measures.clock import slow_texts
from envs.authoring.auditing.measures.cues import cues
from envs.authoring.auditing.measures.leaks import Leaks, leaks, sample
from envs.authoring.auditing.measures.secrets import shown_golds
from envs.authoring.auditing.measures.signal import Sampler, Signal, signal_of
from envs.authoring.auditing.measures.stability import score_stability, task_stability
from envs.authoring.auditing.measures.templates import template_duplicates
from envs.authoring.auditing.scoring import Scorer
from envs.authoring.auditing.subjects import distinct_tasks, few_tasks, hearsay_notes, splits_of, subjects_of
from envs.core.environment import TextEnv
from envs.core.registry import EnvSpec
from envs.core.task import Task
from envs.judges.learned.agreement import Agreement, agreement

Say = Callable[[str], None]
_KNOWN = 3  # training tasks that constants are made from, for each task audited
_LEARNT = 300  # training tasks that cues are learnt from


@dataclass(frozen=True)
class AuditReport:
    """What an audit found.

    Attributes:
        name: The environment.
        version: Version of its tasks.
        split: The split whose tasks were used.
        tasks: How many of them.
        scored: How many completions were scored.
        findings: Everything found; those with `accepted` are meant to be.
        earnings: What each policy that knows nothing earned.
        tried: Number of probes by finding code.
        leaks: What held-out splits share with training.
        signal: What GRPO would see, where a policy was given.
        agreements: How far each learned part disagrees with the verifiable one beside it.
        notes: What is no finding and still worth knowing.
        date: When, UTC.
    """

    name: str
    version: str
    split: str
    tasks: int
    scored: int
    findings: tuple[Finding, ...]
    earnings: tuple[Earning, ...]
    tried: Mapping[str, int]
    leaks: tuple[Leaks, ...]
    signal: Signal | None
    agreements: tuple[Agreement, ...]
    notes: tuple[str, ...]
    date: str

    @property
    def open_findings(self) -> tuple[Finding, ...]:
        """The findings that nobody has accepted."""
        return tuple(finding for finding in self.findings if not finding.accepted)

    @property
    def clean(self) -> bool:
        """Whether nothing counts against the environment."""
        return not self.open_findings

    def __str__(self) -> str:
        from envs.authoring.auditing.report import as_text

        return as_text(self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Shows the report, not its fields, where a notebook's cell ends on one."""
        printer.text(str(self))

    def to_json(self) -> dict[str, Any]:
        """Returns plain data."""
        return {
            "name": self.name,
            "version": self.version,
            "split": self.split,
            "tasks": self.tasks,
            "scored": self.scored,
            "clean": self.clean,
            "findings": [finding.to_json() for finding in self.findings],
            "policies": [earning.to_json() for earning in self.earnings],
            "tried": dict(self.tried),
            "splits": [entry.to_json() for entry in self.leaks],
            "signal": None if self.signal is None else self.signal.to_json(),
            "agreements": [entry.to_json() for entry in self.agreements],
            "notes": list(self.notes),
            "date": self.date,
        }


def audit(
    spec: EnvSpec,
    *,
    tasks: int = 24,
    thorough: bool = False,
    seed: int = 0,
    workers: int = 2,
    deadline_s: float = 10.0,
    sampler: Sampler | None = None,
    policy: str = "policy",
    group_size: int = 8,
    say: Say = lambda _: None,
) -> AuditReport:
    """Tries to fool the reward of an environment.

    Args:
        spec: The environment; its `split` argument does not matter.
        tasks: How many held-out tasks to work on.
        thorough: Whether to try some ten times as much: more tasks of each kind, a longer search.
        seed: Decides the random policies.
        workers: Verifier processes.
        deadline_s: Seconds a verifier may take for one completion.
        sampler: A policy whose samples tell whether GRPO has a signal.
        policy: Its name, for the report.
        group_size: Samples of each task from it.
        say: Called with the name of each stage.

    Raises:
        UsageError: There is no such environment, or it cannot be built.
    """
    envs = splits_of(spec)
    held, learnt = _splits_used(envs)
    env, profile = envs[held], profile_of(envs[held])
    chosen = distinct_tasks(env, tasks)
    subjects = subjects_of(env, chosen)
    mute = len(chosen) - len(subjects)
    notes = [f"no oracle for {mute} of {len(chosen)} tasks"] if mute else []
    notes += few_tasks(held, env) + hearsay_notes(env, subjects)
    with Scorer(spec.split(held), max_turns=env.max_turns, workers=workers, deadline_s=deadline_s) as scorer:
        bench = Bench(env, profile, scorer, subjects, seed)
        found = _probe(bench, envs[learnt], spec.split(held), tasks, thorough, say)
        signal = _signal(sampler, policy, spec.split(learnt), tasks, group_size, say)
        found += [*(signal.findings() if signal else ()), *scorer.faults()]
        agreements = _agreements(scorer, profile)
    say("comparing the splits")
    overlaps, shared = overlaps_of(envs)
    found += [finding for entry in overlaps for finding in entry.findings()] + shared
    return AuditReport(
        spec.name, env.tasks.version, held, len(subjects), scorer.count, _accepted(found, profile),
        tuple(bench.earnings), bench.tried, tuple(overlaps), signal, agreements,
        tuple([*notes, *bench.notes]), datetime.now(UTC).strftime("%Y-%m-%d"),
    )  # fmt: skip


def _splits_used(envs: Mapping[str, TextEnv]) -> tuple[str, str]:
    """Returns the split that is audited, held out where there is one, and the one that is trained on."""
    held = next(split for split in ("test", "dev", "train") if split in envs)
    return held, "train" if "train" in envs else held


def _probe(bench: Bench, learnt: TextEnv, spec: EnvSpec, tasks: int, thorough: bool, say: Say) -> list[Finding]:
    """Attacks the reward, and asks whether it gives the same scores to the same tasks elsewhere."""
    env, scorer, subjects = bench.env, bench.scorer, bench.subjects
    inside = Inside(env)
    known = subjects_of(learnt, distinct_tasks(learnt, _KNOWN * tasks))
    say("probing the reward")
    Battery(bench, inside, Effort.thorough() if thorough else Effort()).run(known)
    turn_policies(bench, known)
    found = [*bench.findings, *shown_golds(env, scorer, subjects)]
    say("looking for what keeps the verifier busy")
    found += slow_texts(spec, subjects, inside)
    if env.max_turns == 1:
        say("looking for cues")
        wide = subjects_of(learnt, distinct_tasks(learnt, _LEARNT))
        found += cues(wide, [*subjects, *bench.more])
    say("scoring again in other processes")
    return [*found, *score_stability(scorer, subjects), *task_stability(spec, env)]


def _signal(
    sampler: Sampler | None, policy: str, spec: EnvSpec, tasks: int, group_size: int, say: Say
) -> Signal | None:
    """Samples groups from a policy, where there is one, to see what GRPO would see."""
    if sampler is None:
        return None
    say(f"sampling {policy}")
    return signal_of(policy, sampler(spec, tasks, group_size))


def _agreements(scorer: Scorer, profile: AuditProfile) -> tuple[Agreement, ...]:
    """Compares each learned part with the verifiable one beside it, over all that was scored."""
    if not scorer.scored():
        return ()
    task_ids, rewards = zip(*scorer.scored(), strict=True)
    return tuple(agreement(task_ids, rewards, *parts) for parts in profile.learned.items())


def overlaps_of(envs: Mapping[str, TextEnv]) -> tuple[list[Leaks], list[Finding]]:
    """Compares every held-out split with the training split: by text, and by what a text is but for its details."""
    if "train" not in envs:
        return [], []
    drawn: dict[str, list[Task]] = {split: sample(env) for split, env in envs.items()}
    held = [split for split in ("dev", "test") if split in drawn]
    by_text = [leaks(drawn["train"], drawn[split], ("train", split)) for split in held]
    return by_text, [
        finding
        for split in held
        for finding in template_duplicates(drawn["train"], drawn[split], f"{split} against train")
    ]


def _accepted(found: Iterable[Finding], profile: AuditProfile) -> tuple[Finding, ...]:
    """One finding a code and place; those that the environment means to be carry the author's reason."""
    merged: dict[tuple[str, str], Finding] = {}
    for finding in found:
        merged.setdefault((finding.code, finding.detail), finding)
    return tuple(replace(f, accepted=profile.accepts.get(f.code, "")) for f in merged.values())
