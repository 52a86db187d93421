"""What decides: the math judge, the code judge and its sandbox, learned judges, and parts for rubrics.

The door for authors: everything a verifier is built of comes from here, and is imported when it is asked for. Judges
import `envs.core` and `envs.workers`; they know no environment.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from envs.core.strict_json import read_json
    from envs.judges.code.extract import code_of
    from envs.judges.code.verifier import CodeVerifier
    from envs.judges.code.verifier import CodeVerifier as CodeTests
    from envs.judges.learned.agreement import agreement
    from envs.judges.learned.judge import JudgeModel
    from envs.judges.learned.ledger import Budget
    from envs.judges.learned.model import RewardModel
    from envs.judges.math.values.policy import Policy
    from envs.judges.math.verifier import MathVerifier
    from envs.judges.parts.answer import Answer, read_answer
    from envs.judges.parts.exact import ExactMatch
    from envs.judges.parts.language import Script
    from envs.judges.parts.length import Length, SoftOverlong
    from envs.judges.parts.mathematics import MathMatch
    from envs.judges.parts.numeric import NumericMatch, read_number
    from envs.judges.parts.regex import RegexMatch
    from envs.judges.parts.repetition import RepeatedNgrams
    from envs.judges.parts.schema import JsonSchema
    from envs.judges.parts.tags import TagFormat
    from envs.judges.parts.wording import ForbiddenWords, RequiredWords
    from envs.judges.sandbox import CodeJudge

_HOMES = {
    "Answer": "envs.judges.parts.answer",
    "Budget": "envs.judges.learned.ledger",
    "CodeJudge": "envs.judges.sandbox",
    "CodeTests": "envs.judges.code.verifier:CodeVerifier",  # as a part of a rubric
    "CodeVerifier": "envs.judges.code.verifier",
    "ExactMatch": "envs.judges.parts.exact",
    "ForbiddenWords": "envs.judges.parts.wording",
    "JsonSchema": "envs.judges.parts.schema",
    "JudgeModel": "envs.judges.learned.judge",
    "Length": "envs.judges.parts.length",
    "MathMatch": "envs.judges.parts.mathematics",
    "MathVerifier": "envs.judges.math.verifier",
    "NumericMatch": "envs.judges.parts.numeric",
    "Policy": "envs.judges.math.values.policy",
    "RegexMatch": "envs.judges.parts.regex",
    "RepeatedNgrams": "envs.judges.parts.repetition",
    "RequiredWords": "envs.judges.parts.wording",
    "RewardModel": "envs.judges.learned.model",
    "Script": "envs.judges.parts.language",
    "SoftOverlong": "envs.judges.parts.length",
    "TagFormat": "envs.judges.parts.tags",
    "agreement": "envs.judges.learned.agreement",
    "code_of": "envs.judges.code.extract",
    "read_answer": "envs.judges.parts.answer",
    "read_json": "envs.core.strict_json",
    "read_number": "envs.judges.parts.numeric",
}

__all__ = [
    "Answer",
    "Budget",
    "CodeJudge",
    "CodeTests",
    "CodeVerifier",
    "ExactMatch",
    "ForbiddenWords",
    "JsonSchema",
    "JudgeModel",
    "Length",
    "MathMatch",
    "MathVerifier",
    "NumericMatch",
    "Policy",
    "RegexMatch",
    "RepeatedNgrams",
    "RequiredWords",
    "RewardModel",
    "Script",
    "SoftOverlong",
    "TagFormat",
    "agreement",
    "code_of",
    "read_answer",
    "read_json",
    "read_number",
]


def __getattr__(name: str) -> Any:
    """Imports a judge when it is asked for: an author of one pays for no other."""
    if name in _HOMES:
        module, _, there = _HOMES[name].partition(":")
        return getattr(importlib.import_module(module), there or name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
