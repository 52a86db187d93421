"""Rollouts by transformers: a batched decode loop, for machines without vLLM.

Finished rows leave the batch, and new ones join it. Every row draws from its own stream of uniforms, so what a request
samples does not depend on its neighbours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from grpo.engines.base import Completion, Engine, FinishReason, NamedTensors, Sampling
from grpo.engines.decoding import Decoder, Decoding, choose_decoding
from grpo.policy.adapter import is_adapted

_STOP_TAIL_TOKENS = 16
_PROBE_SAMPLING = Sampling(max_tokens=5)
_COMPACT_BELOW = 0.75
"""Finished rows are dropped once fewer than this share of the batch is still going: dropping copies the cache."""


@dataclass(eq=False)
class _Row:
    """One completion in the making."""

    key: int
    prompt: Sequence[int]
    sampling: Sampling
    uniforms: np.ndarray
    token_ids: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    finish_reason: FinishReason | None = None

    @property
    def uniform(self) -> float:
        """What the next token is drawn with; of a row that has ended and is still in the batch, no matter what."""
        return self.uniforms[min(len(self.token_ids), len(self.uniforms) - 1)]


class TransformersEngine(Engine):
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
        self._queue: list[_Row] = []
        self._batch: _Batch | None = None
        self._was_training: bool | None = None
        self.decoding = choose_decoding(model.eval(), max_model_len, self._probe)

    def _probe(self, decoding: Decoding, prompts: list[list[int]]) -> list[Completion]:
        """Samples a few tokens in a way that is not trusted yet; every fourth id ends a row, so that rows leave."""
        ends = self._eos
        self._eos = frozenset(range(0, self._model.config.get_text_config().vocab_size, 4))
        self.decoding = decoding
        try:
            return self.generate(prompts, _PROBE_SAMPLING, range(len(prompts)))
        finally:
            self._eos = ends

    @property
    def pending(self) -> int:
        """Requests that have not ended."""
        return len(self._queue) + (self._batch.going if self._batch is not None else 0)

    def submit(self, key: int, prompt: Sequence[int], sampling: Sampling, seed: int) -> None:
        """Adds a request; see `Engine.submit`."""
        uniforms = np.random.Generator(np.random.Philox(seed)).random(sampling.max_tokens)
        self._queue.append(_Row(key, prompt, sampling, uniforms))

    @torch.inference_mode()
    def step(self) -> list[tuple[int, Completion]]:
        """Samples a token for what is pending; see `Engine.step`.

        What was submitted while a batch is under way joins it, where the model's cache can be padded on the left;
        otherwise it waits for the batch's end.
        """
        if not self.pending:
            return []
        if self._was_training is None:
            self._was_training = self._model.training
            self._model.eval()
        if self._batch is None:
            self._batch = _Batch(self.decoding.decoder(self._model), self._next_rows())
        elif self._queue and (room := self._max_sequences - self._batch.going) > 0 and self._batch.can_grow:
            self._batch.grow(self.decoding.decoder(self._model), self._taken(self._ordered()[:room]))
        ended = self._batch.draw(self._extend)
        if self._batch.going:
            self._batch.forward()
        else:
            self._batch = None
        self._rest()
        return ended

    def cancel(self) -> None:
        """Gives up all that is pending; see `Engine.cancel`."""
        self._queue, self._batch = [], None
        self._rest()

    def _rest(self) -> None:
        """Leaves the model as it was found, once nothing is pending."""
        if not self.pending and self._was_training is not None:
            self._model.train(self._was_training)
            self._was_training = None

    def _ordered(self) -> list[_Row]:
        # Prompts of like length share a batch, and samples of one prompt stay together.
        return sorted(self._queue, key=lambda row: (len(row.prompt), list(row.prompt)))

    def _next_rows(self) -> list[_Row]:
        """Takes the rows of the next batch from the queue."""
        queue = self._ordered()
        prompts = [row.prompt for row in queue]
        batch = next(self.decoding.batches(prompts, list(range(len(queue))), self._max_sequences))
        return self._taken([queue[place] for place in batch])

    def _taken(self, rows: list[_Row]) -> list[_Row]:
        gone = set(rows)
        self._queue = [row for row in self._queue if row not in gone]
        return rows

    def _extend(self, row: _Row, token: int, logprob: float) -> FinishReason | None:
        """Adds a token to a row, and returns why it has ended, if it has."""
        sampling = row.sampling
        row.token_ids.append(token)
        row.logprobs.append(logprob)
        if token in self._eos or (sampling.stop and self._stops(row.token_ids, sampling.stop)):
            return FinishReason.STOP
        return FinishReason.LENGTH if len(row.token_ids) == sampling.max_tokens else None

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
        self.cancel()
        self._model = None


class _Batch:
    """Rows that are decoded together, each waiting for its next token."""

    def __init__(self, decoder: Decoder, rows: list[_Row]):
        self.rows = rows  # rows[b] is row b of the tensors
        self._decoder = decoder
        self._logits_BV = decoder.read([row.prompt for row in rows])
        self._tokens_B = torch.empty(0)

    @property
    def going(self) -> int:
        """How many rows have not ended."""
        return sum(row.finish_reason is None for row in self.rows)

    @property
    def can_grow(self) -> bool:
        """Whether rows can join."""
        return self._decoder.can_join

    def grow(self, decoder: Decoder, rows: list[_Row]) -> None:
        """Lets rows join; those that have ended leave, for all is copied anyway."""
        going = [b for b, row in enumerate(self.rows) if row.finish_reason is None]
        if len(going) < len(self.rows):
            keep = torch.tensor(going, device=self._logits_BV.device)
            self._decoder.keep(keep)
            self._logits_BV = self._logits_BV[keep]
        more_BV = decoder.read([row.prompt for row in rows])
        self._decoder.join(decoder)
        self._logits_BV = torch.cat([self._logits_BV, more_BV])
        self.rows = [self.rows[b] for b in going] + rows

    def draw(self, extend: Callable[[_Row, int, float], FinishReason | None]) -> list[tuple[int, Completion]]:
        """Draws a token for each row, and returns the completions that end with it, by their keys."""
        self._tokens_B, logprobs_B = self._sampled()
        ended: list[tuple[int, Completion]] = []
        for row, token, logprob in zip(self.rows, self._tokens_B.tolist(), logprobs_B.tolist(), strict=True):
            if row.finish_reason is None and (reason := extend(row, token, logprob)) is not None:
                row.finish_reason = reason
                ended.append((row.key, Completion(row.token_ids, row.logprobs, reason)))
        return ended

    def forward(self) -> None:
        """Reads the tokens that were drawn."""
        going = [b for b, row in enumerate(self.rows) if row.finish_reason is None]
        if len(going) < _COMPACT_BELOW * len(self.rows):
            keep = torch.tensor(going, device=self._tokens_B.device)
            self._decoder.keep(keep)
            self._tokens_B = self._tokens_B[keep]
            self.rows = [self.rows[b] for b in going]
        self._logits_BV = self._decoder.step(self._tokens_B)

    def _sampled(self) -> tuple[torch.Tensor, torch.Tensor]:
        uniforms_B = torch.from_numpy(np.array([row.uniform for row in self.rows]))
        if all(row.sampling == self.rows[0].sampling for row in self.rows):
            return sample(self._logits_BV, self.rows[0].sampling, uniforms_B)
        tokens_B = torch.empty(len(self.rows), dtype=torch.long, device=self._logits_BV.device)
        logprobs_B = torch.empty(len(self.rows), device=self._logits_BV.device)
        for sampling in dict.fromkeys(row.sampling for row in self.rows):
            alike = torch.tensor([b for b, row in enumerate(self.rows) if row.sampling == sampling])
            places = alike.to(self._logits_BV.device)
            tokens_B[places], logprobs_B[places] = sample(self._logits_BV[places], sampling, uniforms_B[alike])
        return tokens_B, logprobs_B


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
