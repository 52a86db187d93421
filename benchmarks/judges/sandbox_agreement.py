"""Holds the judge's verdicts against plainly running the official tests, on HumanEval and MBPP and mutants of both.

    python benchmarks/judges/sandbox_agreement.py --data ../shared/data [--mutants 3] [--level full]

Every canonical solution is judged as it is, with its body replaced by `pass`, and with `--mutants` changes of an
operator, a comparison, a constant or a return value. The plain run executes code and test together in a forked
process of this script, as the data sets' own harnesses do. Prints one line per disagreement, then the counts; exits
1 if there is any.
"""

from __future__ import annotations

import argparse
import ast
import collections
import gzip
import json
import os
import random
import resource
import signal
import sys
from pathlib import Path

from envs.judges.sandbox import CodeJudge

SECONDS = 6
SWAPS = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.FloorDiv: ast.Div, ast.Mod: ast.Add,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.And: ast.Or, ast.Or: ast.And, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip


def rows(data: Path):
    """Yields (id, canonical source, tests, entry point, trusted context)."""
    with gzip.open(data / "humaneval" / "HumanEval.jsonl.gz", "rt") as file:
        for row in map(json.loads, file):
            code = row["prompt"] + row["canonical_solution"]
            yield row["task_id"], code, row["test"] + f"\ncheck({row['entry_point']})\n", row["entry_point"]
    for row in json.loads((data / "mbpp" / "sanitized-mbpp.json").read_text()):
        yield f"MBPP/{row['task_id']}", row["code"], "\n".join(row["test_imports"] + row["test_list"]), None


class Mutation(ast.NodeTransformer):
    """Makes one change, at the `index`-th place where one can be made."""

    def __init__(self, index: int, rng: random.Random) -> None:
        self.index, self.rng, self.places = index, rng, 0

    def _here(self) -> bool:
        self.places += 1
        return self.places - 1 == self.index

    def generic_visit(self, node: ast.AST) -> ast.AST:
        """Visits children first, so that places are counted in a fixed order."""
        super().generic_visit(node)
        if type(node) in SWAPS and self._here():
            return SWAPS[type(node)]()
        if isinstance(node, ast.Constant) and type(node.value) is int and self._here():
            return ast.Constant(node.value + self.rng.choice([-1, 1, 2]))
        if isinstance(node, ast.Constant) and type(node.value) is str and self._here():
            return ast.Constant(node.value + "x")
        if isinstance(node, ast.Return) and node.value is not None and self._here():
            replaced = [ast.Constant(None), ast.List([node.value], ast.Load()), ast.Constant(0), ast.Constant(True)]
            return ast.Return(self.rng.choice(replaced))
        return node


def mutants(code: str, count: int, rng: random.Random):
    """Yields the code emptied, then up to `count` mutants of it."""
    tree = ast.parse(code)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            node.body = [ast.Pass()]
    yield ast.unparse(tree)
    counter = Mutation(-1, rng)
    counter.visit(ast.parse(code))
    for index in rng.sample(range(counter.places), min(count, counter.places)):
        yield ast.unparse(ast.fix_missing_locations(Mutation(index, rng).visit(ast.parse(code))))


def plainly(code: str, tests: str) -> bool:
    """Returns whether code and tests together run to their end, in a forked process."""
    pid = os.fork()
    if pid == 0:
        os.setsid()
        null = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(null, standard)
        resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
        try:
            exec(code + "\n" + tests, {})
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitpid(pid, 0)[1] == 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--mutants", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--level")
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    counts: collections.Counter[str] = collections.Counter()
    with CodeJudge(level=arguments.level, timeout=SECONDS, memory_mb=2048) as judge:
        for name, code, tests, entry in rows(arguments.data):
            verdict = judge.judge(code, tests, entry)
            counts["canonical passed" if verdict.score else "canonical FAILED"] += 1
            for mutant in mutants(code, arguments.mutants, rng):
                verdict, plain = judge.judge(mutant, tests, entry), plainly(mutant, tests)
                counts[f"mutant plain={'pass' if plain else 'fail'} ours={'pass' if verdict.score else 'fail'}"] += 1
                if plain != bool(verdict.score):
                    print(f"{name}: plain {plain}, ours {verdict}\n{mutant}", flush=True)
    for name, count in sorted(counts.items()):
        print(f"{count:6} {name}")
    wrong = [n for n in counts if "FAILED" in n or n.split("plain=")[-1][:4] != n[-4:] and n.startswith("mutant")]
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
