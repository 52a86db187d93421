"""LiveCodeBench (arXiv 2403.07974): `public_test_cases`, `private_test_cases` and the function's name in `metadata`.

Fields as in `lcb_runner/benchmarks/code_generation.py`: tests are JSON, or pickled JSON behind zlib and base64, and
each is `stdin` or `functional`; a functional input is one JSON value a line.
"""

from __future__ import annotations

import base64
import binascii
import json
import pickletools
import zlib
from collections.abc import Mapping
from typing import Any

from envs.core.errors import UsageError
from envs.judges.code.rows.problem import Problem, calls, parsed, programs, text_of

MAX_TESTS = 2**28
PICKLED_TEXT = frozenset(("SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "UNICODE"))
PICKLE_FRAME = frozenset(("PROTO", "FRAME", "MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT", "STOP"))


def fits(row: Mapping[str, Any]) -> bool:
    """Returns whether a row is of this format."""
    return bool(row.get("public_test_cases") or row.get("private_test_cases"))


def read(row: Mapping[str, Any]) -> Problem:
    """Returns the problem of a row.

    Raises:
        UsageError: It has no tests that can be run.
    """
    tests = [*_tests(row.get("public_test_cases")), *_tests(row.get("private_test_cases"))]
    kinds = {test.get("testtype", "stdin") for test in tests}
    if len(kinds) != 1:
        raise UsageError("the tests are of several kinds, or there are none")
    inputs, outputs = [test.get("input") for test in tests], [test.get("output") for test in tests]
    question, starter = text_of(row.get("question_content")), text_of(row.get("starter_code"))
    if kinds == {"stdin"}:
        return Problem(programs(inputs, outputs), prelude=True, question=question, starter=starter)
    metadata = parsed(row.get("metadata") or {}, "metadata")
    name = metadata.get("func_name") if isinstance(metadata, Mapping) else None
    if kinds != {"functional"} or not isinstance(name, str):
        raise UsageError("a functional test needs metadata with func_name")
    if not all(isinstance(text, str) for text in (*inputs, *outputs)):
        raise UsageError("functional tests have their input and output as JSON text")
    try:
        given = [[json.loads(line) for line in text.split("\n") if line.strip()] for text in inputs]
        results = [json.loads(text) for text in outputs]
    except (ValueError, RecursionError) as error:
        raise UsageError(f"a functional test is not JSON: {error}") from error
    return Problem(calls(given, results), f"Solution.{name}", prelude=True, question=question, starter=starter)


def _tests(value: Any) -> list[Any]:
    if not value:
        return []
    if isinstance(value, str) and not value.lstrip().startswith("["):
        value = _unpacked(value)
    found = parsed(value, "test cases")
    if not isinstance(found, list) or not all(isinstance(test, Mapping) for test in found):
        raise UsageError("test cases must be a list of tests")
    return found


def _unpacked(value: str) -> str:
    """Returns the text in a pickle of one text; nothing is ever unpickled, its operations are only read.

    Raises:
        UsageError: It is anything else.
    """
    try:
        inflater = zlib.decompressobj()
        raw = inflater.decompress(base64.b64decode(value, validate=True), MAX_TESTS)
        read = [(operation.name, given) for operation, given, _ in pickletools.genops(raw)]
    except (ValueError, binascii.Error, zlib.error) as error:
        raise UsageError(f"the private tests cannot be unpacked: {error}") from error
    texts = [given for name, given in read if name in PICKLED_TEXT]
    if len(texts) != 1 or any(name not in PICKLED_TEXT | PICKLE_FRAME for name, _ in read):
        raise UsageError("the private tests cannot be unpacked: the pickle holds more than a text")
    return str(texts[0])
