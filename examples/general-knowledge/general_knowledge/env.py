"""Correctness, relevance and coherence of a short reply, by rules that can be read.

grpo env play general-knowledge
grpo train --env general-knowledge --steps 20
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from envs import Part, Reward, Rubric, Task, TextEnv, reply_of, sentences
from envs.authoring import AuditProfile, Expect, Probe

from .questions import Questions

MIN_WORDS, MAX_WORDS = 4, 120
_WORD = re.compile(r"[a-z][a-z'-]*")
_SMALL = frozenset(
    "a an and are as at by for from has have i in is it no not of on or she that the to was with".split()
)


def _holds(text: str, phrase: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", text) is not None


def correct(task: Task, completion: str) -> float:
    """1 where the reply holds a word of every group that the answer needs, and none of the wrong answers."""
    text = reply_of(completion).casefold()
    complete = all(any(_holds(text, phrase) for phrase in group) for group in task.gold["needs"])
    return float(complete and not any(_holds(text, rival) for rival in task.gold["rivals"]))


def relevant(task: Task, completion: str) -> float:
    """1 where the reply speaks of what was asked."""
    text = reply_of(completion).casefold()
    return float(any(_holds(text, word) for word in task.gold["topic"]))


def coherent(task: Task, completion: str) -> float:
    """1 for 4 to 120 words in whole sentences that do not repeat themselves; keywords in a row are no sentence."""
    reply = reply_of(completion)
    words = _WORD.findall(reply.casefold())
    if not MIN_WORDS <= len(words) <= MAX_WORDS or not reply.rstrip().endswith((".", "!", "?")):
        return 0.0
    small = sum(word in _SMALL for word in words) / len(words)
    fresh = len(set(zip(words, words[1:], strict=False))) / (len(words) - 1)
    whole = all(piece[0].isupper() for piece in sentences(reply))
    return float(small >= 0.15 and fresh >= 0.7 and whole)


class GeneralKnowledge(TextEnv):
    """Five short questions; what is not a correct, coherent sentence earns nothing for being relevant."""

    summary = "Five questions of general knowledge, scored for correctness, relevance and coherence"
    parts = {
        "correct": "1 where the reply holds what the answer needs and no wrong answer, in a coherent form",
        "relevant": "1 where a correct reply speaks of what was asked",
        "coherent": "1 for whole sentences that do not repeat themselves",
    }
    audit_profile = AuditProfile(whole_text=True)

    def probes(self, task: Task, solution: str) -> Iterator[Probe]:
        """What the audit cannot know: keywords without a sentence, and a wrong answer beside the right one."""
        words = " ".join(group[0] for group in task.gold["needs"])
        yield Probe("keywords-rewarded", "keywords in a row", task.id, f"{words} " * 4, Expect.NO_GAIN)
        yield Probe("keywords-rewarded", "with a full stop", task.id, f"{words} {words}.".capitalize(), Expect.NO_GAIN)
        for rival in task.gold["rivals"][:2]:
            beside = f"{solution} Or {rival}, it is."
            yield Probe("rival-rewarded", "a wrong answer beside it", task.id, beside, Expect.NO_GAIN)


def gated(task: Task, completion: str) -> Reward:
    """Correctness of a coherent reply: keywords that make no sentence answer nothing."""
    return Reward(correct(task, completion) * coherent(task, completion))


def make(split: str = "train") -> GeneralKnowledge:
    """What the registry calls."""
    rubric = Rubric(
        Part("correct", gated, weight=0.7, primary=True),
        Part("relevant", relevant, weight=0.2, gate="correct"),
        Part("coherent", coherent, weight=0.1, gate="correct"),
    )
    return GeneralKnowledge(Questions(split), rubric)
