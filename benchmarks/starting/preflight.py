"""How near is the memory that a run is foretold to what its step takes: `python benchmarks/starting/preflight.py`.

Models of five families with random weights, each in a process of its own, on the CPU: the estimate that `grpo train`
makes before a run, over the growth of the process's resident memory from before the model is built to the peak of a
whole update, AdamW's step included. Groups fill the micro-batch.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

_SHAPE = {
    "vocab_size": 16_000, "hidden_size": 512, "intermediate_size": 1536, "num_hidden_layers": 10,
    "num_attention_heads": 8, "num_key_value_heads": 4, "head_dim": 64, "max_position_embeddings": 1024,
    "pad_token_id": None, "bos_token_id": 1, "eos_token_id": 2,
}  # fmt: skip
MODELS: dict[str, dict[str, Any]] = {
    "builtin:tiny": {},
    "llama": _SHAPE,
    "qwen3": {**_SHAPE, "tie_word_embeddings": True, "num_hidden_layers": 12},
    "gemma3_text": {
        **_SHAPE, "sliding_window": 128, "layer_types": ["sliding_attention", "full_attention"] * 5,
        "query_pre_attn_scalar": 64, "vocab_size": 48_000,
    },
    "mixtral": {
        **_SHAPE, "num_hidden_layers": 6, "num_local_experts": 4, "num_experts_per_tok": 2, "intermediate_size": 1024,
    },
}  # fmt: skip
_SMALL = {"vocab_size": 200, "hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 2, "head_dim": 16}
_GIB = 2**30
_PROMPT, _COMPLETION = 64, 192


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", default=",".join(MODELS))
    parser.add_argument("--tokens", type=int, default=2048, help="Of the micro-batch.")
    parser.add_argument("--train", action="append", default=[], metavar="NAME=VALUE", help="Settings of the run.")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(measured(args.one, args.tokens, dict(pair.split("=", 1) for pair in args.train))))
        return
    print(f"{'model':<14} {'parameters':>11} {'foretold GiB':>13} {'measured GiB':>13} {'ratio':>6}", flush=True)
    ratios = []
    for name in args.models.split(","):
        command = [sys.executable, __file__, "--one", name, "--tokens", str(args.tokens)]
        command += [word for pair in args.train for word in ("--train", pair)]
        found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
        ratios.append(found["foretold"] / found["measured"])
        sizes = f"{found['foretold'] / _GIB:>13.2f} {found['measured'] / _GIB:>13.2f}"
        print(f"{name:<14} {found['parameters'] / 1e6:>10.1f}M {sizes} {ratios[-1]:>6.2f}  {found['said']}", flush=True)
    print(f"foretold over measured: {min(ratios):.2f} to {max(ratios):.2f}")


def measured(name: str, tokens: int, given: dict[str, str]) -> dict[str, Any]:
    """Returns what one model is foretold and what its update takes, in bytes."""
    import torch
    import transformers

    from grpo.runs.preflight import estimate_memory
    from grpo.session import keep_memory_mapped
    from grpo.settings.config import check_config

    each = max(1, (tokens - _PROMPT) // _COMPLETION)  # of one group, whose prompt passes the model once
    config = check_config(
        {"micro_batch_tokens": tokens, "group_size": max(2, each), "tasks_per_step": 2, "max_tokens": _COMPLETION,
         "max_engine_gap": 100.0, "dtype": "float32", **given},
        "the benchmark",
    )  # fmt: skip
    keep_memory_mapped()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    transformers.utils.logging.disable_progress_bar()
    like = name if MODELS[name] else "llama"
    _update(_model(like, torch.float32, small=True), config)  # what the libraries take for themselves
    before = _forgotten_peak()
    model = _model(name, getattr(torch, config.dtype))
    need = estimate_memory(model, config)
    _update(model, config)
    grown = _peak() - before
    parameters = sum(p.numel() for p in model.parameters())
    return {"parameters": parameters, "foretold": need.total, "measured": grown, "said": str(need)}


def _update(model: Any, config: Any) -> None:
    from grpo.update.update import Updater

    updater = Updater(model, config, longest=_PROMPT + _COMPLETION)
    stats = updater.update(_rollouts(config, model.config.get_text_config().vocab_size), 1)
    assert stats.optimizer_steps == 1 and type(updater.path).__name__ == "PackedPath"


def _model(name: str, dtype: Any, small: bool = False) -> Any:
    from transformers import AutoConfig, AutoModelForCausalLM

    from grpo.policy.model import load_policy

    if name.startswith("builtin:"):
        return load_policy(name).model.to(dtype)
    shape = MODELS[name] | (_SMALL if small else {})
    shape |= {"layer_types": shape["layer_types"][: shape["num_hidden_layers"]]} if "layer_types" in shape else {}
    config = AutoConfig.for_model(name, **shape)
    return AutoModelForCausalLM.from_config(config, dtype=dtype).eval()


def _rollouts(config: Any, words: int) -> list[Any]:
    import torch

    from envs import Reward
    from grpo.engines.base import FinishReason
    from grpo.rollouts.rollout import Rollout

    rng = torch.Generator().manual_seed(0)
    made = []
    for task in range(config.tasks_per_step):
        prompt = torch.randint(3, words, (_PROMPT,), generator=rng).tolist()
        for place in range(config.group_size):
            ids = torch.randint(3, words, (_COMPLETION,), generator=rng).tolist()
            rollout = Rollout(str(task), place, "", prompt, "", ids, [-9.0] * len(ids), FinishReason.STOP, {})
            rollout.reward, rollout.advantage = Reward(float(place % 2)), 1.0 if place % 2 else -1.0
            made.append(rollout)
    return made


def _forgotten_peak() -> int:
    """Returns the resident memory of now, in bytes, and makes the system forget the peak."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return _status("VmRSS")


def _peak() -> int:
    return _status("VmHWM")


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


if __name__ == "__main__":
    main()
