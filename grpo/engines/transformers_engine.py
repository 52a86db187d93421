"""Rollouts by transformers: a batched decode loop, for machines without vLLM.

Finished rows leave the batch. Every row draws from its own stream of uniforms, so what a request samples does not
depend on its neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from grpo.engines.base import Completion, FinishReason, NamedTensors, OnCompletion, Sampling
from grpo.engines.decoding import Decoding, choose_decoding
from grpo.policy.adapter import is_adapted

_STOP_TAIL_TOKENS = 16
_PROBE_SAMPLING = Sampling(max_tokens=5)
_COMPACT_BELOW = 0.75
"""Finished rows are dropped once fewer than this share of the batch is still going: dropping copies the cache."""


@dataclass
class _Row:
    """One completion in the making."""

    index: int
    uniforms: np.ndarray
    token_ids: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    finish_reason: FinishReason | None = None


class TransformersEngine:
    """Samples from a transformers model.

    Args:
        model: A causal language model. The trainer's own may be given: its weights are then always the newest.
        eos_ids: Every id that ends a completion.
        max_model_len: Longest prompt plus completion, in tokens.
        max_sequences: Most sequences decoded at once.
        tokenizer: Needed for stop strings only.

    Raises:
        UsageError: No way to decode gives the model's own log-probs.
    """

    name = "transformers"
    checkpoint_names = False
    takes_adapter = False

    def __init__(
        self,
        model: Any,
        *,
        eos_ids: Sequence[int],
        max_model_len: int,
        max_sequences: int = 256,
        tokenizer: Any = None,
    ):
        self._model: Any = model
        self._eos = frozenset(eos_ids)
        self._tokenizer = tokenizer
        self.max_model_len = max_model_len
        self._max_sequences = max_sequences
        self.decoding = choose_decoding(model.eval(), max_model_len, self._probe)

    def _probe(self, decoding: Decoding, prompts: list[list[int]]) -> list[Completion]:
        """Samples a few tokens in a way that is not trusted yet; every fourth id ends a row, so that rows leave."""
        results: list[Completion | None] = [None] * len(prompts)
        ends = self._eos
        self._eos = frozenset(range(0, self._model.config.get_text_config().vocab_size, 4))
        try:
            order = sorted(range(len(prompts)), key=lambda i: (len(prompts[i]), i))
            for batch in decoding.batches(prompts, order, self._max_sequences):
                self._generate_batch(decoding, prompts, _PROBE_SAMPLING, range(len(prompts)), batch, results, None)
        finally:
            self._eos = ends
        return [result for result in results if result is not None]

    def generate(
        self,
        prompts: Sequence[Sequence[int]],
        sampling: Sampling,
        seeds: Sequence[int],
        on_completion: OnCompletion | None = None,
    ) -> list[Completion]:
        """Samples one completion for each prompt; see `Engine.generate`."""
        results: list[Completion | None] = [None] * len(prompts)
        # Prompts of like length share a batch, and samples of one prompt stay together.
        order = sorted(range(len(prompts)), key=lambda i: (len(prompts[i]), list(prompts[i]), i))
        was_training = self._model.training
        self._model.eval()
        try:
            for batch in self.decoding.batches(prompts, order, self._max_sequences):
                self._generate_batch(self.decoding, prompts, sampling, seeds, batch, results, on_completion)
        finally:
            self._model.train(was_training)
        return [result for result in results if result is not None]

    @torch.inference_mode()
    def _generate_batch(
        self,
        decoding: Decoding,
        prompts: Sequence[Sequence[int]],
        sampling: Sampling,
        seeds: Sequence[int],
        batch: list[int],
        results: list[Completion | None],
        on_completion: OnCompletion | None,
    ) -> None:
        rows = [_Row(i, np.random.Generator(np.random.Philox(seeds[i])).random(sampling.max_tokens)) for i in batch]
        decoder = decoding.decoder(self._model)
        logits_BV = decoder.read([prompts[i] for i in batch])
        active = list(range(len(rows)))  # rows[active[b]] is row b of the tensors
        for position in range(sampling.max_tokens):
            uniforms_B = np.array([rows[a].uniforms[position] for a in active])
            tokens_B, logprobs_B = sample(logits_BV, sampling, torch.from_numpy(uniforms_B))
            for b, (token, logprob) in enumerate(zip(tokens_B.tolist(), logprobs_B.tolist(), strict=True)):
                row = rows[active[b]]
                if row.finish_reason is None:
                    self._extend(row, token, logprob, sampling)
                    if row.finish_reason is not None:
                        done = Completion(row.token_ids, row.logprobs, row.finish_reason)
                        results[row.index] = done
                        if on_completion is not None:
                            on_completion(row.index, done)
            going = [b for b, a in enumerate(active) if rows[a].finish_reason is None]
            if not going:
                return
            if len(going) < _COMPACT_BELOW * len(active):
                keep = torch.tensor(going, device=tokens_B.device)
                decoder.keep(keep)
                tokens_B = tokens_B[keep]
                active = [active[b] for b in going]
            logits_BV = decoder.step(tokens_B)

    def _extend(self, row: _Row, token: int, logprob: float, sampling: Sampling) -> None:
        row.token_ids.append(token)
        row.logprobs.append(logprob)
        if token in self._eos or (sampling.stop and self._stops(row.token_ids, sampling.stop)):
            row.finish_reason = FinishReason.STOP
        elif len(row.token_ids) == sampling.max_tokens:
            row.finish_reason = FinishReason.LENGTH

    def _stops(self, token_ids: list[int], stop: tuple[str, ...]) -> bool:
        tail = self._tokenizer.decode(token_ids[-_STOP_TAIL_TOKENS:])
        return any(text in tail for text in stop)

    def update_weights(self, weights: NamedTensors) -> None:
        """Copies the weights in; a tensor that already is the model's own is left alone.

        An adapted model samples with its adapter as it stands: what was learned is in it.
        """
        if is_adapted(self._model):
            return
        own = dict(self._model.state_dict(keep_vars=True))
        with torch.no_grad():
            for name, tensor in weights:
                if own[name].data_ptr() != tensor.data_ptr():
                    own[name].copy_(tensor)

    def sleep(self) -> None:
        """Does nothing: it samples with the policy that trains."""

    def close(self) -> None:
        """Lets go of the model."""
        self._model = None


def sample(logits_BV: torch.Tensor, sampling: Sampling, uniforms_B: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Draws one token a row by inverting the cumulative distribution at a given uniform.

    Args:
        logits_BV: Raw next-token logits, (B, V).
        sampling: Temperature, top-k and top-p; temperature 0 takes the most likely token.
        uniforms_B: One number in [0, 1) for each row, (B,).

    Returns:
        Token ids (B,), and their log-probabilities (B,) under the distribution drawn from; for temperature 0 under the
        unscaled one.
    """
    logits_BV = logits_BV.float()
    if sampling.temperature == 0:
        logprobs_BV = torch.log_softmax(logits_BV, dim=-1)
        tokens_B = logprobs_BV.argmax(dim=-1)
        return tokens_B, logprobs_BV.gather(1, tokens_B[:, None])[:, 0]
    logits_BV = _filtered(logits_BV / sampling.temperature, sampling)
    logprobs_BV = torch.log_softmax(logits_BV, dim=-1)
    cumulative_BV = logprobs_BV.double().exp().cumsum(dim=-1)
    # Scaling by the last entry makes the largest uniform fall inside, whatever the rounding of the sum.
    thresholds_B1 = uniforms_B.to(cumulative_BV.device)[:, None] * cumulative_BV[:, -1:]
    tokens_B = torch.searchsorted(cumulative_BV, thresholds_B1, right=True)[:, 0].clamp(max=logits_BV.shape[1] - 1)
    return tokens_B, logprobs_BV.gather(1, tokens_B[:, None])[:, 0]


def _filtered(logits_BV: torch.Tensor, sampling: Sampling) -> torch.Tensor:
    """Applies top-k, then top-p, as vLLM does."""
    if 0 < sampling.top_k < logits_BV.shape[1]:
        floor_B1 = logits_BV.topk(sampling.top_k, dim=-1).values[:, -1:]
        logits_BV = logits_BV.masked_fill(logits_BV < floor_B1, float("-inf"))
    if sampling.top_p < 1:
        sorted_BV, order_BV = logits_BV.sort(dim=-1, descending=True)
        before_BV = sorted_BV.softmax(dim=-1).cumsum(dim=-1) - sorted_BV.softmax(dim=-1)
        cut_BV = torch.zeros_like(before_BV, dtype=torch.bool).scatter(1, order_BV, before_BV >= sampling.top_p)
        logits_BV = logits_BV.masked_fill(cut_BV, float("-inf"))
    return logits_BV
