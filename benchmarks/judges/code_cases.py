"""Runs files of judged cases through the doors that users have, and holds the verdicts against the expected ones.

    python benchmarks/judges/code_cases.py FILE... [--level LEVEL] [--show]

A row is a completion with tests as `grpo judge code` reads it, or `code` with `tests`, `entry` and `context` as
`CodeJudge.judge` takes them; `expected` is 1 where it deserves a reward. Prints, for each file and each category (or
kind), how many verdicts are as expected, then every one that is not; exits 1 where there is one. A judge that raises is
counted on its own: nothing an answer holds may do that.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from envs.authoring.judge.code import job_of
from envs.core.errors import UsageError
from envs.judges.sandbox import CodeJudge


def verdict_of(judge: CodeJudge, strict: CodeJudge, row: dict[str, Any]) -> tuple[int | None, str]:
    """Returns (score, reason); None for the score where the judge itself raised."""
    try:
        if "completion" in row:
            found = judge.judge(**job_of(row))
        else:
            found = strict.judge(row["code"], row["tests"], row.get("entry") or None, row.get("context") or "")
    except UsageError as error:
        return 0, f"refused: {error}"
    except Exception as error:
        return None, f"{type(error).__name__}: {error}"
    return found.score, f"{found.status}: {found.reason}"


def main() -> None:
    """Runs the files and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--level")
    parser.add_argument("--timeout", type=float, default=10.0)
    parser.add_argument("--show", action="store_true", help="each category, also those that are all right")
    arguments = parser.parse_args()
    wrong = 0
    options: dict[str, Any] = {"level": arguments.level, "timeout": arguments.timeout}
    with CodeJudge(lists_for_tuples=True, **options) as judge, CodeJudge(**options) as strict:
        for path in arguments.files:
            counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
            told, raised = [], 0
            for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
                if not line.strip():
                    continue
                row = json.loads(line)
                name = row.get("name") or row.get("kind") or ""
                score, reason = verdict_of(judge, strict, row)
                right = score == row["expected"]
                raised += score is None
                count = counts[row.get("category") or "all"]
                count[0] += right
                count[1] += 1
                if not right:
                    told.append(f"  line {number} {name}: expected {row['expected']}, got {score} ({reason[:150]})")
            decided, total = sum(c[0] for c in counts.values()), sum(c[1] for c in counts.values())
            print(f"{path.name}: {decided} of {total} as expected; the judge raised {raised}")
            for category, (good, count) in sorted(counts.items()):
                if arguments.show or (good < count and len(counts) > 1):
                    print(f"  {category}: {good} of {count}")
            print("\n".join(told), flush=True)
            wrong += len(told)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
