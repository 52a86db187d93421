"""vLLM rollout throughput through the environment loop, over bare `LLM.generate` on the same prompts.

Both sides run in turns, the bare one on vLLM in this process, the loop on vLLM in the process that a run gives it; the
ratio is the median over the turns. The loop renders prompts, samples with per-request seeds and log-probs, decodes,
verifies in worker processes and sets advantages.

    python benchmarks/training/rollouts.py [--repeat 7]
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

from envs.workers.pool import VerifierPool
from grpo.engines import Sampling, make_engine
from grpo.engines.options import VllmOptions
from grpo.engines.vllm_engine import VllmEngine
from grpo.policy.model import load_policy
from grpo.rollouts.rollout import RolloutMaker
from grpo.rollouts.seeds import derive_seed
from grpo.settings.config import load_config


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--tasks", type=int, default=48)
    args = parser.parse_args()
    config = load_config(None, {})
    policy = load_policy(config.model)
    engine = make_engine("vllm", policy, max_model_len=256)
    here = VllmEngine(
        VllmOptions(model_dir=Path(policy.path), max_model_len=256, eos_ids=policy.eos_ids, settings=config)
    )
    env = config.environments[0].spec.build()
    sampling = Sampling(config.max_tokens, config.temperature)
    with VerifierPool(config.environments[0].spec) as pool:
        maker = RolloutMaker(env, pool, engine, policy.renderer, sampling, 0)
        seeds = list(range(args.tasks))
        ratios, loops, bares = [], [], []
        for turn in range(args.repeat + 1):
            started = time.perf_counter()
            rollouts, _ = maker.groups(seeds, config.group_size, turn)
            loop = sum(len(r.completion_ids) for r in rollouts) / (time.perf_counter() - started)
            bare = bare_generate(here, [r.prompt_ids for r in rollouts], config, turn)
            if turn:  # the first turn compiles and warms caches
                loops.append(loop)
                bares.append(bare)
                ratios.append(loop / bare)
    engine.close()
    here.close()
    print(f"{len(rollouts)} completions a turn, {args.repeat} turns")
    print(f"through the environment loop: {statistics.median(loops):,.0f} completion tokens/s")
    print(f"bare LLM.generate:            {statistics.median(bares):,.0f} completion tokens/s")
    print(f"ratio: {statistics.median(ratios):.3f} (median; {min(ratios):.3f} to {max(ratios):.3f})")


def bare_generate(engine, prompts, config, turn: int) -> float:
    """Returns tokens/s of vLLM's own entry point with per-request seeds, and nothing around it."""
    from vllm import SamplingParams

    params = [
        SamplingParams(
            max_tokens=config.max_tokens,
            temperature=config.temperature,
            seed=derive_seed(1, turn, index),
            logprobs=0,
            stop_token_ids=engine._eos_ids,
        )
        for index in range(len(prompts))
    ]
    started = time.perf_counter()
    outputs = engine._llm.generate([{"prompt_token_ids": ids} for ids in prompts], params, use_tqdm=False)
    return sum(len(output.outputs[0].token_ids) for output in outputs) / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
