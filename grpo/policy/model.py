"""The policy: a model with everything that is needed to sample from it, loaded by name or path."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from envs.core.errors import UsageError, did_you_mean
from grpo.policy.adapter import adapter_base, language_model_only, load_adapter
from grpo.policy.chat import ChatRenderer, renderer_for
from grpo.policy.form import ChatForm
from grpo.policy.generation import find_eos_ids, repair, replacement, warn_of_strange_ends
from grpo.policy.hub import fetched
from grpo.policy.output import output_in_float32
from grpo.policy.place import ADAPTER_FILE, check_weight_files, resolve_model
from grpo.policy.template import end_ids

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


@dataclass
class Policy:
    """A model with everything that is needed to sample from it.

    Attributes:
        model: The causal language model.
        renderer: Chats to ids and back.
        eos_ids: Every id that ends a completion: the model's, the generation config's, the tokenizer's, the template's.
        max_model_len: The model's longest context, in tokens.
        source: The name it was asked for by.
        path: Its folder; of one on the hub, its snapshot in the hub's cache.
    """

    model: Any
    renderer: ChatRenderer
    eos_ids: list[int]
    max_model_len: int
    source: str
    path: str

    @property
    def tokenizer(self) -> Any:
        """The tokenizer, of transformers."""
        return self.renderer.tokenizer


def check_trainable_dtype(dtype: str, device: str) -> None:
    """Refuses what cannot be trained in.

    Raises:
        UsageError: float16, whose small gradients vanish without loss scaling, or bfloat16 on a device without it.
    """
    if dtype == "float16":
        raise UsageError("--dtype float16 cannot be trained in: take bfloat16, which has float32's range, or float32")
    if dtype == "bfloat16" and device.startswith("cuda") and not torch.cuda.is_bf16_supported():
        raise UsageError(f"--dtype bfloat16: {torch.cuda.get_device_name(device)} has no bfloat16; take float32")


def check_trainable_weights(model: Any, name: str) -> None:
    """Refuses quantised weights: no gradient reaches them, and an adapter cannot be merged into them for an engine.

    Raises:
        UsageError: A parameter is of no dtype that is trained, or matrices are kept as packed integers.
    """
    kept = [p for p in model.parameters() if p.dtype not in DTYPES.values()]
    packed = [b for b in model.buffers() if b.ndim == 2 and b.dtype in (torch.int32, torch.int8, torch.uint8)]
    if kept or packed:
        dtype = str((kept or packed)[0].dtype).removeprefix("torch.")
        raise UsageError(
            f"{name} is quantised (weights in {dtype}), which cannot be trained here, with an adapter or without: "
            "give the model's own weights, or a .gguf file, which is unpacked"
        )


def load_policy(
    name: str,
    *,
    dtype: str = "float32",
    device: str = "cpu",
    with_model: bool = True,
    attn: str = "auto",
    form: ChatForm | None = None,
) -> Policy:
    """Loads a policy by name or path.

    Args:
        name: `builtin:tiny`, a model folder (one holding a single .gguf file too), a LoRA adapter's, or a name
            on the hub, such as Org/Model or Org/Model@revision.
        dtype: One of float32, bfloat16, float16.
        device: Where the weights go.
        with_model: False leaves `model` None, for callers whose engine loads the weights itself.
        attn: An attention implementation of transformers; `auto` is the model's own choice, but for a model that caps
            its attention scores, which `sdpa` would silently leave out, `eager`.
        form: What is laid around every chat.

    Raises:
        UsageError: No model there, no tokenizer, weights that cannot be read, an unknown dtype or attention, or a chat
            template that does not take the form.
    """
    if dtype not in DTYPES:
        raise UsageError(f"no dtype {dtype!r}: {did_you_mean(dtype, DTYPES)}")
    path = fetched(resolve_model(name))
    check_weight_files(Path(path))  # of a snapshot from the hub
    if (Path(path) / ADAPTER_FILE).is_file():
        policy = load_policy(
            adapter_base(Path(path)), dtype=dtype, device=device, with_model=with_model, attn=attn, form=form
        )  # its base is what an engine loads
        if with_model:
            policy.model = load_adapter(policy.model, Path(path))
        return policy
    renderer = renderer_for(load_tokenizer(name, path), name, form)
    config, model = _load_model(name, path, dtype, attn, device if with_model else None)
    text_config = config.get_text_config()
    ends = end_ids(renderer.tokenizer, renderer.form) if renderer.has_template else []
    eos_ids = find_eos_ids(path, config, renderer.tokenizer, ends)
    warn_of_strange_ends(eos_ids, renderer.tokenizer, name)
    return Policy(
        model=model,
        renderer=renderer,
        eos_ids=eos_ids,
        max_model_len=int(getattr(text_config, "max_position_embeddings", 0) or 2048),
        source=name,
        path=path,
    )


def load_tokenizer(name: str, path: str) -> Any:
    """Loads a policy's tokenizer.

    Args:
        name: The policy's, for messages.
        path: Its folder, or its name on the hub.

    Raises:
        UsageError: There is none that can be loaded.
    """
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(path, **gguf(path))
    except Exception as error:
        lacks = Path(path).is_dir() and not (Path(path) / "tokenizer.json").is_file()
        why = "there is no tokenizer.json in its folder" if lacks else _first_line(error)
        raise UsageError(f"{name} has no tokenizer that can be loaded: {why}") from error


def _load_model(name: str, path: str, dtype: str, attn: str, device: str | None) -> tuple[Any, Any]:
    """Returns a model's config and, where a device is given, the model on it."""
    from transformers import AutoConfig, AutoModelForCausalLM

    extra = gguf(path)
    try:
        config = AutoConfig.from_pretrained(path, **extra)
        if device is None:
            return config, None
        model: Any = AutoModelForCausalLM.from_pretrained(
            path,
            dtype=DTYPES[dtype],
            attn_implementation=_attention(attn, config),
            **_dense(extra),
            **replacement(path, name),
        )
        model = output_in_float32(language_model_only(model))
        repair(model, name)
        return config, model.to(device)
    except Exception as error:
        raise UsageError(
            f"the weights of {name} cannot be loaded ({_first_line(error)}): give another --model or --ckpt"
            + ("" if attn == "auto" else f", or leave out --attn {attn}")
        ) from error


def gguf(path: str) -> dict[str, Any]:
    """Returns what transformers must be told of a folder that holds a single .gguf file and no config."""
    if (Path(path) / "config.json").is_file():
        return {}
    files = sorted(Path(path).glob("*.gguf"))
    return {"gguf_file": files[0].name} if files else {}


def _attention(attn: str, config: Any) -> str | None:
    if attn != "auto":
        return attn
    return "eager" if getattr(config.get_text_config(), "attn_logit_softcapping", None) else None


def _dense(extra: dict[str, Any]) -> dict[str, Any]:
    if not extra:
        return {}
    from transformers import GgufConfig

    return {**extra, "quantization_config": GgufConfig(dequantize=True)}


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
