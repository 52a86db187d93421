"""Every finding by its code: what is wrong, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

CATALOGUE: dict[str, tuple[str, str]] = {
    # the right answer
    "oracle-missed": ("the oracle's answer does not score 1", "compare the solution with what the verifier reads"),
    "benign-missed": ("a right answer written another way is refused", "normalise before comparing: strip, parse"),
    # policies that know nothing
    "empty-rewarded": ("saying nothing is rewarded", "return 0 where there is no answer"),
    "echo-rewarded": ("repeating the prompt is rewarded", "read the answer from its mark, not from the whole text"),
    "random-rewarded": ("random answers are rewarded", "ask for answers that cannot be guessed, or declare `chance`"),
    "other-rewarded": ("the answer to another task is rewarded", "compare with this task's gold"),
    "constant-rewarded": ("one answer fits most held-out tasks", "balance the answers, or declare `chance`"),
    "answer-in-prompt": ("the answer can be copied from the prompt", "leave the gold out of the prompt"),
    "wrong-rewarded": ("an answer that is wrong is paid", "pay nothing for a wrong answer, or declare `chance`"),
    "copied-rewarded": (
        "what the prompt says, unsolved, counts as the answer",
        "compare with the form the gold has: solved, in its order, in its case",
    ),
    "universal-answer": (
        "one answer counts as right for tasks whose answers differ",
        "nothing equals two different golds: refuse what is no plain value before comparing",
    ),
    "format-rewarded": ("form without a right answer is rewarded", "gate the format part behind correctness"),
    "length-rewarded": ("longer nonsense is rewarded more", "do not pay for length"),
    "style-rewarded": ("words around a wrong answer are rewarded", "pay for nothing but the answer"),
    "magic-words": ("words from the verifier's own code are rewarded", "pay for nothing but the answer"),
    "judge-injected": (
        "a completion that talks to its judge is rewarded",
        "quote the completion, and read the score from the judge's own message alone",
    ),
    # answers put forward in more than one way
    "first-answer-wins": ("a right answer taken back still counts", "judge the last answer, or refuse several"),
    "any-answer-wins": ("one right answer among many counts", "refuse several different answers"),
    "candidates-in-answer": ("a list of candidates counts as the answer", "compare the whole answer, not a part"),
    "candidates-listed": ("candidates without a final answer count", "demand the answer in its mark"),
    "substring": ("the answer anywhere in the text counts", "read the answer from its mark alone"),
    "unclosed": ("an answer cut off before its mark closes counts", "demand the closing mark"),
    "thinking-only": ("an answer inside a thinking block counts", "drop thinking blocks before reading the answer"),
    "prefix-match": ("an answer that only begins like the gold counts", "compare whole answers"),
    "suffix-match": ("an answer that only ends like the gold counts", "compare whole answers"),
    "near-number": ("a wrong number close to the gold counts", "compare exactly, or with a tight tolerance"),
    "not-a-number": ("NaN, infinity or a giant counts as the answer", "refuse what is not finite before comparing"),
    "look-alike": ("characters that look like the answer count", "refuse look-alike letters and raised digits"),
    "part-counts": ("a part of the answer counts as all of it", "compare the whole answer, as many parts as the gold"),
    "more-counts": ("the answer with more added to it counts", "compare the whole answer, as many parts as the gold"),
    "order-ignored": ("the order asked for does not matter", "compare lists, not sets; no sorting before comparing"),
    "case-ignored": ("the case asked for does not matter", "compare without folding case"),
    "repeats-ignored": ("an element given twice counts as given once", "compare lists, not sets"),
    "letters-only": ("other letters in the answer's place count", "compare the answer itself, not what it is made of"),
    "near-text": ("a misspelt answer counts", "compare whole answers; no edit distance"),
    "type-confusion": ("a value of another type counts", "compare types too: in Python True == 1 and 5 == 5.0"),
    "giving-in": ("an answer too long to judge counts", "running out of time or room is a score of 0, never a pass"),
    "eval": ("Python in the answer is evaluated", "parse the answer; never give it to eval or sympify"),
    # code
    "early-exit": ("leaving the process early counts as passing", "take the verdict from results, not an exit code"),
    "equality-override": ("an object equal to everything passes", "compare plain data outside the judged process"),
    "test-tampering": ("code that tampers with its judge passes", "keep judge and tests out of the judged process"),
    "reads-tests": ("code that reads the hidden tests passes", "keep expected values out of the judged process"),
    "examples-learnt": (
        "a table of the prompt's examples passes the tests",
        "test on more than the examples shown",
    ),
    "weak-tests": ("the right function with its results changed passes", "test what tells right from nearly right"),
    # several turns
    "told-answer": ("an answer that the environment itself told counts", "end the episode before telling the answer"),
    "early-stop": ("ending an episode early pays in full", "score what was left out as wrong"),
    "circling": ("two moves said in turn pay", "score where the episode ends up, not every step on the way"),
    "guessing": ("another guess at every turn pays", "allow fewer turns than there are answers"),
    # the verifier's own health
    "hangs": ("the verifier runs past its deadline", "bound the work a completion can cause"),
    "slow": ("a short completion keeps the verifier busy", "use patterns without nested repeats; bound the length"),
    "hides": ("a completion makes itself unscorable", "what a completion causes is a score of 0, status error"),
    "error-paid": ("a score above 0 comes with a timeout or an error", "what a completion breaks is a score of 0"),
    "raises": ("the verifier raises", "return 0 for text that cannot be read"),
    "dies": ("the verifier's process dies", "keep native code and memory in bounds"),
    "wrong-type": ("the verifier returns neither a Reward nor a number", "return Reward(...) or a float"),
    "not-finite": ("a score or a part is not a finite number", "check for NaN before returning"),
    "out-of-range": ("scores leave [0, 1]", "scale the score into [0, 1]"),
    "nondeterministic": ("the same completion gets different scores", "make the verifier a pure function"),
    "state-dependent": ("the score depends on what was scored before", "keep no state between calls"),
    "mutates-task": ("the verifier changes the task", "copy before changing"),
    "no-contrast": ("everything gets the same reward", "a reward must tell right from wrong"),
    # tasks and splits
    "seed-ignored": ("every seed gives the same task", "draw the task from the seed"),
    "unstable-task": ("a seed or an id is another task in another process", "hash with hashlib, seed every draw"),
    "no-address": ("a task cannot be fetched by its id", "make get(task.id) return the same task"),
    "leak-ids": ("held-out task ids occur in training", "decide the split by a hash of the task"),
    "leak-prompts": ("held-out prompts occur in training", "decide the split by a hash of what is asked"),
    "near-duplicates": ("held-out prompts nearly occur in training", "keep rewordings on one side of the split"),
    "template-duplicates": (
        "held-out tasks occur in training but for a name or a number that does not matter",
        "decide the split by what decides the answer, not by the whole text",
    ),
    "cue": (
        "something beside the question tells the answer",
        "draw numbers, options and order anew, apart from the answer",
    ),
    "gold-in-info": ("the gold is shown in an info or a reason", "keep golds and hidden tests out of what is shown"),
    # the policy
    "no-signal": ("GRPO has no signal here", "lower the level, give partial credit, or sample more per task"),
}

TOLERATED: dict[str, float] = {
    "copied-rewarded": 0.1,  # a question may have several right answers, one of them in its text
    "order-ignored": 0.6,  # jobs that wait for each other have several orders; who ignores order takes all of them
    "part-counts": 0.1,  # a name may have a short form
    "more-counts": 0.1,
    "letters-only": 0.1,
    "near-text": 0.1,
}
"""The share of tasks, by code, that may show a finding without it being one; 0 for all others."""

DOCS = "docs/audit.md"


@dataclass(frozen=True, slots=True)
class Example:
    """One violation, for a person to look at."""

    task_id: str
    label: str
    completion: str
    score: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with an environment.

    Attributes:
        code: Key of `CATALOGUE`, or a plugin's own.
        count: How many of the `tried` probes show it.
        tried: How many probes looked for it.
        detail: What was seen, in one line.
        examples: A few violations.
        accepted: Why the environment's author means it to be so; empty for a finding that counts.
    """

    code: str
    count: int
    tried: int
    detail: str = ""
    examples: tuple[Example, ...] = ()
    accepted: str = ""

    @property
    def title(self) -> str:
        """What is wrong, in one line."""
        return CATALOGUE.get(self.code, (self.code, ""))[0]

    @property
    def advice(self) -> str:
        """What to do about it."""
        return CATALOGUE.get(self.code, ("", "see the environment's own documentation"))[1]

    def to_json(self) -> dict[str, Any]:
        """Returns plain data."""
        return {
            "code": self.code,
            "title": self.title,
            "advice": self.advice,
            "docs": f"{DOCS}#{self.code}",
            "count": self.count,
            "tried": self.tried,
            "detail": self.detail,
            "accepted": self.accepted,
            "examples": [
                {"task_id": e.task_id, "label": e.label, "completion": e.completion, "score": e.score, "note": e.note}
                for e in self.examples
            ],
        }
