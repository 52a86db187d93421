"""Runs with a checkpoint and nothing trained: the built-in policy, its weights moved a little."""

import torch

from envs.core.registry import EnvSpec
from evals.evaluator import EvalSettings, Evaluator
from grpo.policy.adapter import add_adapter, saved_weights
from grpo.policy.model import load_policy
from grpo.runs.checkpoint import TrainerState, save_checkpoint
from grpo.runs.rundir import RunDir
from grpo.runs.saving import on_cpu
from grpo.settings.config import TrainConfig
from gymtests.evaluating.fake_policy import FakeSampler
from gymtests.places import SUMS


def checkpointed(folder, *steps, evaluated=False, **settings):
    """Returns a run's folder with a checkpoint after each of these steps."""
    config = TrainConfig(**{"steps": max(steps, default=1), "dtype": "float32", **settings})
    run = RunDir(folder)
    run.begin(config)
    more_checkpoints(run, *steps)
    if evaluated:
        with Evaluator(EnvSpec(SUMS), EvalSettings(tasks=20, samples=4)) as evaluator:
            for label, skill in (("before", 0.3), ("after", 0.9)):
                evaluator.run(FakeSampler(skill), model={"name": "fake"}).save(run.evals / label)
    return folder


def more_checkpoints(run, *steps):
    """Adds checkpoints to a run, each with weights of its own."""
    config = run.config()
    policy = load_policy("builtin:tiny", form=config.chat_form)
    if config.lora_rank:
        policy.model = add_adapter(
            policy.model, "builtin:tiny", rank=config.lora_rank, alpha=32, targets=["all-linear"], seed=3
        )
    for step in steps:
        generator = torch.Generator().manual_seed(step)
        with torch.no_grad():
            for parameter in policy.model.parameters():
                if parameter.requires_grad:
                    parameter += 0.02 * torch.randn(parameter.shape, generator=generator)
        manifest = {"version": "math-1", "split": "train", "size": None, "ids_sha256": "ab" * 32}
        state = TrainerState(step, None, config.without_code(), manifest, 2.0 * step, step)
        save_checkpoint(run.checkpoints, policy, on_cpu(saved_weights(policy.model)), state)
        run.append_metrics({"step": step, "reward": 0.5, "elapsed_s": 2.0 * step})


def logits(model):
    """What a model says of a sequence, as it comes."""
    with torch.no_grad():
        return model(torch.arange(5, 45)[None]).logits
