"""The attack and honest suites at full length: at every level to be had, as this user and, run by root, as nobody too.

    python benchmarks/judges/sandbox_suites.py [--select EXPRESSION]

Prints, for each user and level, how many attacks were tried, how many were rewarded, how many broke an invariant (the
judge wrong on its next job, a process, file or socket left, a deadline missed), and how many honest programs were
tried and failed, with the names of all that went wrong; exits 1 if anything did.
"""

from __future__ import annotations

import argparse
import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SUITES = ("test_sandbox_attacks.py", "test_sandbox_honest.py", "asserts/test_sandbox_objects.py")
LEVELS = ("full", "no-namespaces", "bubblewrap")
NOBODY = 65534


class Tally:
    """A pytest plugin that sorts outcomes by level."""

    def __init__(self) -> None:
        self.counts: dict[str, Counter[str]] = defaultdict(Counter)
        self.wrong: list[str] = []

    def pytest_runtest_logreport(self, report) -> None:
        """Counts one test; pytest calls this."""
        if report.when != "call" and report.passed:
            return
        inside = report.nodeid.partition("[")[2]
        level = next((level for level in LEVELS if inside.startswith(level)), "any")
        kind = "honest" if "honest" in report.nodeid else "attacks"
        self.counts[level][f"{kind} skipped" if report.skipped else kind] += 1
        if report.failed:
            text = str(report.longrepr)
            invariant = "in invariants" in text or "a job left" in text or "verdict.ms" in text.partition("E  ")[2][:80]
            failure = "honest failed" if kind == "honest" else "invariants broken" if invariant else "rewarded"
            self.counts[level][failure] += 1
            self.wrong.append(f"{failure}: {report.nodeid}")


def as_this_user(select: str) -> None:
    """Runs the suites here and prints the tally as one line of JSON."""
    import pytest

    sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]
    tally = Tally()
    paths = [str(ROOT / "tests" / "envs" / "judges" / "sandbox" / name) for name in SUITES]
    options = [
        "-q",
        "-q",
        "--no-header",
        "--tb=long",
        "-p",
        "no:cacheprovider",
        "-m",
        "slow or not slow",
        "--capture=fd",
    ]
    with open(os.devnull, "w") as null:
        shown, sys.stdout = sys.stdout, null
        try:
            pytest.main([*options, *(["-k", select] if select else []), f"--rootdir={ROOT}", *paths], plugins=[tally])
        finally:
            sys.stdout = shown
    print(json.dumps({"counts": tally.counts, "wrong": tally.wrong}))


def interpreter(user: int) -> str:
    """Returns a Python that `user` may run: this one where it is not under a folder of root's own."""
    if user == os.geteuid():
        return sys.executable
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    found = shutil.which(name, path="/usr/local/bin:/usr/bin:/bin")
    if found is None:
        sys.exit(f"no {name} outside root's own folders: install one to test as an ordinary user")
    return found


def as_user(user: int, select: str) -> bool:
    """Runs the suites in a process of `user` and prints its table; whether all went well."""
    other = {} if user == os.geteuid() else {"user": user, "group": user, "extra_groups": []}
    packages = [path for path in sys.path if path.endswith("site-packages")]
    with tempfile.TemporaryDirectory() as home:
        os.chmod(home, 0o777)
        environment = {"PATH": os.environ["PATH"], "HOME": home, "PYTHONDONTWRITEBYTECODE": "1"}
        environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(ROOT / "tests" / "support"), *packages])
        command = [interpreter(user), __file__, "--here", "--select", select]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT, **other)
    found = json.loads(done.stdout.splitlines()[-1])
    name = pwd.getpwuid(user).pw_name
    for level, counts in found["counts"].items():
        columns = [f"attacks {counts.get('attacks', 0):4}", f"rewarded {counts.get('rewarded', 0)}"]
        columns += [f"invariants broken {counts.get('invariants broken', 0)}", f"honest {counts.get('honest', 0):4}"]
        columns += [f"honest failed {counts.get('honest failed', 0)}"]
        skipped = sum(count for kind, count in counts.items() if kind.endswith("skipped"))
        print(f"{name:8} {level:14} {'   '.join(columns)}" + (f"   skipped {skipped}" if skipped else ""), flush=True)
    for line in found["wrong"]:
        print("  " + line)
    return not found["wrong"]


def main() -> None:
    """Runs everything, or the part for one user when re-executed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--select", default="", help="as pytest's -k")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.here:
        as_this_user(arguments.select)
        return
    users = [os.geteuid()] + ([NOBODY] if os.geteuid() == 0 else [])
    results = [as_user(user, arguments.select) for user in users]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
