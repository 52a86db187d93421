"""The settings of `TrainConfig` as keywords of `grpo.train`, for editors; what each means stands there."""

from __future__ import annotations

from typing import Any, Literal, TypedDict


class Settings(TypedDict, total=False):
    """Every setting of a run but `model` and `env`, all of them optional; a test holds it to `TrainConfig`."""

    gpu_share: float
    kv_gib: float
    kv_dtype: Literal["auto", "bfloat16", "float16", "fp8"]
    max_sequences: int
    context: int
    sleep: bool
    lora_rollouts: Literal["merged", "native"]
    engine_args: dict[str, Any]
    algo: str
    advantage: Literal["group", "centred", "loo", "batch"]
    scale_envs: bool
    loss: str
    aggregation: Literal["token", "sequence", "constant"]
    clip_low: float
    clip_high: float
    dual_clip: float
    ratio_cap: float
    epochs: int
    minibatches: int
    kl_coef: float
    kl_estimator: Literal["k1", "k2", "k3"]
    kl_in: Literal["loss", "reward"]
    ref_sync_every: int
    ref_sync_mix: float
    entropy_coef: float
    max_refills: int
    overlong_share: float
    mask_truncated: bool
    mismatch: Literal["none", "tis", "icepop", "sequence"]
    mismatch_cap: float
    mismatch_low: float
    mismatch_high: float
    max_prompt_tokens: int
    system: str
    system_in_user: bool
    chat_args: dict[str, Any]
    stops: list[str]
    chat_template: str
    chat_date: str
    sampler: Literal["in_order", "uniform", "band", "curriculum"]
    band: str
    explore: float
    forget: float
    select: list[str]
    pass_rate: str
    env_args: dict[str, Any]
    data: str
    engine: str
    seed: int
    steps: int
    tasks_per_step: int
    group_size: int
    max_tokens: int
    temperature: float
    shots: int
    learning_rate: float
    warmup_steps: int
    lr_decay: float
    beta1: float
    beta2: float
    weight_decay: float
    max_grad_norm: float
    micro_batch_tokens: int
    forward: Literal["auto", "shared", "packed", "padded", "apart"]
    logit_chunk: int
    gradient_checkpointing: bool
    optimizer: Literal["adamw", "adamw_8bit"]
    max_engine_gap: float
    rehearsal: bool
    dtype: str
    attn: str
    lora_rank: int
    lora_alpha: float
    lora_targets: list[str]
    device: str
    overlap: bool
    shard: bool
    rollouts: Literal["exact", "streaming"]
    verify_workers: int
    verify_deadline: float
    save_every: int
    keep: int
    save_optimizer: bool
    eval_tasks: int
    eval_samples: int
    eval_temperature: float
    eval_every: int
    loggers: list[Literal["tensorboard", "wandb", "trackio", "mlflow"]]
    project: str
    run_name: str
    push_to: str
    push_every: int
    push_private: bool
    push_state: bool
