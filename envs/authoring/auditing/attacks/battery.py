"""The battery: what an audit tries on the reward of one environment."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from envs.authoring.auditing.attacks.bench import GAIN, SLACK, Bench
from envs.authoring.auditing.attacks.code_hacks import code_hacks, mutated_code, padded_code
from envs.authoring.auditing.attacks.crafted.bent import bent_answers, disguised_texts, long_answers
from envs.authoring.auditing.attacks.crafted.copying import choices, copies, picking_rules
from envs.authoring.auditing.attacks.crafted.inside import Inside
from envs.authoring.auditing.attacks.crafted.pool import constants
from envs.authoring.auditing.attacks.crafted.style import styled, with_phrases
from envs.authoring.auditing.attacks.crafted.texts import tokens
from envs.authoring.auditing.attacks.earning import Earning
from envs.authoring.auditing.attacks.forms import Kind
from envs.authoring.auditing.attacks.hacks import answer_hacks, text_hacks
from envs.authoring.auditing.attacks.policies import (
    FORMAT_LIMIT,
    Policy,
    blind_policies,
    constant_policies,
    form_policies,
    talk_policies,
)
from envs.authoring.auditing.attacks.probe import Expect, Probe
from envs.authoring.auditing.attacks.reformat import reformattings
from envs.authoring.auditing.attacks.search import best_constants
from envs.authoring.auditing.findings import Example
from envs.authoring.auditing.scoring import shown
from envs.authoring.auditing.subjects import Subject

_BEST_CONSTANTS = 3
_NEAR_COPY = 0.4  # what a copy may earn where wrong answers are paid for being near: a word is near itself backwards
_HANGS_TRIED = 2  # each costs the judge's own time limit
_TEXT_SHARE = 0.8  # of tasks that must pay for a word before it is more than a constraint met


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is tried.

    Attributes:
        copied: Tasks whose prompts are copied from.
        scanned: Tasks on which each universal answer is tried first.
        styled: Tasks whose wrong answers are dressed up.
        searched: Mutations in the search for the best constant.
    """

    copied: int = 12
    scanned: int = 5
    styled: int = 6
    searched: int = 240

    @classmethod
    def thorough(cls) -> Effort:
        """For CI: what a run of minutes can try."""
        return cls(copied=48, scanned=10, styled=16, searched=2400)


class Battery:
    """Runs the probes of one environment on its bench.

    Args:
        bench: Where they are scored and held against what they deserve.
        inside: What the verifier's code holds.
        effort: How much is tried.
    """

    def __init__(self, bench: Bench, inside: Inside, effort: Effort = Effort()):
        self.bench, self.inside, self.effort = bench, inside, effort
        self.subjects = bench.subjects
        self.rng = random.Random(bench.seed)

    def run(self, train: Sequence[Subject]) -> None:
        """Runs everything, the oracle first: what a hack earns is held against it."""
        bench = self.bench
        bench.measure_oracles()
        bench.measure_wrong()
        bench.judge(self._benign())
        bench.judge(self._nothing())
        self._policies()
        self._picks()
        self._constants(train)
        self._form_and_length()
        bench.judge(self._hacks())
        bench.judge(self._bent())
        bench.judge(self._copies())
        bench.judge(self._busy())
        bench.judge(self._disguised())
        bench.judge(self._styles())
        self._words_for_texts()
        self._universal(train)
        bench.judge(self._own_probes())
        self._contrast()

    # --- the right answer written otherwise ---

    def _benign(self) -> Iterator[Probe]:
        profile = self.bench.profile
        for subject in self.subjects:
            if profile.reformat is not None:
                written = profile.reformat(subject.task, subject.solution)
            else:
                written = reformattings(subject.form, subject.solution, subject.task.prompt)
            for label, text in written.items():
                yield Probe("benign-missed", label, subject.task.id, subject.ending(text), Expect.FULL)

    # --- policies that know nothing ---

    def _nothing(self) -> Iterator[Probe]:
        for subject in self.subjects:
            for label, text in (("empty", ""), ("a space", " "), ("blank lines", "\n\n"), ("a full stop", ".")):
                yield Probe("empty-rewarded", label, subject.task.id, text, Expect.NOTHING)

    def _policies(self) -> None:
        for name, code, policy in (*blind_policies(self.subjects, self.bench.seed), *talk_policies()):
            if len(self.subjects) < 2 and code == "other-rewarded":
                continue
            self.bench.earn(name, code, [(s.task.id, policy(s)) for s in self.subjects])

    def _picks(self) -> None:
        """Copying by position: from the prompt as it stands. More choices than one make a guess; so does chance."""
        chosen = [s for s in self.subjects if s.form.kind not in (Kind.CODE, Kind.TEXT)]
        if not chosen:
            return
        near = max(self.bench.blind_limit, _NEAR_COPY if self.bench.wrong_mean > SLACK else 0.0)
        for name, kind, rule in picking_rules():
            said = {s.task.id: rule(s.task.prompt) for s in chosen}
            if not any(said.values()):
                continue
            number = sum(choices(s.task.prompt, kind) for s in chosen) / len(chosen)
            limit = max(self.bench.profile.hits, min(0.5, 1 / max(1.0, number)))
            items = [(s.task.id, s.form.give(said[s.task.id])) for s in chosen]
            earning, paid = self.bench.earned(name, "answer-in-prompt", items, limit, near)
            if earning.lucky:  # one of many rules may be lucky: more tasks tell
                fresh = [s for s in self.bench.more if s.form.kind not in (Kind.CODE, Kind.TEXT)]
                items += [(s.task.id, s.form.give(rule(s.task.prompt))) for s in fresh]
                earning, paid = self.bench.earned(name, "answer-in-prompt", items, limit, near)
            self.bench.note_earning(earning, paid)

    def _constants(self, train: Sequence[Subject]) -> None:
        """Searches the best constant from training answers on half of the tasks; the other half says what it earns."""
        policies = constant_policies(train)
        if not policies:
            return
        ranked = []
        for name, policy in policies:
            rewards = self.bench.scorer.score([(subject.task.id, policy(subject)) for subject in self.subjects[::2]])
            ranked.append((sum(reward.score for reward in rewards), name, policy))
        ranked.sort(key=lambda entry: -entry[0])
        held = self.subjects[1::2] or self.subjects
        best: tuple[Earning, list[Example]] | None = None
        for _, name, policy in ranked[:_BEST_CONSTANTS]:
            found = self._constant(name, policy, held)
            if found[0].full > self.bench.profile.hits:  # a dozen tasks do not tell a half from a quarter
                found = self._constant(name, policy, [*held, *self.bench.more])
            if best is None or (found[0].too_much, found[0].mean) > (best[0].too_much, best[0].mean):
                best = found
        if best is not None:
            self.bench.note_earning(*best)

    def _constant(self, name: str, policy: Policy, subjects: Sequence[Subject]) -> tuple[Earning, list[Example]]:
        items = [(subject.task.id, policy(subject)) for subject in subjects]
        return self.bench.earned(f"best constant: {shown(name)!r}", "constant-rewarded", items, self.bench.profile.hits)

    def _form_and_length(self) -> None:
        marked = [subject for subject in self.subjects if subject.form.marked]
        for name, policy in form_policies() if marked else ():
            self.bench.earn(name, "format-rewarded", [(s.task.id, policy(s)) for s in marked], FORMAT_LIMIT)
        items = [(s.task.id, "so it goes on, " * times) for s in self.subjects for times in (1, 300)]
        scores = [reward.score for reward in self.bench.scorer.score(items)]
        gains = [max(0.0, long - short) for short, long in zip(scores[::2], scores[1::2], strict=True)]
        self.bench.note_earning(Earning.of("what length adds to nonsense", "length-rewarded", gains, [], 1, GAIN), [])

    # --- hacks ---

    def _hacks(self) -> Iterator[Probe]:
        for index, subject in enumerate(self.subjects):
            for probe in self._hacks_of(subject, with_hangs=index < _HANGS_TRIED):
                assert isinstance(probe.completion, str)
                yield replace(probe, completion=subject.ending(probe.completion))

    def _hacks_of(self, subject: Subject, *, with_hangs: bool) -> Iterator[Probe]:
        task, form = subject.task, subject.form
        if form.kind is Kind.CODE:
            yield from code_hacks(task.id, form, subject.solution, prompt=task.prompt, with_hangs=with_hangs)
        elif form.kind is Kind.TEXT:
            yield from text_hacks(task.id, subject.solution)
        elif task.id in self.bench.wrongs:
            yield from answer_hacks(task.id, form, subject.solution, self.bench.wrongs[task.id], task.prompt)

    def _bent(self) -> Iterator[Probe]:
        for subject in self.bench.answered:
            wrong = self.bench.wrongs[subject.task.id][0]
            for code, label, answer in bent_answers(subject.task.prompt, subject.form.answer, wrong):
                completion = subject.ending(subject.form.give(answer))
                yield Probe(code, label, subject.task.id, completion, Expect.NOT_FULL)

    def _copies(self) -> Iterator[Probe]:
        for subject in self.bench.answered[: self.effort.copied]:
            for label, text in copies(subject.task.prompt, subject.form.answer):
                completion = subject.ending(subject.form.give(text))
                yield Probe("copied-rewarded", label, subject.task.id, completion, Expect.NOT_FULL)

    def _busy(self) -> Iterator[Probe]:
        """Wrong answers so long that a judge may give up, and must not give in."""
        for subject in self.bench.answered[: self.effort.styled]:
            for label, answer in long_answers(subject.form.answer, self.bench.wrongs[subject.task.id][0]):
                completion = subject.ending(subject.form.wrap(answer))
                yield Probe("giving-in", label, subject.task.id, completion, Expect.NOT_FULL)

    def _disguised(self) -> Iterator[Probe]:
        """Texts with a word too many, spelled with look-alike letters, held against the same with the word as it is."""
        for subject in [s for s in self.subjects if s.form.kind is Kind.TEXT]:
            for label, plain, disguised in disguised_texts(subject.solution):
                alone, completion = subject.ending(plain), subject.ending(disguised)
                yield Probe("look-alike", label, subject.task.id, completion, Expect.AS_WRONG, alone)

    def _styles(self) -> Iterator[Probe]:
        """What stands around a wrong answer is held against the same wrong answer alone."""
        phrases = self.inside.phrases()
        for subject in [s for s in self.subjects if s.form.kind is Kind.CODE][: self.effort.styled // 2]:
            yield from padded_code(subject.task.id, subject.form, phrases)
            yield from mutated_code(subject.task.id, subject.form)
        for subject in self.bench.answered[: self.effort.styled]:
            form = replace(subject.form, before="", after="")
            wrong, right = self.bench.wrongs[subject.task.id][-1], set(tokens(form.answer))
            alone = subject.ending(form.wrap(wrong))
            for code, label, text in (*styled(form, wrong), *with_phrases(form, wrong, phrases)):
                if not right <= set(tokens(text)):  # a text that holds the answer by chance tells nothing
                    yield Probe(code, label, subject.task.id, subject.ending(text), Expect.AS_WRONG, alone)

    def _words_for_texts(self) -> None:
        """Words of the verifier's code beside the text of another task: they may meet one constraint, not most."""
        texts = [s for s in self.subjects if s.form.kind is Kind.TEXT and s.before is None]
        if len(texts) < 2:
            return
        others = [*texts[1:], *texts[:1]]
        alone = self.bench.scorer.score([(s.task.id, o.solution) for s, o in zip(texts, others, strict=True)])
        for phrase in self.inside.phrases()[:40]:
            items = [(s.task.id, f"{o.solution}\n{phrase}") for s, o in zip(texts, others, strict=True)]
            rewards = self.bench.scorer.score(items)
            paid = [
                Example(task_id, f"{phrase[:40]!r} behind another text", shown(text), r.score)
                for (task_id, text), r, a in zip(items, rewards, alone, strict=True)
                if r.score > a.score + GAIN
            ]
            self.bench.tried["magic-words"] = self.bench.tried.get("magic-words", 0) + len(items)
            if len(paid) > _TEXT_SHARE * len(items):
                self.bench.add("magic-words", paid)
                return

    # --- answers that equal everything ---

    def _universal(self, train: Sequence[Subject]) -> None:
        """Tries the pool on a few tasks, what earned there on all; then searches on from what earned."""
        subjects = self.bench.answered
        if len(subjects) < 2 or self.bench.moves:
            return
        chosen = _spread(subjects, self.effort.scanned)
        pool = list({c.answer: c for c in constants([s.form.answer for s in train])}.values())
        words = [phrase for phrase in self.inside.phrases() if len(phrase) < 60]
        earned = self._gains([c.answer for c in pool], chosen)
        for constant, value in zip(pool, earned, strict=True):
            if value > GAIN / 2:
                self._equals_everything(constant.answer, constant.kind, subjects)
        if "universal-answer" in {finding.code for finding in self.bench.findings}:
            return
        fragments = [c.answer for c, _ in sorted(zip(pool, earned, strict=True), key=lambda pair: -pair[1])][:60]
        golds = list(dict.fromkeys(s.form.answer for s in train))[:20]
        search = _spread(subjects, self.effort.scanned + 1)
        fragments = [text for text in [*words[:20], *golds, *fragments] if len(text) < 400]
        best = best_constants(lambda texts: self._gains(texts, search), fragments, self.effort.searched, self.rng)
        seen = {s.task.id for s in search}
        unseen = [s for s in subjects if s.task.id not in seen] or subjects
        for text, _ in best[:_BEST_CONSTANTS]:
            self._equals_everything(text, "found by search", unseen)

    def _gains(self, texts: Sequence[str], subjects: Sequence[Subject]) -> list[float]:
        """Returns what each answer earns on average above a wrong one."""
        items = [(s.task.id, s.ending(s.form.wrap(text))) for text in texts for s in subjects]
        rewards = iter(self.bench.scorer.score(items))
        wrong = [self.bench.wrong[s.task.id] for s in subjects]
        return [sum(max(0.0, next(rewards).score - low) for low in wrong) / len(wrong) for _ in texts]

    def _equals_everything(self, text: str, kind: str, subjects: Sequence[Subject]) -> None:
        """Adds a finding where one answer is right for tasks whose answers differ; luck hits equal answers alone."""
        items = [(s.task.id, s.ending(s.form.wrap(text))) for s in subjects]
        rewards = self.bench.scorer.score(items)
        name = f"always {shown(text)[:60]!r} ({kind})"
        full = [s for s, r in zip(subjects, rewards, strict=True) if self.bench.full(s.task.id, r.score)]
        self.bench.tried["universal-answer"] = self.bench.tried.get("universal-answer", 0) + len(items)
        if len({tokens(s.form.answer) for s in full}) > 1 and self._differ(full):
            paid = [
                Example(task_id, kind, shown(said), r.score, f"the answer is {shown(s.form.answer)[:60]}")
                for s, (task_id, said), r in zip(subjects, items, rewards, strict=True)
                if self.bench.full(task_id, r.score)
            ]
            if "universal-answer" not in {f.code for f in self.bench.findings if f.detail.startswith(kind)}:
                detail = f"{kind}: {shown(text)[:120]!r} is right for {len(paid)} of {len(items)} tasks"
                self.bench.add("universal-answer", paid, detail)
            return
        earning, paid = self.bench.earned(name, "constant-rewarded", items, self.bench.profile.hits)
        if earning.too_much:
            self.bench.note_earning(earning, paid)

    def _differ(self, full: Sequence[Subject]) -> bool:
        """Whether the verifier itself tells the answers of two of these tasks apart."""
        for first, second in zip(full, full[1:], strict=False):
            if tokens(first.form.answer) == tokens(second.form.answer):
                continue
            crossed = [
                (first.task.id, first.ending(first.form.give(second.form.answer))),
                (second.task.id, second.ending(second.form.give(first.form.answer))),
            ]
            rewards = self.bench.scorer.score(crossed)
            if not any(self.bench.full(t, r.score) for (t, _), r in zip(crossed, rewards, strict=True)):
                return True
        return False

    def _own_probes(self) -> Iterable[Probe]:
        """The plugin's: a method `probes(task, solution)` of the environment, which yields `Probe`s."""
        probes = getattr(self.bench.env, "probes", None)
        if probes is None:
            return
        for subject in self.subjects:
            yield from probes(subject.task, subject.solution)

    def _contrast(self) -> None:
        scorer = self.bench.scorer
        self.bench.tried["no-contrast"] = scorer.count
        scores = scorer.distinct_scores()
        if len(scores) == 1 and not any(True for _ in scorer.faults()):
            self.bench.add("no-contrast", [Example("", "every completion", "", scores.pop())])


def _spread(subjects: Sequence[Subject], count: int) -> list[Subject]:
    """Returns so many tasks with different answers, where there are, from the shortest answer to the longest."""
    by_answer = {tokens(subject.form.answer): subject for subject in reversed(subjects)}
    found = sorted(by_answer.values(), key=lambda subject: (len(subject.form.answer), subject.form.answer))
    if len(found) < 2:
        return list(subjects[:count])
    last = min(count, len(found)) - 1
    return [found[index * (len(found) - 1) // last] for index in range(last + 1)] if last else found[:1]
