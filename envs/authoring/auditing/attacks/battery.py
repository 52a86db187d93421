"""The battery: what an audit tries on the reward of one environment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from envs.authoring.auditing.attacks.code_hacks import code_hacks, wrong_code
from envs.authoring.auditing.attacks.forms import Kind
from envs.authoring.auditing.attacks.hacks import answer_hacks, text_hacks
from envs.authoring.auditing.attacks.policies import (
    FORMAT_LIMIT,
    Earning,
    blind_policies,
    constant_policies,
    form_policies,
)
from envs.authoring.auditing.attacks.probe import AuditProfile, Expect, Probe
from envs.authoring.auditing.attacks.reformat import reformattings
from envs.authoring.auditing.findings import Example, Finding
from envs.authoring.auditing.scoring import Scorer, shown
from envs.authoring.auditing.subjects import Subject
from envs.core.environment import TextEnv

SLACK = 1e-6
_GAIN = 0.1  # what a hack may earn over a plainly wrong answer before it counts: partial credit moves a little
_MOST_EXAMPLES = 3
_WRONG_TRIED = 8
_BEST_CONSTANTS = 3
_LONG = 300
_HANGS_TRIED = 2  # each costs the judge's own time limit


class Battery:
    """Runs the probes of one environment and collects what they show.

    Args:
        env: The environment, for its plugin's own probes.
        profile: What the environment says about itself.
        scorer: Scores completions.
        subjects: Tasks with their oracles.
        seed: Decides the random policies.

    Attributes:
        findings: What was found, in the order of the battery.
        earnings: What each policy that knows nothing earned.
        tried: Number of probes by code.
        notes: What a person should know that is no finding.
    """

    def __init__(self, env: TextEnv, profile: AuditProfile, scorer: Scorer, subjects: Sequence[Subject], seed: int):
        self.env, self.profile, self.scorer, self.subjects, self.seed = env, profile, scorer, subjects, seed
        self.findings: list[Finding] = []
        self.earnings: list[Earning] = []
        self.tried: dict[str, int] = {}
        self.notes: list[str] = []
        self.oracle: dict[str, float] = {}
        self.wrong: dict[str, float] = {}

    def run(self, train: Sequence[Subject]) -> None:
        """Runs everything, the oracle first: what a hack earns is held against it."""
        self._oracles()
        wrongs = self._wrong_answers()
        self._judge(self._benign())
        self._judge(self._nothing())
        self._policies()
        self._constants(train)
        self._form_and_length()
        self._judge(self._hacks(wrongs))
        self._judge(self._own_probes())
        self._contrast()

    # --- the right answer, and a wrong one to hold hacks against ---

    def _oracles(self) -> None:
        rewards = self.scorer.score([(subject.task.id, subject.ending(subject.solution)) for subject in self.subjects])
        missed = []
        for subject, reward in zip(self.subjects, rewards, strict=True):
            self.oracle[subject.task.id] = reward.score
            if reward.scorable and reward.score < 1.0 - SLACK:
                note = reward.reason or reward.outcome
                missed.append(Example(subject.task.id, "oracle", shown(subject.solution), reward.score, note))
        self.tried["oracle-missed"] = len(rewards)
        self._add("oracle-missed", missed)

    def _wrong_answers(self) -> dict[str, list[str]]:
        """Returns for each task answers of other tasks that are wrong here, and notes what the first one earns."""
        found: dict[str, list[str]] = {}
        for index, subject in enumerate(self.subjects):
            task_id = subject.task.id
            if subject.form.kind is Kind.CODE:
                self.wrong[task_id] = self.scorer.score([(task_id, subject.ending(wrong_code(subject.form)))])[0].score
                continue
            others = [self.subjects[(index + step) % len(self.subjects)] for step in range(1, len(self.subjects))]
            answers = list(dict.fromkeys(o.form.answer for o in others if o.form.answer != subject.form.answer))
            answers = answers[:_WRONG_TRIED]
            rewards = self.scorer.score([(task_id, subject.ending(subject.form.give(answer))) for answer in answers])
            low = self.oracle[task_id] / 2
            scored = [(r.score, answer) for r, answer in zip(rewards, answers, strict=True) if r.score <= low]
            if scored and self.oracle[task_id] > 0:
                found[task_id] = [answer for _, answer in scored]
                self.wrong[task_id] = max(score for score, _ in scored)
        return found

    def _benign(self) -> Iterator[Probe]:
        for subject in self.subjects:
            if self.profile.reformat is not None:
                written = self.profile.reformat(subject.task, subject.solution)
            else:
                written = reformattings(subject.form, subject.solution)
            for label, text in written.items():
                yield Probe("benign-missed", label, subject.task.id, subject.ending(text), Expect.FULL)

    # --- policies that know nothing ---

    def _nothing(self) -> Iterator[Probe]:
        for subject in self.subjects:
            for label, text in (("empty", ""), ("a space", " "), ("blank lines", "\n\n")):
                yield Probe("empty-rewarded", label, subject.task.id, text, Expect.NOTHING)

    def _policies(self) -> None:
        for name, code, policy in blind_policies(self.subjects, self.seed):
            if len(self.subjects) < 2 and code == "other-rewarded":
                continue
            self._earn(name, code, [(s.task.id, policy(s)) for s in self.subjects], self.profile.chance)

    def _constants(self, train: Sequence[Subject]) -> None:
        """Searches the best constant from training answers on half of the tasks; the other half says what it earns."""
        policies = constant_policies(train)
        if not policies:
            return
        ranked = []
        for name, policy in policies:
            rewards = self.scorer.score([(subject.task.id, policy(subject)) for subject in self.subjects[::2]])
            ranked.append((sum(reward.score for reward in rewards), name, policy))
        ranked.sort(key=lambda entry: -entry[0])
        held = self.subjects[1::2] or self.subjects
        best: Earning | None = None
        for _, name, policy in ranked[:_BEST_CONSTANTS]:
            scores = [reward.score for reward in self.scorer.score([(s.task.id, policy(s)) for s in held])]
            earning = Earning.of(f"best constant: {shown(name)!r}", "constant-rewarded", scores, self.profile.chance)
            best = earning if best is None or earning.mean > best.mean else best
        if best is not None:
            self._earned(best, [])

    def _form_and_length(self) -> None:
        marked = [subject for subject in self.subjects if subject.form.marked]
        for name, policy in form_policies() if marked else ():
            self._earn(name, "format-rewarded", [(s.task.id, policy(s)) for s in marked], FORMAT_LIMIT)
        items = [(s.task.id, "so it goes on, " * times) for s in self.subjects for times in (1, _LONG)]
        scores = [reward.score for reward in self.scorer.score(items)]
        gains = [max(0.0, long - short) for short, long in zip(scores[::2], scores[1::2], strict=True)]
        self._earned(Earning.of("what length adds to nonsense", "length-rewarded", gains, _GAIN / 2), [])

    def _earn(self, name: str, code: str, items: list[tuple[str, str]], limit: float) -> None:
        rewards = self.scorer.score(items)
        paid = [
            Example(task_id, name, shown(text), reward.score, reward.outcome)
            for (task_id, text), reward in zip(items, rewards, strict=True)
            if reward.score > limit
        ]
        self._earned(Earning.of(name, code, [reward.score for reward in rewards], limit), paid)

    def _earned(self, earning: Earning, examples: list[Example]) -> None:
        self.earnings.append(earning)
        self.tried[earning.code] = self.tried.get(earning.code, 0) + earning.count
        if earning.too_much and earning.code not in {finding.code for finding in self.findings}:
            detail = (
                f"{earning.name} earns {earning.mean:.2f} [{earning.low:.2f}, {earning.high:.2f}];"
                f" the limit is {earning.limit:g}"
            )
            count = len(examples) or round(earning.mean * earning.count)
            chosen = tuple(examples[:_MOST_EXAMPLES])
            self.findings.append(Finding(earning.code, count, earning.count, detail, chosen))

    # --- hacks ---

    def _hacks(self, wrongs: dict[str, list[str]]) -> Iterator[Probe]:
        for index, subject in enumerate(self.subjects):
            for probe in self._hacks_of(subject, wrongs, with_hangs=index < _HANGS_TRIED):
                assert isinstance(probe.completion, str)
                yield replace(probe, completion=subject.ending(probe.completion))

    def _hacks_of(self, subject: Subject, wrongs: dict[str, list[str]], *, with_hangs: bool) -> Iterator[Probe]:
        task_id, form = subject.task.id, subject.form
        if form.kind is Kind.CODE:
            yield from code_hacks(task_id, form, subject.solution, with_hangs=with_hangs)
        elif form.kind is Kind.TEXT:
            yield from text_hacks(task_id, subject.solution)
        elif task_id in wrongs:
            yield from answer_hacks(task_id, form, subject.solution, wrongs[task_id])

    def _own_probes(self) -> Iterable[Probe]:
        """The plugin's: a method `probes(task, solution)` of the environment, which yields `Probe`s."""
        probes = getattr(self.env, "probes", None)
        if probes is None:
            return
        for subject in self.subjects:
            yield from probes(subject.task, subject.solution)

    def _judge(self, probes: Iterable[Probe]) -> None:
        """Scores probes and adds a finding for each code whose expectation is not met."""
        listed = list(probes)
        broken: dict[str, list[Example]] = defaultdict(list)
        for probe, reward in zip(listed, self.scorer.score([(p.task_id, p.completion) for p in listed]), strict=True):
            self.tried[probe.code] = self.tried.get(probe.code, 0) + 1
            if reward.scorable and not self._as_expected(probe, reward.score):
                broken[probe.code].append(
                    Example(probe.task_id, probe.label, shown(probe.completion), reward.score, reward.outcome)
                )
        for code, examples in broken.items():
            self._add(code, examples)

    def _as_expected(self, probe: Probe, score: float) -> bool:
        oracle = self.oracle.get(probe.task_id, 1.0)
        wrong = self.wrong.get(probe.task_id, 0.0)
        if probe.expect is Expect.FULL:
            return score >= oracle - SLACK
        if probe.expect is Expect.NOTHING:
            return score <= SLACK
        if probe.expect is Expect.NOT_FULL:
            return score < oracle - SLACK or oracle <= wrong + SLACK
        return score <= max(wrong + _GAIN, oracle / 2)

    def _contrast(self) -> None:
        self.tried["no-contrast"] = self.scorer.count
        scores = self.scorer.distinct_scores()
        if len(scores) == 1 and not any(True for _ in self.scorer.faults()):
            self._add("no-contrast", [Example("", "every completion", "", scores.pop())])

    def _add(self, code: str, examples: Sequence[Example]) -> None:
        if not examples:
            return
        labels = dict.fromkeys(example.label for example in examples)
        by_label = {label: next(e for e in examples if e.label == label) for label in labels}
        chosen = tuple(by_label.values())[:_MOST_EXAMPLES]
        self.findings.append(Finding(code, len(examples), self.tried[code], "; ".join(labels), chosen))
