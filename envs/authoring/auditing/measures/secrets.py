"""Whether a gold is shown where it must not be: in the prompt's info, or in the reason of a wrong answer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from envs.authoring.auditing.findings import Example, Finding
from envs.authoring.auditing.measures.witness import NONSENSE
from envs.authoring.auditing.scoring import Scorer
from envs.authoring.auditing.subjects import Subject
from envs.core.environment import TextEnv

_LEAST_CHARS = 3


def shown_golds(env: TextEnv, scorer: Scorer, subjects: Sequence[Subject]) -> Iterator[Finding]:
    """Looks for each task's gold in the info of `reset` and in what is said about a completion without any answer."""
    seen: list[Example] = []
    texts = [_gold_text(subject.task.gold) for subject in subjects]
    rewards = scorer.score([(subject.task.id, NONSENSE) for subject in subjects])
    for subject, text, reward in zip(subjects, texts, rewards, strict=True):
        if text is None:
            continue
        _, info = env.reset(options={"task_id": subject.task.id})
        places = {
            "the info of reset": _as_text({name: value for name, value in info.items() if name != "task_id"}),
            "the reason of a wrong answer": f"{reward.reason} {reward.outcome} {_as_text(dict(reward.parts))}",
        }
        prompt = _as_text(subject.task.prompt)
        for place, shown in places.items():
            if text in shown and text not in prompt:
                seen.append(Example(subject.task.id, place, NONSENSE, reward.score, text[:100]))
    tried = sum(text is not None for text in texts)
    if len(seen) * 2 > tried:  # a short gold may stand somewhere by chance
        yield Finding(
            "gold-in-info", len(seen), tried, "; ".join(dict.fromkeys(e.label for e in seen)), tuple(seen[:3])
        )


def _gold_text(gold: Any) -> str | None:
    text = str(gold) if isinstance(gold, str | int | float) else _as_text(gold)
    return text if len(text) >= _LEAST_CHARS else None


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=repr, ensure_ascii=False)
