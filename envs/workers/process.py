"""Runs a module of ours in a fresh interpreter that is killed when it takes too long."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """What the process printed.

    Attributes:
        lines: Its lines of JSON, up to the end or until it was killed.
        error: The last line of its standard error.
        finished: Whether it ended by itself and with exit code 0.
    """

    lines: list[Any]
    error: str
    finished: bool


def run_module(module: str, request: dict[str, Any], *, hash_seed: int = 0, timeout_s: float = 60.0) -> Answer:
    """Runs `python -m module` with a request in JSON on its standard input."""
    environment = {
        **os.environ,
        "PYTHONHASHSEED": str(hash_seed),
        "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path),
        "OMP_NUM_THREADS": "1",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", module],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, text=True,
    )  # fmt: skip
    try:
        out, err = process.communicate(json.dumps(request), timeout_s)
        late = False
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        late = True
    error = f"it took longer than {timeout_s:g} s" if late else err.strip().rpartition("\n")[2]
    whole = out[: out.rfind("\n") + 1]  # a killed process may leave half a line
    return Answer([json.loads(line) for line in whole.splitlines()], error, not late and process.returncode == 0)


class Teller:
    """The other side: prints lines of JSON, and nothing that plugin code prints comes between them."""

    def __init__(self) -> None:
        self.request = json.load(sys.stdin)
        self._out = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)

    def tell(self, *values: Any) -> None:
        """Prints one line."""
        self._out.write(json.dumps(values) + "\n")
        self._out.flush()
