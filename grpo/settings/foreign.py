"""The names that other projects have for what is set here, for the error that meets them. Imports nothing heavy."""

from __future__ import annotations

import re

TRAIN = {
    "TRL": {
        "model_name_or_path": "--model", "dataset_name": "--data", "output_dir": "--run-dir",
        "resume_from_checkpoint": "--resume", "num_generations": "--group-size",
        "generation_batch_size": "--tasks-per-step",
        "per_device_train_batch_size": "--tasks-per-step", "max_completion_length": "--max-tokens",
        "max_steps": "--steps", "num_train_epochs": "--steps", "num_iterations": "--epochs",
        "beta": "--kl-coef", "epsilon": "--clip-low",
        "epsilon_high": "--clip-high", "delta": "--dual-clip", "loss_type": "--algo", "scale_rewards": "--advantage",
        "mask_truncated_completions": "--mask-truncated", "sync_ref_model": "--ref-sync-every",
        "ref_model_sync_steps": "--ref-sync-every", "ref_model_mixup_alpha": "--ref-sync-mix", "use_vllm": "--engine",
        "vllm_importance_sampling_correction": "--mismatch", "vllm_importance_sampling_cap": "--mismatch-cap",
        "vllm_gpu_memory_utilization": "--gpu-share", "vllm_max_model_length": "--context",
        "vllm_enable_sleep_mode": "--sleep",
        "gradient_accumulation_steps": "--micro-batch-tokens", "bf16": "--dtype", "fp16": "--dtype",
        "torch_dtype": "--dtype", "attn_implementation": "--attn", "lr_scheduler_type": "--lr-decay",
        "warmup_ratio": "--warmup-steps", "adam_beta1": "--beta1", "adam_beta2": "--beta2", "optim": "--optimizer",
        "save_steps": "--save-every", "save_strategy": "--save-every", "save_total_limit": "--keep",
        "eval_steps": "--eval-every", "report_to": "--logger", "use_peft": "--lora-rank", "lora_r": "--lora-rank",
        "lora_target_modules": "--lora-target", "max_prompt_length": "--max-prompt-tokens",
        "chat_template_path": "--chat-template", "chat_template_kwargs": "--chat-arg", "push_to_hub": "--push-to",
        "hub_model_id": "--push-to", "hub_strategy": "--push-every", "hub_private_repo": "--push-private",
    },
    "verl": {
        "n": "--group-size", "train_batch_size": "--tasks-per-step", "max_response_length": "--max-tokens",
        "ppo_mini_batch_size": "--minibatches", "ppo_micro_batch_size_per_gpu": "--micro-batch-tokens",
        "ppo_max_token_len_per_gpu": "--micro-batch-tokens", "ppo_epochs": "--epochs", "clip_ratio": "--clip-low",
        "clip_ratio_low": "--clip-low", "clip_ratio_high": "--clip-high", "clip_ratio_c": "--dual-clip",
        "kl_loss_coef": "--kl-coef", "kl_loss_type": "--kl-estimator", "use_kl_in_reward": "--kl-in",
        "entropy_coeff": "--entropy-coef", "loss_agg_mode": "--aggregation", "adv_estimator": "--algo",
        "lr": "--learning-rate", "grad_clip": "--max-grad-norm", "train_files": "--data", "total_epochs": "--steps",
        "total_training_steps": "--steps", "save_freq": "--save-every", "test_freq": "--eval-every",
        "default_local_dir": "--run-dir", "project_name": "--project", "experiment_name": "--run-name",
        "max_num_gen_batches": "--max-refills", "max_prompt_length": "--max-prompt-tokens",
        "apply_chat_template_kwargs": "--chat-arg", "gpu_memory_utilization": "--gpu-share",
        "tensor_model_parallel_size": "--engine-arg", "max_num_seqs": "--max-sequences",
    },
    "OpenRLHF": {
        "pretrain": "--model", "prompt_data": "--data", "save_path": "--run-dir", "ckpt_path": "--run-dir",
        "load_checkpoint": "--resume", "n_samples_per_prompt": "--group-size", "rollout_batch_size": "--tasks-per-step",
        "generate_max_len": "--max-tokens", "max_epochs": "--epochs", "eps_clip": "--clip-low",
        "eps_clip_low_high": "--clip-high", "init_kl_coef": "--kl-coef", "actor_learning_rate": "--learning-rate",
        "max_norm": "--max-grad-norm", "advantage_estimator": "--algo", "overlong_buffer_len": "--overlong-share",
        "dynamic_filtering": "--max-refills",
        "use_wandb": "--logger", "use_tensorboard": "--logger", "use_mlflow": "--logger",
        "wandb_project": "--project", "wandb_run_name": "--run-name",
        "prompt_max_len": "--max-prompt-tokens", "save_steps": "--save-every",
    },
    "lm-eval": {
        "tasks": "--env", "model_args": "--model", "num_fewshot": "--shots", "limit": "--eval-tasks",
        "output_path": "--run-dir", "gen_kwargs": "--temperature", "system_instruction": "--system",
        "include_path": "--env-arg",
    },
    "other trainers": {
        "batch_size": "--tasks-per-step", "max_new_tokens": "--max-tokens", "num_epochs": "--steps",
    },
}  # fmt: skip
"""Flags of `grpo train`, by the project and its name for the same thing."""

EVAL = {
    "lm-eval": {
        "tasks": "--env", "model": "--ckpt", "model_args": "--ckpt", "num_fewshot": "--shots", "output_path": "--out",
        "gen_kwargs": "--temperature",
        "system_instruction": "--system", "include_path": "--env-arg",
    },
    "inspect": {"epochs": "--n", "log_dir": "--out"},
    "lighteval": {"num_fewshot": "--shots", "max_samples": "--limit", "output_dir": "--out"},
    "TRL": {"model_name_or_path": "--ckpt", "output_dir": "--out", "max_completion_length": "--max-tokens",
            "max_prompt_length": "--max-prompt-tokens", "num_generations": "--n"},
    "transformers": {"max_new_tokens": "--max-tokens", "torch_dtype": "--dtype", "bf16": "--dtype"},
}  # fmt: skip
"""Flags of `grpo eval`, likewise."""

ALGORITHMS = {
    "ppo": "PPO needs a critic, which nothing here trains: grpo takes the group's mean for it",
    "reinforce": "take --loss reinforce, or --algo rloo for the others' mean as baseline",
    "reinforce++": "take --advantage batch",
    "drgrpo": "it is dr_grpo",
    "dpo": "it learns from preferences, not from rewards: TRL has it",
}
"""What to say to algorithms that are not presets here."""


TRAIN_NEEDLESS = {
    "TRL": {
        "logging_steps": "every step is written to metrics.jsonl",
        "logging_strategy": "every step is written to metrics.jsonl",
        "eval_strategy": "--eval-every says when",
        "top_p": "it would bias the ratio between the new and the old policy",
        "top_k": "it would bias the ratio between the new and the old policy",
        "shuffle_dataset": "every epoch has an order of its own; --sampler says what else there is",
        "remove_unused_columns": "a template of the prompt names the columns that are read",
        "vllm_mode": "the engine has a process of its own, on the same device",
    },
    "lm-eval": {
        "apply_chat_template": "a policy that has a chat template is spoken to in it",
        "log_samples": "every completion is written to rollouts/ and to evals/",
    },
}
"""What needs no flag of `grpo train`, and why."""

EVAL_NEEDLESS = {
    "lm-eval": {
        "apply_chat_template": "a policy that has a chat template is spoken to in it",
        "fewshot_as_multiturn": "examples are turns of the chat, where there is a template",
        "log_samples": "every completion is written to samples.parquet",
        "batch_size": "the engine fills its batches itself",
        "use_cache": "the same command again goes on from what it has",
    },
}
"""What needs no flag of `grpo eval`, and why."""

_NEEDLESS = ((TRAIN, TRAIN_NEEDLESS), (EVAL, EVAL_NEEDLESS))
_FLAG = re.compile(r"--([a-z][a-z0-9-]*)")
_PLURAL = ("logger", "lora_target", "chat_arg", "engine_arg", "env_arg", "stop")


def known_elsewhere(name: str, table: dict[str, dict[str, str]]) -> str:
    """Returns which flag means what other projects call so, as `--beta of TRL is --kl-coef here`; or nothing.

    Args:
        name: A flag or a key, such as `--num-generations`, `num_generations` or `actor_rollout_ref.rollout.n`.
        table: `TRAIN` or `EVAL`.
    """
    key = name.lstrip("-").replace("-", "_").lower()
    last = key.rpartition(".")[2]
    for project, names in table.items():
        if flag := names.get(key) or names.get(last):
            return f"{name} of {project} is {flag} here"
    needless = next(reasons for one, reasons in _NEEDLESS if one is table)
    for project, reasons in needless.items():
        if reason := reasons.get(key) or reasons.get(last):
            return f"{name} of {project} needs no setting here: {reason}"
    own = f"--{last.replace('_', '-')}"
    if last != key and any(own in names.values() for names in table.values()):
        return f"{name} is {own} here"
    for project, names in (EVAL if table is TRAIN else TRAIN).items():
        if flag := names.get(key):
            return f"{name} of {project} is {flag} of `grpo {'eval' if table is TRAIN else 'train'}`"
    return ""


def spelt(told: str) -> str:
    """Returns what `known_elsewhere` says with flags as the settings of a run that they are: `logger` is `loggers`."""

    def setting(flag: re.Match[str]) -> str:
        name = flag[1].replace("-", "_")
        return f"{name}s" if name in _PLURAL else name

    return told if "of `grpo" in told else _FLAG.sub(setting, told)
