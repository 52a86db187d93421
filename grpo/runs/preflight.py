"""What is checked before the first step: does it fit the memory, and is there anything to learn from?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from envs.core.errors import UsageError
from envs.core.reward import Status
from grpo.engines.base import FinishReason
from grpo.engines.kv_space import free_main_memory
from grpo.rollouts.collect import has_variance
from grpo.rollouts.rollout import Rollout
from grpo.runs.advice import CUT_OFF, easier, harder, listed, longer_completions, too_slow
from grpo.settings.config import TrainConfig

PROBE_GROUPS = 16
"""Groups sampled before the first step to see whether there is a signal."""
LOW = 0.2
"""Mean score below which it is worth a greedy completion of each task to know whether sampling is the cause."""
_LOST_BY_SAMPLING = 0.15
_COOLER = 0.7
_GIB = 2**30
_COUNTED = (32, 96)
"""Tokens of the sequences over which it is counted what a model keeps."""
_WORDS = 24
_BLOCKS = 4
_BESIDE = 1.2
"""What the backward pass holds beside, gradients of activations and room that is not reused, as five families took it
(`benchmarks/starting/preflight.py`)."""
_MASTER_BYTES = 4
_ADAM_BYTES = 8


@dataclass(frozen=True, slots=True)
class MemoryEstimate:
    """Bytes a run needs on the training device; the engine's share is its own on a GPU.

    Attributes:
        weights: The policy, its float32 master copy where it has one, and the reference.
        gradients: One for each trained parameter.
        optimizer: AdamW's two moments.
        activations: What one micro-batch keeps for the backward pass, roughly.
    """

    weights: int
    gradients: int
    optimizer: int
    activations: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.gradients + self.optimizer + self.activations

    def __str__(self) -> str:
        parts = (("weights", self.weights), ("gradients", self.gradients), ("optimizer", self.optimizer))
        listed = ", ".join(f"{name} {size / _GIB:.2f}" for name, size in (*parts, ("activations", self.activations)))
        return f"{self.total / _GIB:.2f} GiB ({listed})"


def estimate_memory(model: Any, config: TrainConfig, shards: int = 1) -> MemoryEstimate:
    """Returns an estimate for training this model under this config.

    Activations are those that the model itself keeps of a few tokens, for as many as a micro-batch has, with what the
    blocks of logits take. Of `shards` processes that spread the training each still holds the weights whole, to sample
    from.
    """
    parameters = list(model.parameters())
    size = sum(p.numel() * p.element_size() for p in parameters)
    trained = [p for p in parameters if p.requires_grad]
    count = sum(p.numel() for p in trained)
    extra = shards > 1 or any(p.element_size() < _MASTER_BYTES for p in trained)
    master = count * _MASTER_BYTES if extra else 0
    shape = getattr(model.config, "get_text_config", lambda: model.config)()
    kept = _kept_per_token(model, shape)
    if config.gradient_checkpointing:  # each layer's input, and one layer's own at a time
        layers = max(1, getattr(shape, "num_hidden_layers", 1))
        kept = kept // layers + layers * getattr(shape, "hidden_size", 0) * parameters[0].element_size()
    return MemoryEstimate(
        weights=size * (2 if config.kl_coef else 1) + master // shards,
        gradients=sum(p.numel() * p.element_size() for p in trained) // shards,
        optimizer=count * _ADAM_BYTES // shards,
        activations=int(_BESIDE * (kept * config.micro_batch_tokens + _head_bytes(shape, config))),
    )


def _kept_per_token(model: Any, shape: Any) -> int:
    """Returns the bytes that a model keeps of one more token for its backward pass, its output matrix apart.

    They are counted over two short sequences: what a layer keeps depends on its norms, its activation, its experts, and
    on how its library wrote it down. Of a model that cannot be run so, 24 vectors of the hidden size a layer.
    """
    try:
        short, long = (_kept_bytes(model, count) for count in _COUNTED)
        return (long - short) // (_COUNTED[1] - _COUNTED[0])
    except Exception:  # whatever a model of unknown make does; what is to be told of it is told elsewhere
        width = getattr(shape, "hidden_size", 0) * getattr(shape, "num_hidden_layers", 0)
        return 24 * width * next(model.parameters()).element_size()


def _kept_bytes(model: Any, count: int) -> int:
    own = {p.untyped_storage().data_ptr() for p in (*model.parameters(), *model.buffers())}
    found: dict[int, int] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            found[storage.data_ptr()] = storage.nbytes()
        return tensor

    ids_1T = torch.arange(count, device=model.device)[None] % _WORDS
    with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        output = model(input_ids=ids_1T, use_cache=False, logits_to_keep=1)  # noqa: F841 - the graph holds what it keeps
    return sum(found.values())


def _head_bytes(shape: Any, config: TrainConfig) -> int:
    """Returns what logits take: four blocks of them, in float32, in the backward pass, and the hidden states."""
    words, tokens = getattr(shape, "vocab_size", 0), config.micro_batch_tokens
    logits = min(words * tokens, config.logit_chunk or words * tokens)
    return _MASTER_BYTES * (_BLOCKS * logits + 2 * tokens * getattr(shape, "hidden_size", 0))


def free_memory(device: torch.device) -> int | None:
    """Returns the bytes free on a device, or None where the system does not say."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    return free_main_memory()


def check_memory(model: Any, config: TrainConfig, shards: int = 1) -> str | None:
    """Returns a warning where the estimate comes close to what the device has.

    Raises:
        UsageError: Weights, gradients and optimizer alone do not fit.
    """
    need, free = estimate_memory(model, config, shards), free_memory(model.device)
    if free is None:
        return None
    already = sum(p.numel() * p.element_size() for p in model.parameters())
    fixed = need.total - need.activations - already
    advice = "take a smaller model, --lora-rank 16, or --dtype bfloat16"
    if fixed > free:
        raise UsageError(f"training needs {need} and {model.device} has {free / _GIB:.2f} GiB free: {advice}")
    if need.total - already > 0.9 * free:
        return f"memory: about {need} needed, {free / _GIB:.2f} GiB free; lower --micro-batch-tokens, or {advice}"
    return None


def mean_score(rollouts: Sequence[Rollout]) -> float | None:
    """Returns the mean of those that could be scored, or None where none could."""
    scores = [r.reward.score for r in rollouts if r.reward.scorable]
    return sum(scores) / len(scores) if scores else None


def _with_variance(rollouts: Sequence[Rollout], group_size: int) -> float:
    """Returns the share of groups whose members do not all have the same score."""
    groups = [rollouts[i : i + group_size] for i in range(0, len(rollouts), group_size)]
    return sum(has_variance(list(group)) for group in groups) / len(groups)


def signal_figures(rollouts: Sequence[Rollout], group_size: int) -> str:
    """Returns what a probe found where nothing is wrong, in a few words."""
    mean, share = mean_score(rollouts), _with_variance(rollouts, group_size)
    return f"reward {'-' if mean is None else f'{mean:.2f}'}, {share:.0%} of groups have variance"


def signal_warning(
    rollouts: Sequence[Rollout], config: TrainConfig, has_solutions: bool = False, greedy: float | None = None
) -> str | None:
    """Returns what a probe of groups says about whether there is anything to learn, or None where there is.

    Args:
        rollouts: Whole scored groups, one after another.
        config: The run's config.
        has_solutions: Whether the environment knows solutions that could be shown.
        greedy: The mean score of greedy completions of the same tasks, where they were made.
    """
    groups = [rollouts[i : i + config.group_size] for i in range(0, len(rollouts), config.group_size)]
    mean = mean_score(rollouts)
    if mean is None:
        return f"none of {len(rollouts)} probed completions could be scored: {rollouts[0].reward.reason}"
    late = sum(r.reward.status is Status.TIMEOUT for r in rollouts)
    if late > len(rollouts) / 2:
        return f"probe of {len(groups)} groups: {too_slow(late, len(rollouts), config)}"
    flat = 1 - _with_variance(rollouts, config.group_size)
    if greedy is not None and greedy >= max(2 * mean, mean + _LOST_BY_SAMPLING):
        cooler = min(1.0, _COOLER * config.temperature)
        return (
            f"probe of {len(groups)} groups: reward {mean:.2f} at temperature {config.temperature:g}, and {greedy:.2f} "
            f"greedily: sampling loses the answers; lower it, --temperature {cooler:.2g}"
        )
    cut = sum(r.finish_reason is FinishReason.LENGTH for r in rollouts) / len(rollouts)
    if cut >= CUT_OFF and mean < 0.9:
        return f"probe of {len(groups)} groups: reward {mean:.2f}, and {longer_completions(cut, config)}"
    if flat < 0.9:
        return None
    if flat == 1.0 and mean in (0.0, 1.0):
        what = f"reward {mean:.2f} in 100% of groups: nothing to learn from"
    else:
        what = f"{flat:.0%} of groups have no variance (reward {mean:.2f}): little to learn from"
    shots = ["--shots 4"] if has_solutions and not config.shots else []
    wider = ["raise --group-size"] if 0 < mean < 1 else []
    help_ = harder(config) if mean > 0.5 else listed([*easier(config), *wider, *shots, "a stronger model"])
    return f"probe of {len(groups)} groups: {what}; {help_}"
