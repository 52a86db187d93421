"""Made-up sequences that tell whether two ways to run a model agree: of unequal lengths, some past every threshold.

What a model does to a token may depend on how long its row is: windows, chunks, rope that is stretched past a length.
So the longest sequences reach beyond every such length of the model that the run can reach, and the shortest do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

Lengths = tuple[tuple[int, tuple[int, ...]], ...]
"""Prompt lengths, and the lengths of their completions."""
FEW: Lengths = ((5, (3, 1)), (3, (4,)))
"""For passes forward and backward, which cost what the model's weights cost, however short."""
MANY: Lengths = ((5, (3, 1, 4)), (2, (2,)), (3, (4, 2)))
"""For sampling, where rows leave."""
_BEYOND = 32
"""Tokens past a threshold at the least: what a token more or less changes may be too little to see."""
_WORDS = 24
_LENGTHS = ("window", "chunk", "topk", "block_size", "original_max_position", "local_attention", "max_position")
"""Parts of the names under which configs keep lengths at which something changes."""


def thresholds(config: Any, longest: int) -> list[int]:
    """Returns the lengths below `longest` at which the model may begin to do something else, shortest first."""
    found = {value for name, value in _numbers(config.get_text_config().to_dict()) if any(k in name for k in _LENGTHS)}
    return sorted(value for value in found if 2 < value < longest)


def _numbers(tree: Any, name: str = "") -> Iterator[tuple[str, int]]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from _numbers(value, str(key))
    elif isinstance(tree, int) and not isinstance(tree, bool):
        yield name, tree


def probe_lengths(config: Any, longest: int, short: Lengths) -> list[tuple[int, tuple[int, ...]]]:
    """Returns the lengths of made-up prompts and of the completions of each."""
    lengths = [(prompt, sizes) for prompt, sizes in short if prompt + max(sizes) <= longest]
    if past := thresholds(config, longest - 4):
        beyond = min(longest - 2, past[-1] + max(_BEYOND, past[-1] // 8))
        lengths += [(past[-1] - 1, (4, 2)), (beyond, (2,))]
    return lengths or [(1, (1,))]


def probe_sequences(model: Any, longest: int, short: Lengths) -> tuple[list[list[int]], list[list[int]]]:
    """Returns made-up prompts and completions; token ids are drawn from the low end of the vocabulary.

    Few ids are drawn from, so that tokens recur as they do in text: layers that pick the best of the tokens before
    meet ties.
    """
    rng = torch.Generator().manual_seed(0)
    most = min(_WORDS, model.config.get_text_config().vocab_size)

    def tokens(count: int) -> list[int]:
        return torch.randint(0, most, (count,), generator=rng).tolist()

    prompts, completions = [], []
    for prompt_length, lengths in probe_lengths(model.config, longest, short):
        prompt = tokens(prompt_length)
        prompts += [prompt] * len(lengths)
        completions += [tokens(length) for length in lengths]
    return prompts, completions
