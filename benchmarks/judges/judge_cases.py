"""The math judge on files of cases whose right verdict somebody wrote down.

    python benchmarks/judges/judge_cases.py [FILE ...] [--only WORD] [--quiet]

Each line of a file is JSON with `gold`, `completion`, `expected` (1 paid, 0 not) and `group` or `kind`. Prints, group
by group, what was paid and should not have been, what was refused and should not have been, and what raised. Without a
file it reads those beside the repository, in `../shared/cases`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from envs.judges.math.verifier import MathVerifier  # noqa: E402

CASES = ROOT.parent / "shared" / "cases"
_SHOWN = 150


def rows_of(path: Path) -> Iterator[dict[str, Any]]:
    """Yields the cases of a file that have a verdict."""
    for line in path.read_text(encoding="utf-8").split("\n"):  # a completion may hold other line breaks
        row = json.loads(line) if line.strip() else {}
        if row.get("expected") in (0, 1, True, False):
            yield row


def judge_file(path: Path, only: str, quiet: bool) -> int:
    """Judges a file, prints its faults and a line a group; returns the number of faults."""
    judge = MathVerifier()
    judge.warm()
    counts: Counter[str] = Counter()
    faults: Counter[tuple[str, str]] = Counter()
    for row in rows_of(path):
        group = str(row.get("group") or row.get("kind") or "rows")
        if only not in group:
            continue
        counts[group] += 1
        fault, told = _fault(judge, row)
        if fault:
            faults[group, fault] += 1
            if not quiet:
                said = row["completion"][-_SHOWN:].replace("\n", " ")
                print(f"  {fault:13} [{group}] gold {str(row['gold'])[:_SHOWN]!r}  {said!r}  {told}")
    print(f"{path.name}: {counts.total() - faults.total()}/{counts.total()} right, " + _parts(faults, None))
    for group in sorted({group for group, _ in faults}):
        print(f"  {group:50} {counts[group]:4} cases, {_parts(faults, group)}")
    return faults.total()


def _fault(judge: MathVerifier, row: dict[str, Any]) -> tuple[str, str]:
    try:
        verdict = judge(row["completion"], str(row["gold"]), row.get("question", ""))
    except Exception as error:  # the judge never raises: this is what is looked for
        return "raised", f"{type(error).__name__}: {error}"[:_SHOWN]
    told = f"{verdict.status} by {verdict.rung or '-'}, read {str(verdict.extracted)[:60]!r}"
    if verdict.score == int(row["expected"]):
        return "", told
    return ("refused right" if row["expected"] else "paid wrong"), told


def _parts(faults: Counter[tuple[str, str]], group: str | None) -> str:
    kinds = ("paid wrong", "refused right", "raised")
    totals = {kind: sum(n for (g, k), n in faults.items() if k == kind and group in (None, g)) for kind in kinds}
    return ", ".join(f"{kind} {count}" for kind, count in totals.items())


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("files", type=Path, nargs="*")
    options.add_argument("--only", default="", help="groups whose name holds this")
    options.add_argument("--quiet", action="store_true", help="only the counts")
    chosen = options.parse_args()
    files = chosen.files or sorted(CASES.glob("math_*.jsonl"))
    if not files:
        options.error(f"no case files in {CASES}")
    sys.exit(min(sum(judge_file(path, chosen.only, chosen.quiet) for path in files), 1))


if __name__ == "__main__":
    main()
