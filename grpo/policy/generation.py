"""A model's generation config: which ids end a completion, and whether it can be saved again."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any

FILE = "generation_config.json"
_IDS = ("bos_token_id", "eos_token_id", "pad_token_id", "decoder_start_token_id")
_KEPT = "its token ids are kept and nothing else"

logger = logging.getLogger("grpo")


def find_eos_ids(path: str, config: Any, tokenizer: Any, more: Iterable[int] = ()) -> list[int]:
    """Returns every id that ends a completion.

    Models list several (an end of turn beside an end of text), in different places; a sampler that knows one of them
    counts completions that ended as truncated.

    Args:
        path: The model's folder, or its name on the hub.
        config: The model's.
        tokenizer: The model's.
        more: What its chat template ends a turn with.
    """
    found = list(more)
    nested = getattr(config, "get_text_config", lambda: config)()
    sources = [getattr(one, "eos_token_id", None) for one in (config, nested, tokenizer)]
    for value in (*sources, _saved(path).get("eos_token_id")):
        found.extend(value if isinstance(value, list) else [] if value is None else [value])
    return sorted(set(found))


def warn_of_strange_ends(ids: Iterable[int], tokenizer: Any, name: str) -> None:
    """Says which ids that are to end completions are words like any other: completions would stop in mid-sentence."""
    known = tokenizer.added_tokens_decoder
    for end in ids:
        if end in known or end == tokenizer.eos_token_id:
            continue
        what = repr(tokenizer.decode([end])) if 0 <= end < len(tokenizer) else "no token at all"
        own = f"; its tokenizer's own is {tokenizer.eos_token_id}" if tokenizer.eos_token_id is not None else ""
        logger.warning(
            "%s ends completions at id %d, which its tokenizer reads as %s: mend eos_token_id in config.json or %s%s",
            name, end, what, FILE, own,
        )  # fmt: skip


def _saved(path: str) -> dict[str, Any]:
    """Returns the generation config in a folder or on the hub as it is written there; nothing where there is none."""
    file: str | None = str(Path(path) / FILE)
    if not Path(path).is_dir():
        from transformers.utils.hub import cached_file

        try:
            file = cached_file(path, FILE)
        except OSError:  # the model has none
            return {}
    if file is None or not Path(file).is_file():
        return {}
    try:
        values = json.loads(Path(file).read_text(encoding="utf-8"))
    except ValueError:  # transformers has its own word on it
        return {}
    return values if isinstance(values, dict) else {}


def replacement(path: str, name: str) -> dict[str, Any]:
    """Returns what `from_pretrained` is to be told where a generation config is one that transformers does not load."""
    values = _saved(path)
    if not values:
        return {}
    from transformers import GenerationConfig

    try:
        GenerationConfig.from_dict(values)
    except Exception as error:  # whatever its checks raise
        logger.warning("%s has a generation config that cannot be used (%s): %s", name, _first(error), _KEPT)
        return {"generation_config": GenerationConfig(**{key: values[key] for key in _IDS if key in values})}
    return {}


def repair(model: Any, name: str) -> None:
    """Makes a model's generation config one that `save_pretrained` writes; it refuses those that contradict themselves.

    Settings of sampling beside `do_sample=False`, which is what most of them are, mean that sampling was meant. Of any
    other the ids are kept alone. No rollout reads it: it travels with the weights, for whoever serves them.
    """
    config = getattr(model, "generation_config", None)
    if config is None or (fault := _fault(config)) is None:
        return
    was, config.do_sample = config.do_sample, True
    kept = "taken as do_sample=true"
    if _fault(config) is not None:
        config.do_sample = was
        model.generation_config = type(config)(**{key: getattr(config, key, None) for key in _IDS})
        kept = _KEPT
    logger.warning("%s has a generation config that cannot be saved (%s): %s", name, fault, kept)


def _fault(config: Any) -> str | None:
    try:
        config.validate(strict=True)
    except ValueError as error:
        return _first(error)
    return None


def _first(error: Exception) -> str:
    """Returns the first fault that an error names; its head line names none."""
    lines = [line.strip("- ") for line in str(error).splitlines() if line.strip()]
    return lines[1] if len(lines) > 1 else lines[0] if lines else type(error).__name__
