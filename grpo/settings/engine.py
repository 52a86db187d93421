"""What can be set of the engine: its memory, its batch, and any argument of vLLM's own."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

OWN_ARGUMENTS = (
    "model", "tokenizer", "dtype", "enforce_eager", "max_model_len", "max_num_seqs", "gpu_memory_utilization",
    "kv_cache_memory_bytes", "kv_cache_dtype", "logprobs_mode", "generation_config", "seed", "weight_transfer_config",
    "enable_sleep_mode", "enable_lora", "max_lora_rank", "max_loras", "max_cpu_loras",
)  # fmt: skip
"""Arguments of vLLM that a run sets itself: what they decide has a setting, or would make log-probs wrong."""


class EngineConfig(BaseModel):
    """How the engine uses its machine; none of it changes which tokens a seed gives, but for rounding."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True, strict=False)

    gpu_share: float = Field(0.45, gt=0, le=1)
    """Share of the GPU's memory that vLLM may take; the rest is the trainer's."""
    kv_gib: float = Field(0.0, ge=0)
    """GiB for vLLM's keys and values; 0 takes gpu_share on a GPU, on a CPU what the sequences need and memory has."""
    kv_dtype: Literal["auto", "bfloat16", "float16", "fp8"] = "auto"
    """Dtype of vLLM's keys and values; auto is the weights'. Fewer bits, a larger gap to the trainer."""
    max_sequences: int = Field(0, ge=0)
    """Most sequences decoded at once; 0 is 256 for vLLM, and what next-token logits allow for transformers."""
    context: int = Field(0, ge=0)
    """Longest prompt plus completion, in tokens; 0 is what the prompts need."""
    sleep: bool = False
    """vLLM leaves its GPU to the trainer during an update: its weights wait in main memory, keys and values go."""
    lora_rollouts: Literal["merged", "native"] = "merged"
    """What vLLM samples an adapted policy with: weights with the adapter merged in, or the base and the adapter."""
    engine_args: dict[str, Any] = Field(default_factory=dict)
    """More arguments of vLLM's own, such as block_size=32."""

    @field_validator("engine_args")
    @classmethod
    def _not_ours(cls, arguments: dict[str, Any]) -> dict[str, Any]:
        for name in arguments:
            if name in OWN_ARGUMENTS:
                ours = "kv_gib, max_sequences, context, dtype, sleep, lora_rollouts"
                raise ValueError(f"{name} is set by the run itself; see {ours}")
        return arguments

    @model_validator(mode="after")
    def _vllm_only(self) -> Self:
        if getattr(self, "engine", "auto") == "transformers":
            for name in ("gpu_share", "kv_gib", "kv_dtype", "sleep", "lora_rollouts", "engine_args"):
                if getattr(self, name) != type(self).model_fields[name].get_default(call_default_factory=True):
                    raise ValueError(f"{name} is vLLM's alone: leave it out, or take engine=vllm")
        return self
