"""How often a verdict of the code judge changes: each judgement of its tests that hears a candidate, made many times.

    python benchmarks/judges/sandbox_chance.py [--times 12] [--select EXPRESSION]

A hearing draws the values it asks about, so a verdict may depend on chance. Collects what the tests of assertions have
judged, judges again what hearsay was part of, and prints how many verdicts changed, with the first line of each; exits
1 if any did.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from envs.judges.sandbox import CodeJudge

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests" / "envs" / "judges" / "sandbox" / "asserts"


def collected(select: str) -> list[tuple[str, str]]:
    """Returns the sources and tests of all judgements that the tests make with hearsay in them, each once."""
    import pytest

    found: dict[tuple[str, str], None] = {}
    judge = CodeJudge.judge

    def noted(self: CodeJudge, source: str, tests: str, *more, **settings):
        verdict = judge(self, source, tests, *more, **settings)
        if isinstance(tests, str) and verdict.hearsay:
            found[source, tests] = None
        return verdict

    CodeJudge.judge = noted  # type: ignore[method-assign]
    try:
        sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]
        pytest.main(["-q", "-p", "no:cacheprovider", "--no-header", *(["-k", select] if select else []), str(TESTS)])
    finally:
        CodeJudge.judge = judge
    return list(found)


def main() -> None:
    """Prints the count and what changed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--times", type=int, default=12)
    parser.add_argument("--select", default="")
    options = parser.parse_args()
    pairs, changed = collected(options.select), 0
    with CodeJudge(timeout=20) as judge:
        for source, tests in pairs:
            verdicts = Counter((verdict.score, verdict.reason) for verdict in repeated(judge, source, tests, options))
            scores = Counter(verdict[0] for verdict in verdicts.elements())
            if len(scores) > 1:
                changed += 1
                print(f"{dict(scores)}\n{source}\n---\n{tests}\n{[reason for _, reason in verdicts]}\n", flush=True)
    print(f"{len(pairs)} judgements with hearsay, each {options.times} times: {changed} verdicts changed")
    sys.exit(changed > 0)


def repeated(judge: CodeJudge, source: str, tests: str, options: argparse.Namespace):
    """Judges the same again and again."""
    return (judge.judge(source, tests) for _ in range(options.times))


if __name__ == "__main__":
    main()
