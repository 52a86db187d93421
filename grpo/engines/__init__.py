"""Engines: where completions come from."""

from __future__ import annotations

import copy
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

from envs.core.errors import UsageError, did_you_mean
from grpo.engines.base import Completion, Engine, FinishReason, Sampling
from grpo.settings.engine import EngineConfig

if TYPE_CHECKING:
    from grpo.policy.model import Policy

_LOGITS_AT_ONCE = 2**26
_INSTALL = "pip install 'grpo-gym[cpu]' (or [gpu])"
ENGINES = ("auto", "vllm", "transformers")

__all__ = [
    "ENGINES",
    "Completion",
    "Engine",
    "FinishReason",
    "Sampling",
    "check_engine",
    "choose_engine",
    "make_engine",
    "push_weights",
]


def choose_engine(name: str) -> str:
    """Returns the engine that a name stands for; `auto` is vLLM where it is installed.

    Raises:
        UsageError: An unknown name, or vLLM asked for and not installed.
    """
    if name not in ENGINES:
        raise UsageError(f"no engine {name!r}: {did_you_mean(name, ENGINES)}")
    installed = importlib.util.find_spec("vllm") is not None
    if name == "vllm" and not installed:
        raise UsageError(f"vLLM is not installed: {_INSTALL}, or use --engine transformers")
    if name == "auto":
        return "vllm" if installed else "transformers"
    return name


def check_engine(name: str, policy: Policy, settings: EngineConfig) -> None:
    """Refuses what is set of an engine and does not suit the policy, its device, or the engine that there is.

    Raises:
        UsageError: Something that is vLLM's alone with another engine, an adapter's setting without one, or sleep on a
            device whose memory nobody waits for.
    """
    chosen = choose_engine(name)
    for flag, asked in (("--sleep", settings.sleep), ("--lora-rollouts native", settings.lora_rollouts == "native")):
        if asked and chosen != "vllm":
            raise UsageError(f"{flag} is vLLM's alone, which is not installed: leave it out, or {_INSTALL}")
    if settings.sleep and policy.model.device.type != "cuda":
        raise UsageError("--sleep frees the memory of a GPU while the policy trains, and there is none: leave it out")
    if settings.lora_rollouts == "native":
        from grpo.policy.adapter import is_adapted

        if not is_adapted(policy.model):
            raise UsageError("--lora-rollouts native: this policy has no adapter: add --lora-rank 16, or leave it out")


def make_engine(
    name: str,
    policy: Policy,
    *,
    max_model_len: int,
    dtype: str = "float32",
    own_weights: bool = False,
    settings: EngineConfig | None = None,
) -> Engine:
    """Builds an engine for a policy.

    Args:
        name: One of `ENGINES`.
        policy: What to sample from. The transformers engine samples from `policy.model` itself, so a trainer's
            updates are seen at once; vLLM loads its own copy from `policy.path`.
        max_model_len: Longest prompt plus completion, in tokens.
        dtype: Of the engine's weights.
        own_weights: Give the transformers engine a copy too, so that it can sample while the policy trains.
        settings: Memory, batch and further arguments. Where it names no most sequences, vLLM takes 256, and
            transformers what keeps a step's next-token logits within `_LOGITS_AT_ONCE` numbers.

    Raises:
        UsageError: An unknown engine, one that is not installed, or a space for keys and values that holds no sequence.
        RunError: The engine cannot serve this model.
    """
    settings = settings or EngineConfig.model_validate({})
    check_engine(name, policy, settings)
    if choose_engine(name) == "vllm":
        from grpo.engines.kv_space import check_kv_gib
        from grpo.engines.options import VllmOptions
        from grpo.engines.process.remote import RemoteEngine
        from grpo.policy.adapter import adapter_config

        if settings.kv_gib:
            check_kv_gib(_text_config(policy), settings.kv_gib, max_model_len, dtype, settings.kv_dtype)
        return RemoteEngine(
            VllmOptions(
                model_dir=Path(policy.path),
                max_model_len=max_model_len,
                eos_ids=tuple(policy.eos_ids),
                dtype=dtype,
                settings=settings,
                adapter=adapter_config(policy.model) if settings.lora_rollouts == "native" else None,
            )
        )
    from grpo.engines.transformers_engine import TransformersEngine

    return TransformersEngine(
        _frozen_copy(policy.model) if own_weights else policy.model,
        eos_ids=policy.eos_ids,
        max_model_len=max_model_len,
        max_sequences=settings.max_sequences or min(1024, max(32, _LOGITS_AT_ONCE // len(policy.renderer.tokenizer))),
        tokenizer=policy.renderer.tokenizer,
    )


def _text_config(policy: Policy) -> Any:
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(policy.path) if policy.model is None else policy.model.config
    return config.get_text_config()


def push_weights(engine: Engine, model: Any) -> None:
    """Hands a policy's weights to an engine; its next completions are sampled with them.

    Raises:
        RunError: They did not arrive whole.
    """
    from grpo.policy.adapter import engine_weights, saved_adapter

    taken = saved_adapter(model).items() if engine.takes_adapter else engine_weights(model, engine.checkpoint_names)
    engine.update_weights(taken)


def _frozen_copy(model: Any) -> Any:
    """Returns a copy to sample from; of an adapted model the base with the adapter merged in, as weights come."""
    from grpo.policy.adapter import is_adapted

    copied = copy.deepcopy(model)
    return (copied.merge_and_unload() if is_adapted(model) else copied).eval().requires_grad_(False)
