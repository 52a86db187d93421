"""Attention over a row of trees, exactly as over separate sequences.

Three calls of one flash kernel cover a micro-batch: trunks over themselves, branches over themselves, and branches
over their trunk, whose keys and values stay where they are instead of being copied for every branch. A branch's two
halves are merged by their log-sum-exps (as in flash-decoding, https://crfm.stanford.edu/2023/10/12/flashdecoding.html).
The backward pass of flash attention (Dao et al. 2022, arXiv:2205.14135) needs only the merged output and the merged
log-sum-exp, so that each call is differentiated alone and exactly.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch

from grpo.forward.layout import Layout, Rectangle

_HIDDEN = -1e30
"""Added to a score that must not count. Finite, so that a row which sees nothing of one half gives no NaN."""


@dataclass(frozen=True)
class _Part:
    """One kernel call: which tokens ask, which answer."""

    queries: Rectangle
    keys: Rectangle
    causal: bool
    mask_B1QK: torch.Tensor | None


def tree_attention(
    query_HTD: torch.Tensor,
    key_HTD: torch.Tensor,
    value_HTD: torch.Tensor,
    layout: Layout,
    scale: float,
    window: int | None,
) -> torch.Tensor:
    """Returns the attention's output, (T, H, D).

    Args:
        query_HTD: Queries of H heads over the row's T tokens, (H, T, D).
        key_HTD: Keys, with as many heads or with fewer that divide them, (K, T, D).
        value_HTD: Values, shaped as the keys.
        layout: The row.
        scale: What scores are multiplied by.
        window: Tokens a token sees back, itself included; None for all of them.
    """
    window = window if window is not None and window < layout.longest else None
    queries, keys, values = (x.transpose(0, 1).contiguous() for x in (query_HTD, key_HTD, value_HTD))
    return _TreeAttention.apply(queries, keys, values, layout, scale, window)  # type: ignore[no-any-return]


def _parts(layout: Layout, window: int | None, dtype: torch.dtype) -> Iterator[_Part]:
    """Yields trunks, then, where there are branches, branches over themselves and over their trunks."""
    cache: dict[Any, list[_Part]] = layout.__dict__.setdefault("_parts", {})
    if (window, dtype) not in cache:
        squares = [(layout.trunks, layout.trunks, True)]
        if layout.branches.cells_M.numel():
            squares += [(layout.branches, layout.branches, True), (layout.fans, layout.shared_trunks, False)]
        cache[window, dtype] = [_part(layout, *square, window, dtype) for square in squares]
    yield from cache[window, dtype]


def _part(
    layout: Layout, queries: Rectangle, keys: Rectangle, causal: bool, window: int | None, dtype: torch.dtype
) -> _Part:
    """Padding lies on the right, where causal queries never look: only a window or a trunk's padding needs a mask."""
    if window is None and (causal or keys.full):
        return _Part(queries, keys, causal, None)
    seen = keys.filled_BW[:, None, None, :]
    if window is not None:
        asks_BQ1 = layout.positions_T[queries.tokens_BW][:, :, None]
        answers_B1K = layout.positions_T[keys.tokens_BW][:, None, :]
        distance_BQK = asks_BQ1 - answers_B1K
        near_BQK = distance_BQK < window
        seen = seen & (near_BQK & (distance_BQK >= 0) if causal else near_BQK)[:, None]
    mask = torch.zeros(seen.shape, dtype=dtype, device=seen.device).masked_fill_(~seen, _HIDDEN)
    return _Part(queries, keys, causal=False, mask_B1QK=mask)


def _take(tensor_TX: torch.Tensor, rectangle: Rectangle) -> torch.Tensor:
    """Returns the rectangle's cells, heads first, (B, H, W, D), from the row's tokens (T, H, D)."""
    tokens_BW = rectangle.tokens_BW
    return tensor_TX.index_select(0, tokens_BW.view(-1)).unflatten(0, tokens_BW.shape).transpose(1, 2)


def _tokens(tensor_BHWX: torch.Tensor, rectangle: Rectangle) -> torch.Tensor:
    """Returns what lies in the cells that hold tokens, (M, H, ...): the inverse of `_take`."""
    return tensor_BHWX.transpose(1, 2).flatten(0, 1).index_select(0, rectangle.cells_M)


class _TreeAttention(torch.autograd.Function):
    """Flash attention by parts; inputs and output are token first, (T, H, D)."""

    @staticmethod
    def forward(ctx: Any, query, key, value, layout: Layout, scale: float, window: int | None) -> torch.Tensor:
        flash = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu
        out_THD = torch.empty_like(query)
        lse_TH = query.new_empty(query.shape[:2], dtype=torch.float32)
        halves = []
        for number, part in enumerate(_parts(layout, window, query.dtype)):
            out, lse = flash(
                _take(query, part.queries), _take(key, part.keys), _take(value, part.keys),
                0.0, part.causal, attn_mask=part.mask_B1QK, scale=scale,
            )  # fmt: skip
            out_MHD, lse_MH = _tokens(out, part.queries), _tokens(lse, part.queries)
            if number == 0:
                out_THD[part.queries.places_M], lse_TH[part.queries.places_M] = out_MHD, lse_MH
            else:
                halves.append((out_MHD, lse_MH))
        if halves:
            (own_MHD, own_MH), (trunk_MHD, trunk_MH) = halves
            both_MH = torch.logaddexp(own_MH, trunk_MH)
            merged = own_MHD * (own_MH - both_MH).exp()[..., None] + trunk_MHD * (trunk_MH - both_MH).exp()[..., None]
            places_M = layout.branches.places_M
            out_THD[places_M], lse_TH[places_M] = merged.to(query.dtype), both_MH
        ctx.save_for_backward(query, key, value, out_THD, lse_TH)
        ctx.layout, ctx.scale, ctx.window = layout, scale, window
        return out_THD

    @staticmethod
    def backward(ctx: Any, grad_THD: torch.Tensor) -> tuple[Any, ...]:
        flash_backward = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward
        query, key, value, out_THD, lse_TH = ctx.saved_tensors
        grads = [torch.zeros_like(x) for x in (query, key, value)]
        for part in _parts(ctx.layout, ctx.window, query.dtype):
            grad = _take(grad_THD, part.queries)
            if not part.queries.full:  # padding asks nothing
                grad = grad * part.queries.filled_BW[:, None, :, None]
            steps = flash_backward(
                grad, _take(query, part.queries), _take(key, part.keys), _take(value, part.keys),
                _take(out_THD, part.queries), _take(lse_TH, part.queries),
                0.0, part.causal, attn_mask=part.mask_B1QK, scale=ctx.scale,
            )  # fmt: skip
            for total, step, side in zip(grads, steps, (part.queries, part.keys, part.keys), strict=True):
                total.index_add_(0, side.places_M, _tokens(step, side))
        return (*grads, None, None, None)
