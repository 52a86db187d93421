"""What the harness adds to bare generation plus bare verification: `python benchmarks/evaluation/eval_overhead.py`.

The same prompts, seeds and completions three ways in one process, interleaved, minimum over the rounds: the engine
alone, the verifier pool alone, and a whole eval from tasks to summary.
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

from envs import EnvSpec
from envs.workers.pool import VerifierPool
from evals.evaluator import EvalSettings, Evaluator
from grpo.engines import make_engine
from grpo.engines.base import Sampling
from grpo.policy.model import load_policy


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="builtin:tiny", help="policy to sample from")
    parser.add_argument("--engine", default="auto", help="auto, vllm or transformers")
    parser.add_argument("--tasks", type=int, default=200, help="held-out tasks")
    parser.add_argument("--n", type=int, default=8, help="samples of each")
    parser.add_argument("--rounds", type=int, default=3, help="rounds; the fastest of each part counts")
    arguments = parser.parse_args()
    settings = EvalSettings(tasks=arguments.tasks, samples=arguments.n, max_tokens=64, greedy=False)
    policy = load_policy(arguments.model)
    engine = make_engine(arguments.engine, policy, max_model_len=256)
    best: dict[str, float] = {}
    with Evaluator(EnvSpec("math"), settings) as evaluator, VerifierPool(evaluator.spec) as pool:
        prompts = [ids for ids in _prompts(evaluator, policy.renderer) for _ in range(arguments.n)]
        seeds = list(range(len(prompts)))
        sampling = Sampling(64, 1.0, stop=policy.renderer.stop)
        for _ in range(arguments.rounds):
            started = time.perf_counter()
            completions = engine.generate(prompts, sampling, seeds)
            generated = time.perf_counter()
            texts = [policy.renderer.text(completion.token_ids) for completion in completions]
            ids = [task.id for task in evaluator.tasks for _ in range(arguments.n)]
            decoded = time.perf_counter()
            pool.score(list(zip(ids, texts, strict=True)))
            verified = time.perf_counter()
            evaluator(engine, policy.renderer)
            ended = time.perf_counter()
            parts = {"generate": generated - started, "verify": verified - decoded, "harness": ended - verified}
            best = {name: min(seconds, best.get(name, seconds)) for name, seconds in parts.items()}
    engine.close()
    bare = best["generate"] + best["verify"]
    figures = {"engine": engine.name, **best, "overhead": best["harness"] / bare - 1}
    print(json.dumps({k: round(v, 4) if isinstance(v, float) else v for k, v in figures.items()}))


def _prompts(evaluator: Evaluator, renderer: Any) -> list[list[int]]:
    return [renderer.prompt_ids(evaluator.env.messages(task)) for task in evaluator.tasks]


if __name__ == "__main__":
    main()
