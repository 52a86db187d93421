"""LoRA through peft (Hu et al. 2021, arXiv:2106.09685): what is trained is a small addition to chosen matrices."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from envs.core.errors import RunError, UsageError
from grpo.policy.hub import HubName, hub_name
from grpo.policy.place import ADAPTER_FILE

ALL_LINEAR = "all-linear"
_NAME = "default"


def is_adapted(model: Any) -> bool:
    """Whether a model is one of peft's; older releases of it leave a `peft_config` on the model inside too."""
    return hasattr(model, "get_base_model")


def unwrapped(model: Any) -> Any:
    """Returns the transformers model inside a peft model, or the model itself."""
    return model.get_base_model() if is_adapted(model) else model


def language_model_only(model: Any) -> Any:
    """Returns a model with all but its language model frozen: what a text never passes has nothing to learn from it."""
    if has_towers(model):
        kept = {id(parameter) for _, part in _language_parts(model) for parameter in part.parameters()}
        for parameter in model.parameters():
            parameter.requires_grad_(parameter.requires_grad and id(parameter) in kept)
    return model


def has_towers(model: Any) -> bool:
    """Whether a model has parts beside its language model, for pictures or sound."""
    return model.config.get_text_config() is not model.config


def _language_parts(model: Any) -> list[tuple[str, Any]]:
    """Returns the decoder and the matrices at its ends, by their names in the model."""
    parts = (model.get_decoder(), model.get_input_embeddings(), model.get_output_embeddings())
    wanted = {id(part) for part in parts if part is not None}
    return [(name, module) for name, module in model.named_modules() if id(module) in wanted]


def _language_targets(model: Any, targets: Sequence[str]) -> list[str]:
    """Returns the full names of the matrices of a language model that targets mean."""
    output = model.get_output_embeddings()
    found = []
    for part, module in _language_parts(model):
        for name, matrix in module.named_modules(prefix=part):
            named = any(name == target or name.endswith(f".{target}") for target in targets)
            every = list(targets) == [ALL_LINEAR] and isinstance(matrix, torch.nn.Linear) and matrix is not output
            if named or every:
                found.append(name)
    return found


def add_adapter(model: Any, base: str, *, rank: int, alpha: float, targets: Sequence[str], seed: int) -> Any:
    """Returns the model with a fresh adapter, which alone is trained and at first changes nothing.

    Args:
        model: A transformers model; its matrices are replaced in place.
        base: What the adapter's config names as its base: a folder, a hub name, or a built-in policy.
        rank: Of the two factors.
        alpha: The addition is scaled by alpha / rank.
        targets: Names of modules, such as `q_proj`, or `all-linear` for every matrix but the output's.
        seed: Decides the first factor; the second starts at zero.

    Raises:
        UsageError: peft is not installed, a target matches nothing, or peft cannot wrap one.
    """
    try:
        from peft import LoraConfig, get_peft_model
    except ImportError as error:
        raise UsageError("--lora-rank needs peft: pip install 'grpo-gym[lora]', or leave it out") from error
    whole = list(targets) == [ALL_LINEAR]
    if not whole:
        _check_targets(model, targets)
    hub = None if Path(base).is_dir() else hub_name(base)
    base = str(Path(base).resolve()) if Path(base).is_dir() else hub.repo if hub else base
    config = LoraConfig(
        r=rank,
        lora_alpha=alpha,  # type: ignore[arg-type]
        target_modules=_language_targets(model, targets)
        if has_towers(model)
        else ALL_LINEAR
        if whole
        else list(targets),
        task_type="CAUSAL_LM",
        base_model_name_or_path=base,
        revision=hub.revision if hub else None,
    )
    model.name_or_path = base  # what peft would put in the config's place otherwise
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        try:
            adapted: Any = get_peft_model(model, config)
        except ValueError as error:  # what peft knows it cannot wrap
            raise UsageError(f"peft cannot adapt {type(model).__name__}: {str(error).splitlines()[0]}") from error
    return adapted.eval()


def _check_targets(model: Any, targets: Sequence[str]) -> None:
    matrices = [name for name, m in model.named_modules() if isinstance(m, torch.nn.Linear | torch.nn.Embedding)]
    known = sorted({name.rsplit(".", 1)[-1] for name in matrices})
    for target in targets:
        if not any(name == target or name.endswith(f".{target}") for name in matrices):
            raise UsageError(
                f"--lora-target {target} matches no module of {type(model).__name__}: it has {', '.join(known)}; "
                f"or take {ALL_LINEAR}"
            )


def adapter_base(folder: Path) -> str:
    """Returns the name of an adapter's base model, with the revision of one on the hub.

    Raises:
        UsageError: Its config does not say.
    """
    file = folder / ADAPTER_FILE
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
        base, revision = str(config["base_model_name_or_path"]), config.get("revision")
        if revision and not Path(base).is_dir() and hub_name(base) == HubName(base):
            return str(HubName(base, str(revision)))
        return base
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{file} does not name the adapter's base model: {error}") from error


def load_adapter(model: Any, folder: Path) -> Any:
    """Returns the base model with a saved adapter, ready to be trained on.

    Raises:
        UsageError: peft is not installed.
        RunError: The adapter does not fit the model.
    """
    try:
        from peft import PeftModel
    except ImportError as error:
        raise UsageError(f"{folder} is a LoRA adapter, which needs peft: pip install 'grpo-gym[lora]'") from error
    try:
        return PeftModel.from_pretrained(model, str(folder), is_trainable=True).eval()
    except Exception as error:
        raise RunError(f"the adapter in {folder} does not fit its base: {error}") from error


def saved_weights(model: Any) -> dict[str, torch.Tensor]:
    """Returns the tensors that a checkpoint of a model holds, not copied; of an adapted one the adapter's alone."""
    weights = model.state_dict()
    return {name: tensor for name, tensor in weights.items() if not is_adapted(model) or ".lora_" in name}


def saved_adapter(model: Any) -> dict[str, torch.Tensor]:
    """Returns an adapter's tensors, not copied, under the names of peft's checkpoints."""
    from peft import get_peft_model_state_dict

    return get_peft_model_state_dict(model, saved_weights(model), save_embedding_layers=False)


def adapter_config(model: Any) -> dict[str, Any]:
    """Returns the config of a model's adapter as peft's checkpoints have it: plain data."""
    return json.loads(json.dumps(model.peft_config[_NAME].to_dict(), default=sorted))  # sets of names


def save_model(model: Any, weights: dict[str, torch.Tensor], folder: Path) -> None:
    """Writes a model in the Hugging Face layout; of an adapted one the adapter alone, in peft's.

    Args:
        model: Gives the config; its own weights are not looked at.
        weights: As `saved_weights` gave them.
        folder: Where to.
    """
    if is_adapted(model):
        model.save_pretrained(folder, state_dict=weights, save_embedding_layers=False)
    else:
        model.save_pretrained(folder, state_dict=weights)


@torch.no_grad()
def engine_weights(model: Any, checkpoint_names: bool = False) -> Iterator[tuple[str, torch.Tensor]]:
    """Yields the weights an engine samples with, adapters merged into copies.

    The base's own tensors stay as they are: adding and taking away again would leave rounding behind.

    Args:
        model: The policy.
        checkpoint_names: Under the names, and in the parts, that a checkpoint of the model has: transformers holds the
            experts of a layer in one tensor and renames modules, and an engine that reads checkpoints knows neither.
            What never learns but is saved comes too.
    """
    weights = _own_weights(model)
    if not checkpoint_names:
        yield from weights
        return
    bare = unwrapped(model)
    known = {name for name, _ in bare.named_parameters(remove_duplicate=False)}
    kept = (
        (name.replace(".base_layer", ""), tensor)
        for name, tensor in bare.state_dict().items()
        if name not in known and ".lora_" not in name
    )
    if not _is_converted(bare):
        yield from weights  # one after the other: merged copies are not all held at once
        yield from kept
        return
    from transformers.core_model_loading import revert_weight_conversion

    yield from revert_weight_conversion(bare, {**dict(weights), **dict(kept)}).items()


def _is_converted(model: Any) -> bool:
    """Whether transformers has its weights under other names than the checkpoint."""
    from transformers.conversion_mapping import get_model_conversion_mapping

    done = getattr(model, "_weight_conversions", None)
    return bool(get_model_conversion_mapping(model, add_legacy=False) if done is None else done)


def _own_weights(model: Any) -> Iterator[tuple[str, torch.Tensor]]:
    if not is_adapted(model):
        yield from model.named_parameters()
        return
    bare = model.get_base_model()
    for name, parameter in bare.named_parameters():
        if ".lora_" not in name:
            yield name.replace(".base_layer", ""), _merged(bare, name, parameter)


def _merged(bare: Any, name: str, parameter: torch.Tensor) -> torch.Tensor:
    """Returns a parameter with what its adapter adds.

    peft wraps a matrix once, and a module of experts once for each of its parameters, one wrapper in the other.
    """
    module, _, leaf = name.rpartition(".")
    while module.endswith(".base_layer"):
        module = module.removesuffix(".base_layer")
        wrapper = bare.get_submodule(module)
        if getattr(wrapper, "parameter_name", "weight") == leaf:
            parameter = parameter + wrapper.get_delta_weight(_NAME).to(parameter.dtype)
    return parameter
