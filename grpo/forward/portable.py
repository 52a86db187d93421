"""Attention over a row of trees where the flash kernel of `grpo.forward.kernel` does not run.

On a GPU by FlexAttention (Dong et al. 2024, arXiv:2412.05496), which skips the blocks in which nothing is seen; on a
CPU, for capped scores and for values of another width than the keys, by the formula itself.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch

from grpo.forward.layout import Layout


def portable_attention(
    query_HTD: torch.Tensor,
    key_HTD: torch.Tensor,
    value_HTD: torch.Tensor,
    layout: Layout,
    scale: float,
    window: int | None,
    softcap: float | None,
) -> torch.Tensor:
    """Returns the attention's output, (T, H, D).

    Args:
        query_HTD: Queries of H heads over the row's T tokens, (H, T, D).
        key_HTD: Keys, with as many heads or with fewer that divide them, (K, T, D).
        value_HTD: Values, of any width.
        layout: The row.
        scale: What scores are multiplied by.
        window: Tokens a token sees back, itself included; None for all of them.
        softcap: Scores are squashed to `softcap * tanh(x / softcap)`; None for no cap.
    """
    attend = _by_formula if query_HTD.device.type == "cpu" else _by_flex
    return attend(query_HTD, key_HTD, value_HTD, layout, scale, window, softcap).transpose(0, 1)


def sees(layout: Layout, window: int | None) -> Callable[..., torch.Tensor]:
    """Returns FlexAttention's question: whether the token at place q sees the one at place k."""
    tree_T, branch_T, positions_T = layout.tree_T, layout.branch_T, layout.positions_T

    def seen(_b: Any, _h: Any, q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
        same = (tree_T[q] == tree_T[k]) & ((branch_T[k] == 0) | (branch_T[q] == branch_T[k]))
        distance = positions_T[q] - positions_T[k]
        return same & (distance >= 0) & (distance < (layout.longest if window is None else window))

    return seen


def _by_formula(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, layout: Layout,
    scale: float, window: int | None, softcap: float | None,
) -> torch.Tensor:  # fmt: skip
    places = torch.arange(query.shape[1], device=query.device)
    seen_TT = sees(layout, window)(None, None, places[:, None], places[None, :])
    repeat = len(query) // len(key)
    scores_HTT = query @ key.repeat_interleave(repeat, dim=0).transpose(1, 2) * scale
    if softcap is not None:
        scores_HTT = softcap * torch.tanh(scores_HTT / softcap)
    weights_HTT = scores_HTT.float().masked_fill(~seen_TT, float("-inf")).softmax(dim=-1).to(query.dtype)
    return weights_HTT @ value.repeat_interleave(repeat, dim=0)


def _by_flex(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, layout: Layout,
    scale: float, window: int | None, softcap: float | None,
) -> torch.Tensor:  # fmt: skip
    from torch.nn.attention.flex_attention import create_block_mask

    masks: dict[int | None, Any] = layout.__dict__.setdefault("_block_masks", {})
    if window not in masks:
        tokens = query.shape[1]
        masks[window] = create_block_mask(sees(layout, window), None, None, tokens, tokens, query.device)

    def cap(score: torch.Tensor, *_: Any) -> torch.Tensor:
        return score if softcap is None else softcap * torch.tanh(score / softcap)

    flex = _compiled_flex() if query.device.type == "cuda" else _flex()
    return flex(
        query[None], key[None], value[None], score_mod=None if softcap is None else cap,
        block_mask=masks[window], scale=scale, enable_gqa=len(query) != len(key),
    )[0]  # fmt: skip


def _flex() -> Any:
    from torch.nn.attention.flex_attention import flex_attention

    return flex_attention


@functools.cache
def _compiled_flex() -> Any:
    """Row lengths differ from batch to batch: compiled once for all of them."""
    return torch.compile(_flex(), dynamic=True)
