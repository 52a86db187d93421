"""Policies for episodes of several turns: an answer that the environment told, and another guess at every turn."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from envs.authoring.auditing.attacks.bench import Bench
from envs.authoring.auditing.attacks.crafted.copying import spans_of
from envs.authoring.auditing.attacks.probe import Completion, Expect, Probe
from envs.authoring.auditing.subjects import Subject
from envs.core.environment import TextEnv
from envs.core.reward import Reward

_KINDS = ("number", "quotation", "what follows a colon", "name", "word")
_STOPPED = 4
_CIRCLED = 0.1
_ENDING = (
    "stop", "done", "finish", "end", "quit", "exit", "submit", "no more", "That is all.", "STOP", "DONE", "I am done.",
    "FINAL", "final answer", "finished", "Goodbye.", "thank you", "",
)  # fmt: skip
_ASKING = ("I do not know.", "I give up. What is the answer?", "hint", "help", "give up", "?", "pass", "skip")


def turn_policies(bench: Bench, train: Sequence[Subject]) -> None:
    """Plays every episode by guessing through the answers of training, and by saying what it was told."""
    env, subjects = bench.env, bench.subjects
    if env.max_turns < 2 or not subjects:
        return
    bench.judge(early_stops(bench))
    guesses = list(dict.fromkeys(s.form.answer for s in train))[: env.max_turns]
    if len(guesses) == env.max_turns and len(subjects[0].before or ()) < env.max_turns - 1:
        items: list[tuple[str, Completion]] = [
            (s.task.id, tuple(s.form.wrap(guess) for guess in guesses)) for s in subjects
        ]
        bench.earn("another guess at every turn", "guessing", [(t, _cut(env, t, turns)) for t, turns in items])
    _circles(bench)
    for kind in _KINDS:
        for name, index in (("first", 0), ("last", -1)):
            told = [(s.task.id, turns) for s in subjects if (turns := _told(env, s, kind, index))]
            if len(told) > len(subjects) / 2:
                bench.earn(f"saying the {name} {kind} that it was told", "told-answer", told)


def _circles(bench: Bench) -> None:
    """Says two moves in turn until the end, and each of them alone: where they undo each other nothing is earned."""
    if bench.env.max_turns < _STOPPED:
        return
    subjects, turns = bench.subjects, bench.env.max_turns

    def played(*said: str) -> list[tuple[str, Completion]]:
        whole = tuple(said[turn % len(said)] for turn in range(turns))
        return [(s.task.id, _cut(bench.env, s.task.id, whole)) for s in subjects]

    def mean(items: list[tuple[str, Completion]]) -> float:
        return sum(reward.score for reward in bench.scorer.score(items)) / len(items)

    alone = {move: mean(played(move)) for move in bench.moves}
    for one, other in itertools.combinations(bench.moves, 2):
        earning, paid = bench.earned(
            f"{one[:30]!r} and {other[:30]!r} in turn", "circling", played(one, other), bench.profile.hits, 1.0
        )
        if earning.mean > max(alone[one], alone[other], bench.blind_limit) + _CIRCLED:
            bench.note_earning(earning, paid)


def early_stops(bench: Bench) -> Iterator[Probe]:
    """Yields perfect episodes that are ended before their end, with every word that may end one."""
    for subject in bench.subjects[:_STOPPED]:
        before = subject.before or ()
        quoted = spans_of(subject.task.prompt, "quotation") + spans_of(subject.task.prompt, "comment")
        tagged = re.findall(r">([^<>\n]{1,30})</", subject.task.prompt)
        words = dict.fromkeys([*_ENDING, *quoted, *tagged])
        for count in range(len(before) + 1):
            for word in words:
                for said in dict.fromkeys((word, subject.form.wrap(word))):
                    turns = (*before[:count], said)
                    if bench.env.max_turns >= len(turns) and not (count == len(before) and said == subject.solution):
                        yield Probe(
                            "early-stop", f"{word!r} after {count} turns", subject.task.id, turns, Expect.NOT_FULL
                        )


def _cut(env: TextEnv, task_id: str, turns: Completion) -> Completion:
    """Returns the turns that the episode takes before it ends by itself."""
    task = env.tasks.get(task_id)
    for count in range(1, len(turns) + 1):
        if isinstance(env.respond(task, tuple(turns[:count])), Reward):
            return tuple(turns[:count])
    return turns


def _told(env: TextEnv, subject: Subject, kind: str, index: int) -> tuple[str, ...]:
    """Returns an episode that asks for help or says something wrong, and then what the answer to it said."""
    for said in _openings(subject):
        answer = env.respond(subject.task, (said,))
        if isinstance(answer, Reward) or not _informs(answer.text, subject.task.prompt):
            continue
        spans = [span for span in spans_of(answer.text, kind) if span not in said]
        if spans:
            turns = (said, subject.form.wrap(spans[index]))
            return tuple(_cut(env, subject.task.id, turns))
    return ()


def _openings(subject: Subject) -> Iterator[str]:
    yield subject.form.wrap("0")
    yield from _ASKING


def _informs(text: str, prompt: str) -> bool:
    return bool(set(re.findall(r"\w+", text)) - set(re.findall(r"\w+", prompt)))
