"""Our loss beside TRL's own, for the algorithms both have. Needs `trl` (a development dependency); skips without it."""

import copy
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from grpo.settings.config import TrainConfig
from grpo.update.update import Updater
from gymtests.training import oracle
from gymtests.training.rollouts import make_rollouts
from gymtests.training.updates import BASE

pytest.importorskip("trl", reason="pip install --no-deps trl==1.16.0 beside this torch")
pytestmark = pytest.mark.filterwarnings("ignore")

MAX_TOKENS = 16
BOTH = {
    "grpo": ({"aggregation": "sequence", "clip_high": 0.2}, {"loss_type": "grpo"}),
    "grpo, k3": ({"aggregation": "sequence", "clip_high": 0.2, "kl_coef": 0.3}, {"loss_type": "grpo", "beta": 0.3}),
    "bnpo": ({"clip_high": 0.2}, {"loss_type": "bnpo"}),
    "dapo": ({}, {"loss_type": "dapo", "epsilon_high": 0.28}),
    "dr_grpo": ({"aggregation": "constant", "clip_high": 0.2}, {"loss_type": "dr_grpo"}),
    "cispo": ({"loss": "cispo", "ratio_cap": 1.05}, {"loss_type": "cispo", "epsilon_high": 1.05}),
    "gspo": (
        {"loss": "gspo", "aggregation": "sequence", "clip_low": 0.01, "clip_high": 0.02},
        {"loss_type": "grpo", "importance_sampling_level": "sequence", "epsilon": 0.01, "epsilon_high": 0.02},
    ),
    "entropy": ({"entropy_coef": 0.1}, {"loss_type": "bnpo", "epsilon_high": 0.28, "entropy_coef": 0.1}),
    "token weights": ({"mismatch": "tis", "mismatch_cap": 1.3}, {"loss_type": "bnpo", "epsilon_high": 0.28}),
}


def moved(model, seed, by=0.01):
    other = copy.deepcopy(model)
    rng = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.add_(by * parameter.abs().mean() * torch.randn(parameter.shape, generator=rng))
    return other


@pytest.fixture(scope="module")
def scene(tiny):
    """Rollouts of one policy, a later policy, a reference, and every log-prob TRL is handed."""
    later, reference = moved(tiny.model, 0), moved(tiny.model, 1, 0.02)
    rng = np.random.default_rng(0)
    rollouts = make_rollouts(3, 4, rewards=[[1, 0, 0, 1], [1, 1, 0, 1], [0.5, 0.2, 0.5, 0.9]])
    for r in rollouts:
        old = oracle.sequence_logprobs(tiny.model, r.prompt_ids, r.completion_ids, 1.0)
        r.logprobs = (np.array(old) + rng.normal(0, 0.4, len(old))).tolist()
    return SimpleNamespace(old=tiny.model, later=later, reference=reference, rollouts=rollouts)


def padded(rows, left=False):
    width = max(map(len, rows))
    fill = [[0] * (width - len(row)) for row in rows]
    return torch.tensor([f + row if left else row + f for f, row in zip(fill, rows, strict=True)])


def trl_inputs(scene, weights):
    rollouts = scene.rollouts
    prompts, completions = [r.prompt_ids for r in rollouts], [r.completion_ids for r in rollouts]
    logprobs = {
        name: padded([oracle.sequence_logprobs(model, r.prompt_ids, r.completion_ids, 1.0) for r in rollouts]).float()
        for name, model in (("old", scene.old), ("ref", scene.reference))
    }
    mask = padded([[1] * len(ids) for ids in completions])
    inputs = {
        "prompt_ids": padded(prompts, left=True), "prompt_mask": padded([[1] * len(p) for p in prompts], left=True),
        "completion_ids": padded(completions), "completion_mask": mask,
        "advantages": torch.tensor([r.advantage for r in rollouts]), "num_items_in_batch": mask.sum(),
        "old_per_token_logps": logprobs["old"], "ref_per_token_logps": logprobs["ref"],
    }  # fmt: skip
    if weights:
        sampled = padded([r.logprobs for r in rollouts])
        inputs["importance_sampling_ratio"] = (logprobs["old"] - sampled).exp().clamp(max=1.3)
    return inputs


@pytest.mark.parametrize("name", BOTH)
def test_loss_and_gradient_are_trls(tiny, scene, tmp_path, name):
    from datasets import Dataset
    from trl import GRPOConfig, GRPOTrainer

    ours, theirs = BOTH[name]
    model = copy.deepcopy(scene.later).eval()
    args = GRPOConfig(
        output_dir=str(tmp_path), per_device_train_batch_size=4, num_generations=4, report_to=[], use_cpu=True,
        bf16=False, max_completion_length=MAX_TOKENS, use_bias_correction_kl=False,
        **{"epsilon": 0.2, "beta": 0.0, **theirs},
    )  # fmt: skip
    trainer = GRPOTrainer(
        model=model, reward_funcs=lambda completions, **_: [0.0] * len(completions), args=args,
        train_dataset=Dataset.from_list([{"prompt": "a"}] * 4), processing_class=tiny.renderer.tokenizer,
    )  # fmt: skip
    if name == "token weights":
        trainer.use_vllm = trainer.vllm_importance_sampling_correction = True
    expected = trainer._compute_loss(model, trl_inputs(scene, weights=name == "token weights"))
    model.zero_grad()
    expected.backward()

    mine = copy.deepcopy(scene.old)
    config = TrainConfig(**{**BASE, **ours}, epochs=2, max_tokens=MAX_TOKENS)
    updater = Updater(mine, config, scene.reference if config.kl_coef else None)
    losses, gradients = [], {}

    def step():
        gradients.update({n: p.grad.clone() for n, p in mine.named_parameters()})
        mine.load_state_dict(scene.later.state_dict())

    updater.optimizer.step = step
    reduce = updater._loss
    updater._loss = lambda *args: losses.append(reduce(*args)) or losses[-1]
    updater.update(scene.rollouts, 1)
    second = losses[len(losses) // 2 :]
    assert float(sum(second).detach()) == pytest.approx(float(expected.detach()), rel=1e-5, abs=1e-5)
    for parameter_name, parameter in model.named_parameters():
        scale = float(parameter.grad.abs().max())
        torch.testing.assert_close(gradients[parameter_name], parameter.grad, rtol=1e-4, atol=1e-5 * scale + 1e-8)
