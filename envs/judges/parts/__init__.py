"""Parts for rubrics: small verifiers of one thing each. All are picklable, pure, and take hostile text.

Whether a part reads the whole completion or only the reply after a `<think>` block is said by each.
"""

from envs.code.verifier import CodeVerifier as CodeTests
from envs.parts.answer import Answer, read_answer
from envs.parts.exact import ExactMatch
from envs.parts.language import Script
from envs.parts.length import Length, SoftOverlong
from envs.parts.mathematics import MathMatch
from envs.parts.numeric import NumericMatch, read_number
from envs.parts.regex import RegexMatch
from envs.parts.repetition import RepeatedNgrams
from envs.parts.schema import JsonSchema
from envs.parts.tags import TagFormat
from envs.parts.wording import ForbiddenWords, RequiredWords
from envs.strict_json import read_json

__all__ = [
    "Answer",
    "CodeTests",
    "ExactMatch",
    "ForbiddenWords",
    "JsonSchema",
    "Length",
    "MathMatch",
    "NumericMatch",
    "RegexMatch",
    "RepeatedNgrams",
    "RequiredWords",
    "Script",
    "SoftOverlong",
    "TagFormat",
    "read_answer",
    "read_json",
    "read_number",
]
