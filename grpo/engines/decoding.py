"""Ways to get next-token logits out of a model, step by step, and which of them gives a model's own log-probs.

Keys and values are kept where the model can keep them, in a batch that is padded on the left. Recurrent models, models
with a cache of their own and models whose masks mind their padding may need one that is not, or none at all.
"""

from __future__ import annotations

import functools
import inspect
import itertools
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
import torch.nn.functional as F

from envs.core.errors import UsageError
from grpo.engines.base import Completion
from grpo.engines.cache import can_join, join, roomy_cache
from grpo.policy.adapter import unwrapped
from grpo.policy.truth.alone import alone, check_causal, first_line, gap_of
from grpo.policy.truth.probe import MANY, probe_sequences

_CACHE_ARGUMENTS = ("past_key_values", "cache_params")
"""Under which names models take a cache."""

logger = logging.getLogger("grpo")


class Decoder(Protocol):
    """A batch in the making."""

    def read(self, prompts: list[Sequence[int]]) -> torch.Tensor:
        """Begins with B prompts and returns their next-token logits, (B, V)."""
        ...

    def step(self, tokens_B: torch.Tensor) -> torch.Tensor:
        """Adds a token to each row and returns the next-token logits, (B, V)."""
        ...

    def keep(self, rows: torch.Tensor) -> None:
        """Keeps these rows, in this order."""
        ...

    @property
    def can_join(self) -> bool:
        """Whether rows can join."""
        ...

    def join(self, other: Decoder) -> None:
        """Adds the rows of another batch, made in the same way, behind these; only where rows can join."""
        ...


class CachedDecoder:
    """Each token passes the model once.

    Args:
        model: A causal language model that takes a cache of transformers' kind.
        masked: Whether the mask of the padding goes with every token, or with the prompts alone: models that are all
            recurrent spread it over the one token they are given.
    """

    def __init__(self, model: Any, masked: bool = True):
        self._model = model
        self._masked = masked
        takes = inspect.signature(model.forward).parameters
        self._argument = next((name for name in _CACHE_ARGUMENTS if name in takes), _CACHE_ARGUMENTS[0])
        self._cache: Any = None
        self._mask_BT = torch.empty(0)

    def read(self, prompts: list[Sequence[int]]) -> torch.Tensor:
        """Reads each distinct prompt once, padded on the left; see `Decoder.read`."""
        distinct = list(dict.fromkeys(tuple(prompt) for prompt in prompts))
        place = {prompt: row for row, prompt in enumerate(distinct)}
        width = max(map(len, distinct))
        device = self._model.device
        ids_DT = torch.tensor([[0] * (width - len(p)) + list(p) for p in distinct], device=device)
        mask_DT = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in distinct], device=device)
        self._cache = roomy_cache(self._model.config)
        output = self._model(
            input_ids=ids_DT,
            attention_mask=mask_DT,
            position_ids=(mask_DT.cumsum(dim=1) - 1).clamp(min=0),
            use_cache=True,
            logits_to_keep=1,
            **{self._argument: self._cache},
        )
        rows_B = torch.tensor([place[tuple(prompt)] for prompt in prompts], device=device)
        self._mask_BT = mask_DT
        self.keep(rows_B)
        return output.logits[rows_B, -1]

    def step(self, tokens_B: torch.Tensor) -> torch.Tensor:
        """See `Decoder.step`."""
        self._mask_BT = F.pad(self._mask_BT, (0, 1), value=1)
        output = self._model(
            input_ids=tokens_B[:, None],
            attention_mask=self._mask_BT if self._masked else None,
            position_ids=self._mask_BT.sum(dim=1, keepdim=True) - 1,
            use_cache=True,
            **{self._argument: self._cache},
        )
        return output.logits[:, -1]

    def keep(self, rows: torch.Tensor) -> None:
        """See `Decoder.keep`. Every kind of layer has `reorder_cache`, which takes any rows, not just an order."""
        self._cache.reorder_cache(rows)
        self._mask_BT = self._mask_BT[rows]

    @property
    def can_join(self) -> bool:
        """See `Decoder.can_join`."""
        return self._masked and can_join(self._cache)

    def join(self, other: Decoder) -> None:
        """See `Decoder.join`. What is padding in every row by now is let go, so that a batch may go on for ever."""
        assert isinstance(other, CachedDecoder)
        width = max(self._mask_BT.shape[1], other._mask_BT.shape[1])
        masks = [F.pad(mask, (width - mask.shape[1], 0)) for mask in (self._mask_BT, other._mask_BT)]
        mask_BT = torch.cat(masks)
        skip = int(mask_BT.any(dim=0).int().argmax())
        join(self._cache, other._cache, skip)
        self._mask_BT = mask_BT[:, skip:]


class WholeDecoder:
    """The sequences so far pass the model for every token: slow, and right for any model. Prompts of one length.

    Args:
        model: A causal language model.
    """

    def __init__(self, model: Any):
        self._model = model
        self._ids_BT = torch.empty(0)

    def read(self, prompts: list[Sequence[int]]) -> torch.Tensor:
        """See `Decoder.read`."""
        self._ids_BT = torch.tensor([list(prompt) for prompt in prompts], device=self._model.device)
        return self._logits()

    def step(self, tokens_B: torch.Tensor) -> torch.Tensor:
        """See `Decoder.step`."""
        self._ids_BT = torch.cat([self._ids_BT, tokens_B[:, None]], dim=1)
        return self._logits()

    def keep(self, rows: torch.Tensor) -> None:
        """See `Decoder.keep`."""
        self._ids_BT = self._ids_BT[rows]

    can_join = False
    """See `Decoder.can_join`: prompts are of one length."""

    def join(self, other: Decoder) -> None:
        """See `Decoder.join`."""
        raise NotImplementedError

    def _logits(self) -> torch.Tensor:
        return self._model(input_ids=self._ids_BT, use_cache=False, logits_to_keep=1).logits[:, -1]


@dataclass(frozen=True, slots=True)
class Decoding:
    """One way to decode.

    Attributes:
        title: What it is called in a message.
        decoder: Makes a batch.
        level: Whether the prompts of a batch must be of one length.
        most: Most rows of a batch; None for as many as the engine takes.
        slow: Whether it is told of.
    """

    title: str
    decoder: Callable[[Any], Decoder]
    level: bool = False
    most: int | None = None
    slow: bool = True

    def batches(self, prompts: Sequence[Sequence[int]], order: list[int], most: int) -> Iterator[list[int]]:
        """Cuts prompts, sorted by length, into batches of at most `most` rows."""
        most = min(most, self.most or most)
        for _, members in itertools.groupby(order, key=lambda i: len(prompts[i]) if self.level else 0):
            unit = list(members)
            yield from (unit[start : start + most] for start in range(0, len(unit), most))


_UNMASKED = functools.partial(CachedDecoder, masked=False)
DECODINGS = (
    Decoding("with a cache", CachedDecoder, slow=False),
    Decoding("with a cache, the padding masked in prompts alone", _UNMASKED, slow=False),
    Decoding("with a cache, prompts of one length at a time", _UNMASKED, level=True),
    Decoding("without a cache, the whole sequence again for every token", WholeDecoder, level=True),
    Decoding("without a cache and one sequence at a time", WholeDecoder, level=True, most=1),
)
"""Fastest first."""
Generate = Callable[[Decoding, list[list[int]]], list[Completion]]


def choose_decoding(model: Any, longest: int, generate: Generate) -> Decoding:
    """Returns the fastest way to decode whose log-probs are the model's own.

    Args:
        model: The policy, in evaluation mode.
        longest: Tokens of the longest sequence it will see.
        generate: Samples a few tokens for each prompt, at temperature 1.

    Raises:
        UsageError: None is: the model cannot be sampled here.
    """
    prompts, completions = probe_sequences(model, longest, MANY)
    check_causal(model, [[*p, *c] for p, c in zip(prompts, completions, strict=True)], longest)
    refused = ""
    for decoding in DECODINGS:
        fault = _fault(model, prompts, decoding, generate)
        if fault is None:
            if decoding.slow:
                logger.warning("%s; the transformers engine decodes %s, which is slower", refused, decoding.title)
            return decoding
        refused = refused or fault
    raise UsageError(f"the transformers engine cannot sample from this model: {refused}; take another model")


def _fault(model: Any, prompts: list[list[int]], decoding: Decoding, generate: Generate) -> str | None:
    """Returns why a way is not to be used, or None where it gives what each sequence gives alone."""
    name = type(unwrapped(model)).__name__
    try:
        found = generate(decoding, prompts)
    except Exception as error:  # whatever a model of unknown make does with a cache it does not know
        return f"{name} does not decode {decoding.title} ({type(error).__name__}: {first_line(error)[:120]})"
    truth_N = alone(model, prompts, [completion.token_ids for completion in found])
    found_N = torch.tensor([value for completion in found for value in completion.logprobs], device=model.device)
    nats, gap = gap_of(found_N, truth_N, model.dtype)
    if gap <= 1.0:
        return None
    return f"{name} samples {nats:.2g} nats away from what each sequence gives alone when it decodes {decoding.title}"
