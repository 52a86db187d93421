"""Where things are, so that no test counts its own parents."""

from __future__ import annotations

import os
from pathlib import Path

SUPPORT = Path(__file__).resolve().parents[1]
ROOT = SUPPORT.parents[1]
DOCS = ROOT / "docs"
EXAMPLES = ROOT / "examples"
DATA = ROOT.parent / "shared" / "data"
"""Real data sets beside the project; a user's clone has none, and tests that read them skip."""
CASES = ROOT.parent / "shared" / "cases"
TINY = ROOT / "grpo" / "policy" / "builtin" / "tiny"

_ENVIRONMENTS = Path(__file__).with_name("environments")
CHOOSING = str(_ENVIRONMENTS / "choosing_env.py")
CROWDED = str(_ENVIRONMENTS / "crowded_env.py")
FAULTS = str(_ENVIRONMENTS / "planted_faults.py")
FAULTY = str(_ENVIRONMENTS / "faulty_env.py")
LEAKY = str(_ENVIRONMENTS / "leaky_env.py")
MORE_SUMS = str(_ENVIRONMENTS / "more_sums_env.py")
PLANTED = str(_ENVIRONMENTS / "planted_env.py")
PLANTED_DIALOGUE = str(_ENVIRONMENTS / "planted_dialogue.py")
SUMS = str(_ENVIRONMENTS / "sums_env.py")
UNSOUND = str(_ENVIRONMENTS / "unsound_env.py")


def environment(**more: str) -> dict[str, str]:
    """Returns environment variables for a process that imports this checkout, one thread."""
    path = os.pathsep.join((str(ROOT), str(SUPPORT)))
    return {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": path, **more}
