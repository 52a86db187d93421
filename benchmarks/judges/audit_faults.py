"""How many faulty environments `grpo env audit` catches, and how many sound ones it flags.

python benchmarks/judges/audit_faults.py [--folder DIR] [--planted] [--sound] [--thorough] [--json rows.json]

`--folder` holds environments as files and an `index.jsonl` that says of each `file`, whether it is `sound`, and in
words what its `fault` is. `--planted` takes the faults planted in this project's tests, `--sound` the environments
that ship and the examples. Whether a fault was caught for the right reason is for a person to say: the table prints
the sentence of the fault beside what was found, and the first completion that was paid. By default all but
`--folder` are run.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "pyproject.toml").exists())
DATA = Path(os.environ.get("GRPO_DATA", ROOT.parent / "shared" / "data"))
BUILT_IN = ("math", "code", "countdown", "format", "guess", "calculator", "chain")
DATA_SETS = ("gsm8k", "math500", "humaneval", "mbpp")
PLANTED = ROOT / "tests" / "support" / "gymtests" / "environments" / "planted_faults.py"
PLUGINS = ("general_knowledge", "unit_conversion", "twenty_questions")
TABLES = (("gsm8k", "numeric"), ("gsm8k", "math"), ("gsm8k", "exact"), ("math500", "math"), ("math500", "exact"))


def tables(folder: Path) -> Iterator[dict[str, object]]:
    """Writes real data as plain tables, and yields the environment `dataset` over each."""
    for name, verifier in TABLES:
        source = DATA / name / "test.jsonl"
        if not source.exists():
            continue
        rows = [json.loads(line) for line in source.read_text(encoding="utf-8").splitlines()]
        table = folder / f"{name}.jsonl"
        table.write_text(
            "\n".join(
                json.dumps({"q": r.get("question") or r["problem"], "a": r["answer"].rpartition("####")[2].strip()})
                for r in rows
            ),
            encoding="utf-8",
        )
        arguments = [f"data={table}", "prompt={q}", "answer={a}", f"verifier={verifier}"]
        yield {"name": "dataset", "args": arguments, "sound": True, "fault": None}


def plugins(folder: Path) -> Iterator[dict[str, object]]:
    """Yields the examples, those that are packages by way of a file each."""
    yield {"name": str(ROOT / "examples" / "reverse_env.py"), "args": [], "sound": True, "fault": None}
    for name in PLUGINS:
        path = folder / f"{name}_env.py"
        package = ROOT / "examples" / name.replace("_", "-")
        path.write_text(f"import sys\nsys.path.insert(0, {str(package)!r})\nfrom {name}.env import make\n")
        yield {"name": str(path), "args": [], "sound": True, "fault": None}


def subjects(args: argparse.Namespace, folder: Path) -> Iterator[dict[str, object]]:
    """Yields what to audit: a name, arguments, whether it is sound, and the fault in words."""
    if args.folder is not None:
        for line in (args.folder / "index.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            yield {"name": str(args.folder / row["file"]), "args": [], "sound": row["sound"], "fault": row.get("fault")}
    if args.planted:
        sys.path.insert(0, str(PLANTED.parent))
        from planted_faults import FAULTS  # pyright: ignore[reportMissingImports]

        for fault in FAULTS:
            yield {"name": str(PLANTED), "args": [f"fault={fault}"], "sound": fault == "sound", "fault": fault}
    if args.sound:
        for name in (*BUILT_IN, *(name for name in DATA_SETS if (DATA / name).exists())):
            yield {"name": name, "args": [], "sound": True, "fault": None}
        yield from tables(folder)
        yield from plugins(folder)


def measure(row: dict[str, object], thorough: bool) -> dict[str, object]:
    """Audits one environment in a process of its own."""
    command = [sys.executable, "-m", "cli", "env", "audit", str(row["name"]), "--json"]
    command += [part for pair in row["args"] for part in ("--env-arg", pair)]  # pyright: ignore[reportGeneralTypeIssues]
    with tempfile.TemporaryDirectory() as cache:
        environment = {"GRPO_DATA": str(DATA), **os.environ, "GRPO_CACHE": cache}
        started = time.perf_counter()
        done = subprocess.run(
            command + ["--thorough"] * thorough, capture_output=True, text=True, cwd=ROOT, env=environment
        )
    seconds = time.perf_counter() - started
    try:
        report = json.loads(done.stdout)
    except ValueError:
        return row | {"error": done.stderr[-500:], "codes": [], "findings": [], "seconds": seconds, "scored": 0}
    found = [finding for finding in report["findings"] if not finding["accepted"]]
    codes = list(dict.fromkeys(finding["code"] for finding in found))
    return row | {"codes": codes, "findings": found, "seconds": seconds, "scored": report["scored"], "error": ""}


def tell(row: dict[str, object]) -> None:
    """Prints one environment."""
    name = Path(str(row["name"])).name + "".join(f" {pair}" for pair in row["args"])  # pyright: ignore
    flagged = bool(row["codes"])
    verdict = "FALSE ALARM" if flagged and row["sound"] else "MISSED" if not flagged and not row["sound"] else "ok"
    print(f"{verdict:11} {name:34} {row['seconds']:5.0f} s  {', '.join(row['codes']) or row['error'] or 'clean'}")  # pyright: ignore
    if row["fault"]:
        print(f"            fault: {row['fault']}")
    if flagged:
        for finding in row["findings"][:8]:  # pyright: ignore[reportIndexIssue]
            example = next(iter(finding["examples"]), None)
            shown = "" if example is None else f"{example['completion'][:90]!r} scored {example['score']:g}"
            print(f"            {finding['code']}: {finding['detail'][:110]}  {shown}")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--planted", action="store_true")
    parser.add_argument("--sound", action="store_true")
    parser.add_argument("--thorough", action="store_true")
    parser.add_argument("--only", nargs="*", default=[], help="names that must occur in what is audited")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    if args.folder is None and not args.planted and not args.sound:
        args.planted = args.sound = True
    rows = []
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(args.jobs) as pool:
        chosen = [
            row
            for row in subjects(args, Path(folder))
            if not args.only or any(word in f"{row['name']} {row['args']}" for word in args.only)
        ]
        for row in pool.map(lambda entry: measure(entry, args.thorough), chosen):
            tell(row)
            rows.append(row)
    faulty = [row for row in rows if not row["sound"]]
    sound = [row for row in rows if row["sound"]]
    print(f"faulty environments flagged   {sum(bool(row['codes']) for row in faulty)} of {len(faulty)}")
    print(f"sound environments flagged    {sum(bool(row['codes']) for row in sound)} of {len(sound)}")
    print(f"could not be audited          {sum(bool(row['error']) for row in rows)}")
    if args.json is not None:
        args.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
