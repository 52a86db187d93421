"""The engine's KV cache against transformers' own, layer by layer: the same keys, values and masks at every point."""

from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import DynamicCache, LlamaConfig, MistralConfig

from grpo.engines.cache import RoomyLayer, RoomySlidingLayer, roomy_cache

SMALL = {"hidden_size": 8, "num_attention_heads": 2, "num_hidden_layers": 1, "vocab_size": 16}
CONFIGS = {"full": LlamaConfig(**SMALL), "sliding": MistralConfig(**SMALL, sliding_window=7)}


@st.composite
def stories(draw: st.DrawFn) -> list[tuple[str, list[int]]]:
    """Draws what happens to a cache: tokens come, rows are dropped, repeated and put in another order."""
    story, rows = [("grow", [draw(st.integers(1, 12))])], 3
    for _ in range(draw(st.integers(1, 30))):
        if draw(st.booleans()):
            story.append(("grow", [draw(st.integers(1, 3))]))
        else:
            kept = draw(st.lists(st.integers(0, rows - 1), min_size=1, max_size=4))
            story.append(("select", kept))
            rows = len(kept)
    return story


@given(stories(), st.sampled_from(sorted(CONFIGS)))
@settings(deadline=None)
def test_a_roomy_cache_is_transformers_own_with_fewer_copies(story: list[tuple[str, list[int]]], kind: str) -> None:
    ours, theirs = roomy_cache(CONFIGS[kind]), DynamicCache(config=CONFIGS[kind])
    assert type(ours.layers[0]) is {"full": RoomyLayer, "sliding": RoomySlidingLayer}[kind]
    torch.manual_seed(0)
    rows = 3
    for act, numbers in story:
        if act == "grow":
            assert ours.get_mask_sizes(numbers[0], 0) == theirs.get_mask_sizes(numbers[0], 0)
            new = torch.randn(2, rows, 2, numbers[0], 4)
            for mine, reference in zip(ours.update(*new, 0), theirs.update(*new, 0), strict=True):
                assert torch.equal(mine, reference)
        else:
            rows = len(numbers)
            ours.reorder_cache(torch.tensor(numbers))
            theirs.reorder_cache(torch.tensor(numbers))
        assert ours.get_seq_length() == theirs.get_seq_length()
        assert torch.equal(ours.layers[0].keys, theirs.layers[0].keys)
        assert torch.equal(ours.layers[0].values, theirs.layers[0].values)
