"""Prints what the trainer makes of each architecture of the zoo: its forward path, how it decodes, what is refused.

    python benchmarks/training/zoo.py [PART OF A NAME ...]
    python benchmarks/training/zoo.py --engine vllm [PART OF A NAME ...]   # sampled, updated twice, sampled again

Truth is each sequence alone; a line with `WRONG` is a fault.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import transformers

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "support"))
from gymtests.zoo.check import Verdict, check, check_vllm  # noqa: E402
from gymtests.zoo.entries import ENTRIES  # noqa: E402


def main(parts: list[str], vllm: bool) -> int:
    """Prints a line for each entry whose name holds one of `parts`, and the counts; returns how many are wrong."""
    transformers.logging.set_verbosity_error()
    logging.getLogger("grpo").setLevel(logging.ERROR)
    names = [name for name in ENTRIES if not parts or any(part in name for part in parts)]
    right = refused = wrong = 0
    start = time.process_time()
    for name in names:
        verdict = with_vllm(name) if vllm else check(name)
        wrong += bool(verdict.wrong)
        refused += not verdict.path and not verdict.wrong
        right += bool(verdict.path) and not verdict.wrong
        told = "; ".join(f"WRONG {fault}" for fault in verdict.wrong) or _refusals(verdict.refusals)
        print(f"{name:34} {verdict.path or 'refused':20} {verdict.decoding or 'refused':60} {told}", flush=True)
    print(f"{len(names)} entries: {right} right, {refused} refused, {wrong} wrong; {time.process_time() - start:.0f} s")
    return wrong


def with_vllm(name: str) -> Verdict:
    with tempfile.TemporaryDirectory() as folder:
        return check_vllm(name, Path(folder))


def _refusals(refusals: dict[str, str]) -> str:
    sentences: dict[str, list[str]] = {}
    for what, sentence in refusals.items():
        sentences.setdefault(sentence.removeprefix(f"{what}: "), []).append(what)
    return "; ".join(f"{', '.join(names)}: {sentence}" for sentence, names in sentences.items())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*")
    parser.add_argument("--engine", choices=("transformers", "vllm"), default="transformers")
    chosen = parser.parse_args()
    sys.exit(main(chosen.parts, chosen.engine == "vllm") > 0)
