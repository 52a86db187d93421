"""Engines whose inside a test has to reach."""

from pathlib import Path

from grpo.settings.engine import EngineConfig


def vllm_here(policy, length, **settings):
    """Returns vLLM in this process, with its `_llm` at hand; runs have it in one of its own."""
    from grpo.engines.options import VllmOptions
    from grpo.engines.vllm_engine import VllmEngine

    return VllmEngine(
        VllmOptions(
            model_dir=Path(policy.path),
            max_model_len=length,
            eos_ids=policy.eos_ids,
            settings=EngineConfig(**settings),
        )
    )
