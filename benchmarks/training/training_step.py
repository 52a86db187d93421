"""One training step, the plain padded path against the shared prefix with chunked log-probs: seconds and peak memory.

Each variant runs in a process of its own over the same made-up rollouts: forward, backward, clipping and AdamW. The
first step, which allocates AdamW's moments, is not timed. Seconds are wall-clock and, for machines with other work to
do, CPU. Memory is the process's peak resident set (on a GPU, what PyTorch allocated at most) in GiB, in all and above
what no path can do without: weights, gradients and AdamW's two moments. Tokens a second count every prompt once and all
completions: what has to be read. MFU (model FLOPs utilisation, Chowdhery et al. 2022, arXiv:2204.02311) is 6 FLOPs for
each of these tokens and each weight that multiplies, attention's scores apart, over what the device could do.

    python benchmarks/training/training_step.py --model MODEL    # 400-token prompts, G=16, 32-token completions
    python benchmarks/training/training_step.py --model builtin:tiny --prompts 12 --prompt-tokens 20 \
        --completion-tokens 24
    python benchmarks/training/training_step.py --model MODEL --device cuda --dtype bfloat16 --peak-tflops 989  # H100
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time

VARIANTS = {
    "plain padded": {"forward": "padded", "logit_chunk": 0},
    "padded, chunked": {"forward": "padded"},
    "packed, chunked": {"forward": "packed"},
    "shared, whole logits": {"forward": "shared", "logit_chunk": 0},
    "shared, chunked": {"forward": "shared"},
}
GIB = 2**30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="builtin:tiny")
    parser.add_argument("--prompts", type=int, default=1)
    parser.add_argument("--prompt-tokens", type=int, default=400)
    parser.add_argument("--completion-tokens", type=int, default=32)
    parser.add_argument("--ragged", action="store_true", help="Lengths from half to the whole of those given.")
    parser.add_argument("--group-size", type=int, default=16)
    parser.add_argument("--steps", type=int, default=2, help="Timed steps; the fastest counts.")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--peak-tflops", type=float, default=0.0, help="Of the device at this dtype, for the MFU.")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--setting", action="append", default=[], metavar="NAME=JSON", help="Of every variant.")
    parser.add_argument("--variants", default="plain padded;shared, chunked", help="Names, ';' between them, or all.")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(measure(args)))
        return
    names = list(VARIANTS) if args.variants == "all" else args.variants.split(";")
    results = {name: in_process_of_its_own(name) for name in names}
    report(results, args.peak_tflops)


def in_process_of_its_own(name: str) -> dict[str, float]:
    """Returns what `measure` prints in a fresh interpreter."""
    command = [sys.executable, __file__, *sys.argv[1:], "--one", name]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def measure(args: argparse.Namespace) -> dict[str, float]:
    """Trains a few steps by one variant."""
    import torch

    from grpo.policy.model import load_policy
    from grpo.session import keep_memory_mapped
    from grpo.settings.config import TrainConfig
    from grpo.update.update import Updater

    torch.set_num_threads(args.threads)
    keep_memory_mapped()
    policy = load_policy(args.model, dtype=args.dtype, device=args.device)
    on_gpu = policy.model.device.type == "cuda"
    settings = {key: json.loads(value) for key, value in (pair.split("=", 1) for pair in args.setting)}
    config = TrainConfig(
        learning_rate=1e-7, max_engine_gap=1e9, group_size=args.group_size, **{**settings, **VARIANTS[args.one]}
    )
    updater = Updater(policy.model, config)
    rollouts = made_up(args, len(policy.renderer.tokenizer))
    seconds, cpu = [], []
    for step in range(1, args.steps + 2):
        began, began_cpu = time.perf_counter(), time.process_time()
        stats = updater.update(rollouts, step)
        if on_gpu:
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - began)
        cpu.append(time.process_time() - began_cpu)
    weights = list(policy.model.parameters())
    needed = sum(p.numel() * (2 * p.element_size() + 8 + (4 if p.element_size() < 4 else 0)) for p in weights)
    peak = torch.cuda.max_memory_allocated() if on_gpu else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    tied = policy.model.get_input_embeddings().weight is policy.model.get_output_embeddings().weight
    lookups = 0 if tied else policy.model.get_input_embeddings().weight.numel()  # a lookup multiplies nothing
    return {
        "seconds": min(seconds[1:]),
        "cpu": min(cpu[1:]),
        "peak": peak,
        "needed": needed,
        "grad_norm": stats.grad_norm,
        "tokens": sum(len(r.completion_ids) + (len(r.prompt_ids) if r.sample == 0 else 0) for r in rollouts),
        "weights": sum(p.numel() for p in weights) - lookups,
    }


def made_up(args: argparse.Namespace, vocabulary: int) -> list:
    """Returns rollouts of random tokens whose advantages alternate."""
    import numpy as np

    from envs import Reward
    from grpo.engines.base import FinishReason
    from grpo.rollouts.rollout import Rollout

    rng = np.random.default_rng(0)

    def tokens(most: int) -> list[int]:
        return rng.integers(3, vocabulary, rng.integers(most // 2, most + 1) if args.ragged else most).tolist()

    rollouts = []
    for task in range(args.prompts):
        prompt = tokens(args.prompt_tokens)
        for sample in range(args.group_size):
            ids = tokens(args.completion_tokens)
            rollouts.append(
                Rollout(
                    task_id=str(task), sample=sample, prompt="", prompt_ids=prompt, completion="", completion_ids=ids,
                    logprobs=[-1.0] * len(ids), finish_reason=FinishReason.LENGTH, meta={},
                    reward=Reward(float(sample % 2)), advantage=2.0 * (sample % 2) - 1.0,
                )
            )  # fmt: skip
    return rollouts


def report(results: dict[str, dict[str, float]], peak_tflops: float) -> None:
    """Prints each variant beside the first."""
    first = next(iter(results.values()))
    print(f"weights, gradients and AdamW: {first['needed'] / GIB:.2f} GiB")
    headings = ("s", "CPU s", "less", "peak", "share", "above", "share", "|grad|", "tokens/s", "MFU")
    widths = (7, 7, 8, 6, 6, 6, 6, 7, 8, 6)
    print(f"{'path':21}", *(f"{heading:>{width}}" for heading, width in zip(headings, widths, strict=True)))
    for name, result in results.items():
        above = result["peak"] - result["needed"]
        rate = result["tokens"] / result["seconds"]
        mfu = f"{6 * result['weights'] * rate / (peak_tflops * 1e12):6.1%}" if peak_tflops else "     -"
        print(
            f"{name:21} {result['seconds']:7.2f} {result['cpu']:7.2f} {first['cpu'] / result['cpu']:7.2f}x "
            f"{result['peak'] / GIB:6.2f} {result['peak'] / first['peak']:6.2f} {above / GIB:6.2f} "
            f"{above / (first['peak'] - first['needed']):6.2f}  {result['grad_norm']:7.4g} {rate:8.0f} {mfu}"
        )


if __name__ == "__main__":
    main()
