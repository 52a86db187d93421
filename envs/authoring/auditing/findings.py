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
    "format-rewarded": ("form without a right answer is rewarded", "gate the format part behind correctness"),
    "length-rewarded": ("longer nonsense is rewarded more", "do not pay for length"),
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
    "eval": ("Python in the answer is evaluated", "parse the answer; never give it to eval or sympify"),
    # code
    "early-exit": ("leaving the process early counts as passing", "take the verdict from results, not an exit code"),
    "equality-override": ("an object equal to everything passes", "compare plain data outside the judged process"),
    "test-tampering": ("code that tampers with its judge passes", "keep judge and tests out of the judged process"),
    "reads-tests": ("code that reads the hidden tests passes", "keep expected values out of the judged process"),
    # the verifier's own health
    "hangs": ("the verifier runs past its deadline", "bound the work a completion can cause"),
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
    "gold-in-info": ("the gold is shown in an info or a reason", "keep golds and hidden tests out of what is shown"),
    # the policy
    "no-signal": ("GRPO has no signal here", "lower the level, give partial credit, or sample more per task"),
}


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
            "count": self.count,
            "tried": self.tried,
            "detail": self.detail,
            "accepted": self.accepted,
            "examples": [
                {"task_id": e.task_id, "label": e.label, "completion": e.completion, "score": e.score, "note": e.note}
                for e in self.examples
            ],
        }
