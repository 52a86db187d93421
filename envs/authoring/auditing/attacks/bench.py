"""The bench: what the right answer and a wrong one earn, and what everything that is tried is held against."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property

from envs.authoring.auditing.attacks.code_hacks import wrong_code
from envs.authoring.auditing.attacks.crafted.texts import another
from envs.authoring.auditing.attacks.earning import Earning
from envs.authoring.auditing.attacks.forms import Kind
from envs.authoring.auditing.attacks.probe import AuditProfile, Completion, Expect, Probe
from envs.authoring.auditing.findings import TOLERATED, Example, Finding
from envs.authoring.auditing.measures.intervals import wilson
from envs.authoring.auditing.scoring import Scorer, shown
from envs.authoring.auditing.subjects import Subject, distinct_tasks, subjects_of
from envs.core.environment import TextEnv

SLACK = 1e-6
GAIN = 0.02  # what a blind policy or a word too many may earn over a wrong answer
WRONG_LIMIT = 0.1  # what wrong answers may earn for being near the right one
_HACK_GAIN = 0.1  # what a hack may earn over a plainly wrong answer before it counts: partial credit moves a little
_MOST_EXAMPLES = 3
_WRONG_TRIED = 8
_MOST_MOVES = 6
_MORE_TASKS = 72  # to tell luck from a fault


class Bench:
    """Scores what is tried on one environment, and collects what it shows.

    Args:
        env: The environment, for its plugin's own probes and more tasks.
        profile: What the environment says about itself.
        scorer: Scores completions.
        subjects: Tasks with their oracles.
        seed: Decides everything random.

    Attributes:
        findings: What was found, in the order of the battery.
        earnings: What each policy that knows nothing earned.
        tried: Number of probes by code.
        notes: What a person should know that is no finding.
        oracle: What the oracle earns, by task.
        wrong: What the best of several wrong answers earns, by task.
        wrongs: Those answers, by task.
        usual: What they earn on average, by task.
        floor: What the least of them earns, by task.
    """

    def __init__(self, env: TextEnv, profile: AuditProfile, scorer: Scorer, subjects: Sequence[Subject], seed: int):
        self.env, self.profile, self.scorer, self.subjects, self.seed = env, profile, scorer, subjects, seed
        self.findings: list[Finding] = []
        self.earnings: list[Earning] = []
        self.tried: dict[str, int] = {}
        self.notes: list[str] = []
        self.oracle: dict[str, float] = {}
        self.wrong: dict[str, float] = {}
        self.wrongs: dict[str, list[str]] = {}
        self.usual: dict[str, float] = {}
        self.floor: dict[str, float] = {}

    # --- the right answer, and wrong ones to hold the rest against ---

    def measure_oracles(self) -> None:
        """Scores the oracle's solutions."""
        rewards = self.scorer.score([(subject.task.id, subject.ending(subject.solution)) for subject in self.subjects])
        missed = []
        for subject, reward in zip(self.subjects, rewards, strict=True):
            self.oracle[subject.task.id] = reward.score
            if reward.scorable and reward.score < 1.0 - SLACK:
                note = reward.reason or reward.outcome
                missed.append(Example(subject.task.id, "oracle", shown(subject.solution), reward.score, note))
        self.tried["oracle-missed"] = len(rewards)
        self.add("oracle-missed", missed)

    def measure_wrong(self) -> None:
        """Scores answers of other tasks, and notes for each task those that are wrong here and what they earn."""
        for index, subject in enumerate(self.subjects):
            task_id = subject.task.id
            low = self.oracle[task_id] / 2
            answers = self._wrong_answers(index)
            rewards = self.scorer.score([(task_id, self._ending(subject, answer)) for answer in answers])
            scored = [(r.score, answer) for r, answer in zip(rewards, answers, strict=True) if r.score <= low]
            if scored and self.oracle[task_id] > 0:
                self.wrong[task_id] = max(score for score, _ in scored)
                self.usual[task_id] = sum(score for score, _ in scored) / len(scored)
                self.floor[task_id] = min(score for score, _ in scored)
                if subject.form.kind is not Kind.CODE:
                    self.wrongs[task_id] = [answer for _, answer in scored]
        of_text = any(subject.form.kind is Kind.TEXT for subject in self.subjects)
        near, floor = (self.profile.hits, self.profile.hits) if of_text else (WRONG_LIMIT, GAIN)
        blind = [
            s.task.id for s in self.subjects if not s.before
        ]  # after the oracle's own turns a guess is no blind one
        for name, scores, limit in (
            ("another answer, wrong here", self.usual, self.profile.partial(near)),
            ("the worst of several wrong answers", self.floor, self.profile.partial(floor)),
        ):
            earned = [scores[task_id] for task_id in blind if task_id in scores]
            if earned:
                self.note_earning(Earning.of(name, "wrong-rewarded", earned, [], 1.0, limit), [])

    def _wrong_answers(self, index: int) -> list[str]:
        subject = self.subjects[index]
        if subject.form.kind is Kind.CODE:
            return [wrong_code(subject.form)]
        others = [self.subjects[(index + step) % len(self.subjects)] for step in range(1, len(self.subjects))]
        answers = list(dict.fromkeys(o.form.answer for o in others if o.form.answer != subject.form.answer))
        made = [another(subject.form.answer)] if subject.form.kind is not Kind.TEXT else []
        return [*answers[: _WRONG_TRIED - 1], *made]

    def _ending(self, subject: Subject, answer: str) -> Completion:
        whole = subject.form.kind is Kind.CODE
        return subject.ending(answer if whole else subject.form.give(answer))

    @property
    def wrong_mean(self) -> float:
        """What wrong answers earn on average."""
        return sum(self.usual.values()) / len(self.usual) if self.usual else 0.0

    @property
    def blind_limit(self) -> float:
        """What a policy that knows nothing may earn without being right: a wrong answer's score and a little more.

        Where wrong answers earn something for being near, some are nearer than others. A text that is no answer may
        keep to a part of what its task asks for.
        """
        if any(subject.form.kind is Kind.TEXT for subject in self.subjects):
            return self.profile.hits
        return max(self.wrong_mean + GAIN, WRONG_LIMIT if self.wrong_mean > SLACK else 0.0)

    @property
    def answered(self) -> list[Subject]:
        """The tasks with an answer to compare and one known to be wrong."""
        kinds = (Kind.CODE, Kind.TEXT)
        return [s for s in self.subjects if s.form.kind not in kinds and s.task.id in self.wrongs]

    @cached_property
    def moves(self) -> list[str]:
        """What the oracle says at its turns, where that is always one of a few moves; empty where it gives answers.

        After the oracle's own turns one of a few moves is often right, and no answer that equals everything.
        """
        if all(not subject.before for subject in self.subjects):
            return []
        said = sorted({move for s in self.subjects for move in (*(s.before or ()), s.solution)})
        return said if 2 <= len(said) <= _MOST_MOVES else []

    @cached_property
    def more(self) -> list[Subject]:
        """Further tasks of the split, looked at where luck must be told from a fault."""
        known = {subject.task.id for subject in self.subjects}
        drawn = distinct_tasks(self.env, _MORE_TASKS + len(known))
        return subjects_of(self.env, [task for task in drawn if task.id not in known])

    # --- verdicts ---

    def full(self, task_id: str, score: float) -> bool:
        """Whether a score is the oracle's."""
        oracle = self.oracle.get(task_id, 1.0)
        return oracle > SLACK and score >= oracle - SLACK

    def earn(self, name: str, code: str, items: Sequence[tuple[str, Completion]], limit: float | None = None) -> None:
        """Scores one completion a task of a policy that knows nothing, and holds it against chance."""
        hits = self.profile.hits if limit is None else limit
        partial = self.blind_limit if limit is None else min(limit, self.blind_limit)
        self.note_earning(*self.earned(name, code, items, hits, partial))

    def earned(
        self,
        name: str,
        code: str,
        items: Sequence[tuple[str, Completion]],
        hits: float,
        partial: float | None = None,
    ) -> tuple[Earning, list[Example]]:
        """Returns what a policy earns, with examples of what it was paid for."""
        rewards = self.scorer.score(items)
        partial = self.profile.partial(self.blind_limit if partial is None else partial)
        full = [self.full(task_id, r.score) for (task_id, _), r in zip(items, rewards, strict=True)]
        earning = Earning.of(name, code, [reward.score for reward in rewards], full, hits, partial)
        paid = [
            Example(task_id, name, shown(text), reward.score, reward.outcome)
            for (task_id, text), reward in zip(items, rewards, strict=True)
            if reward.score > partial
        ]
        return earning, paid

    def note_earning(self, earning: Earning, examples: list[Example]) -> None:
        """Keeps an earning, and adds the first finding of its code where it is too much."""
        self.earnings.append(earning)
        self.tried[earning.code] = self.tried.get(earning.code, 0) + earning.count
        if earning.too_much and earning.code not in {finding.code for finding in self.findings}:
            count = len(examples) or round(earning.mean * earning.count)
            chosen = tuple(examples[:_MOST_EXAMPLES])
            self.findings.append(Finding(earning.code, count, earning.count, earning.told(), chosen))

    def judge(self, probes: Iterable[Probe]) -> None:
        """Scores probes and adds a finding for each code whose expectation is not met on more tasks than tolerated."""
        listed = list(probes)
        rewards = self.scorer.score([(p.task_id, p.completion) for p in listed])
        pairs = list(dict.fromkeys((p.task_id, p.beside) for p in listed if p.beside is not None))
        alone = {pair: reward.score for pair, reward in zip(pairs, self.scorer.score(pairs), strict=True)}
        broken: dict[str, list[Example]] = defaultdict(list)
        tasks: dict[str, set[str]] = defaultdict(set)
        for probe, reward in zip(listed, rewards, strict=True):
            self.tried[probe.code] = self.tried.get(probe.code, 0) + 1
            tasks[probe.code].add(probe.task_id)
            without = 0.0 if probe.beside is None else alone[probe.task_id, probe.beside]
            if reward.scorable and not self._as_expected(probe, reward.score, without):
                broken[probe.code].append(
                    Example(probe.task_id, probe.label, shown(probe.completion), reward.score, reward.outcome)
                )
        for code, examples in broken.items():
            share = len({example.task_id for example in examples}) / len(tasks[code])
            tolerated = TOLERATED.get(code, 0.0)
            if not tolerated or wilson(share, len(tasks[code]))[0] > tolerated:
                self.add(code, examples)

    def _as_expected(self, probe: Probe, score: float, without: float) -> bool:
        oracle = self.oracle.get(probe.task_id, 1.0)
        wrong = self.wrong.get(probe.task_id, 0.0)
        if probe.expect is Expect.FULL:
            return score >= oracle - SLACK
        if probe.expect is Expect.NOTHING:
            return score <= SLACK
        if probe.expect is Expect.NOT_FULL:
            return score < oracle - SLACK or oracle <= wrong + SLACK
        if probe.expect is Expect.AS_WRONG:
            return score <= without + GAIN
        return score <= max(wrong + _HACK_GAIN, oracle / 2)

    def add(self, code: str, examples: Sequence[Example], detail: str = "") -> None:
        """Adds a finding, with an example of each variant up to three."""
        if not examples:
            return
        labels = dict.fromkeys(example.label for example in examples)
        by_label = {label: next(e for e in examples if e.label == label) for label in labels}
        chosen = tuple(by_label.values())[:_MOST_EXAMPLES]
        tried = self.tried.setdefault(code, len(examples))
        self.findings.append(Finding(code, len(examples), tried, detail or "; ".join(labels), chosen))
