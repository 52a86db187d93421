"""How the reader of calls does: time of a turn and of a hostile megabyte, calls of half a turn, agreement, fuzzing.

python benchmarks/tools/calls.py [--turns 10000] [--fuzz 1000000] [--part NAME ...]

Parts: `turn` (best of repeats, wall time), `hostile` (CPU time of every kind for every syntax, each read as every
syntax), `prefixes` (every proper prefix of good turns), `vllm` (the same calls as vLLM's parsers; needs vLLM), `fuzz`.
Prints one line of JSON a part.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "support"))

from envs.tools.calls.formats import FORMATS, Scan, scan  # noqa: E402
from gymtests.toolcalls import vllm_parsers  # noqa: E402
from gymtests.toolcalls.hostile import hostile  # noqa: E402
from gymtests.toolcalls.turns import mutated, turn  # noqa: E402

_REPEATS = 200


def found(scanned: Scan) -> list[tuple[str, dict[str, Any]]]:
    """Returns calls as plain data."""
    return [(call.name, dict(call.arguments)) for call in scanned.calls]


def time_turns() -> dict[str, Any]:
    """Returns the time of a turn of up to three calls by syntax, in microseconds, and that of the slowest turn."""
    mean_us, worst_us = {}, 0.0
    for tool_format in FORMATS:
        turns = [turn(Random(seed), tool_format)[0] for seed in range(20)]
        best = [min(_timed(text, tool_format) for _ in range(_REPEATS)) for text in turns]
        mean_us[tool_format] = round(sum(best) / len(best) * 1e6, 1)
        worst_us = max(worst_us, *best)
    return {"mean_us": mean_us, "slowest_mean_us": max(mean_us.values()), "slowest_turn_us": round(worst_us * 1e6, 1)}


def _timed(text: str, tool_format: str) -> float:
    started = time.perf_counter()
    scan(text, tool_format)
    return time.perf_counter() - started


def time_hostile() -> dict[str, Any]:
    """Returns the slowest readings of hostile text, in milliseconds of CPU time."""
    slow: list[tuple[float, str, str, str]] = []
    kinds = 0
    for made_for in FORMATS:
        for kind, text in hostile(made_for):
            kinds += 1
            for tool_format in FORMATS:
                started = time.process_time()
                scan(text, tool_format)
                slow.append((round((time.process_time() - started) * 1e3, 1), kind, made_for, tool_format))
    slow.sort(reverse=True)
    return {"texts": kinds, "readings": len(slow), "slowest_ms": slow[0][0], "slowest": slow[:3]}


def count_prefixes(turns: int) -> dict[str, Any]:
    """Returns how many calls were made of a proper prefix that is no good turn itself."""
    counted = {"prefixes": 0, "calls_said_cut": 0, "calls_of_one_call_turns": 0, "calls_unfinished": 0}
    for tool_format in FORMATS:
        for seed in range(turns):
            text, made = turn(Random(seed), tool_format)
            for place in range(len(text)):
                counted["prefixes"] += 1
                counted["calls_said_cut"] += len(scan(text[:place], tool_format, ended=False).calls)
                calls = found(scan(text[:place], tool_format))
                counted["calls_of_one_call_turns"] += len(calls) if len(made) == 1 else 0
                counted["calls_unfinished"] += calls != made[: len(calls)] or len(calls) == len(made)
    return counted


def compare_with_vllm(turns: int) -> dict[str, Any]:
    """Returns how often our calls are right and vLLM's the same, by syntax, and the first turn where they are not."""
    same, wrong = {}, []
    for tool_format in FORMATS:
        logging.disable(logging.CRITICAL)  # its parsers log every turn that is none of theirs
        read = vllm_parsers.reader(tool_format) if tool_format in vllm_parsers.NAMES else None
        if read is None:
            same[tool_format] = None
            continue
        same[tool_format] = 0
        for seed in range(turns):
            text, made = turn(Random(seed), tool_format)
            ours, theirs = found(scan(text, tool_format)), read(text)
            same[tool_format] += ours == made == theirs
            if not ours == made == theirs and len(wrong) < 5:
                wrong.append({"format": tool_format, "turn": text, "right": made, "ours": ours, "vllm": theirs})
    return {"turns": turns, "same": same, "first_that_differ": wrong}


def fuzz(count: int) -> dict[str, Any]:
    """Returns how many mutated turns raised anything, and the slowest of them."""
    rng, raised, calls = Random(1), 0, 0
    formats = list(FORMATS)
    pool = {name: [turn(rng, name)[0] for _ in range(200)] for name in formats}
    for number in range(count):
        tool_format = formats[number % len(formats)]
        text = mutated(rng, rng.choice(pool[tool_format]))
        try:
            calls += len(scan(text, tool_format).calls)
        except Exception as error:
            raised += 1
            print(f"{tool_format}: {type(error).__name__}: {error}: {text!r}", file=sys.stderr)
    return {"texts": count, "raised": raised, "calls_read": calls}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--turns", type=int, default=10_000)
    parser.add_argument("--fuzz", type=int, default=1_000_000)
    parser.add_argument("--part", action="append", choices=("turn", "hostile", "prefixes", "vllm", "fuzz"))
    asked = parser.parse_args()
    parts = {
        "turn": time_turns,
        "hostile": time_hostile,
        "prefixes": lambda: count_prefixes(max(1, asked.turns // 100)),
        "vllm": lambda: compare_with_vllm(asked.turns),
        "fuzz": lambda: fuzz(asked.fuzz),
    }
    for name in asked.part or parts:
        print(json.dumps({"part": name, **parts[name]()}, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
