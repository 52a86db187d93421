"""Log-likelihoods from a policy: as lm-eval's models of transformers take them, by our own forward paths.

The tokens are those of its `HFLM`: a context and its continuation are tokenised together and parted at the length of
the context alone, blanks at the context's end go to the continuation, an empty context is the token that begins a text,
and what is longer than the model's context is cut on the left, the last token being predicted and never read.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from envs.bridges.likelihood import Continuation, Likelihood, LikelihoodEnv
from envs.core.errors import UsageError
from evals.sampling.likelihood import turn_of
from grpo.engines.base import Sampling
from grpo.forward import ForwardPath, PackedPath, PaddedPath, WholeHead
from grpo.forward.choice.truth import Truth, batch_of
from grpo.forward.rows import Pass
from grpo.rollouts.sampler import OnSampled, Request, Sampled

if TYPE_CHECKING:
    from grpo.policy.model import Policy

_TOKENS_AT_ONCE = 8192
_LOGITS_AT_ONCE = 2**26


class _GreedyHead(WholeHead):
    """Log-probs, and in place of an entropy whether each token is the likeliest."""

    def logprobs(self, model: Any, run: Pass, temperature: float) -> tuple[torch.Tensor, torch.Tensor]:
        """Returns both, (N,) each."""
        logprobs_RV = self.logprobs_RV(model, run, temperature)
        return logprobs_RV[run.row_N, run.ids_N], logprobs_RV.argmax(dim=-1)[run.row_N] == run.ids_N


@dataclass(frozen=True, slots=True)
class Pair:
    """A continuation and what stands before it, in tokens; none of both is empty."""

    prompt: list[int]
    continuation: list[int]

    def __len__(self) -> int:
        return len(self.prompt) + len(self.continuation)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked of one task, at its place among the requests."""

    place: int
    pairs: list[Pair]

    @property
    def longest(self) -> int:
        return max(map(len, self.pairs))

    @property
    def predicted(self) -> int:
        return sum(len(pair.continuation) for pair in self.pairs)


class LikelihoodSampler:
    """Asks a policy how likely it holds the continuations of tasks; a turn is the answer, as `turn_of` writes it.

    Args:
        policy: With its model.
        env: Whose continuations.
    """

    template = "the task's own text"

    def __init__(self, policy: Policy, env: LikelihoodEnv):
        self.model = policy.model
        self.env = env
        self.tokens = Tokens(policy.tokenizer, policy.model.config)
        self._head = _GreedyHead()

    def check(self, requests: Sequence[Request], sampling: Sampling) -> None:
        """Takes every task: what is too long is cut on the left."""

    @torch.no_grad()
    def sample(self, requests: Sequence[Request], sampling: Sampling, on_sampled: OnSampled) -> list[Sampled]:
        """Returns the answer to each request, in order; see `Sampler.sample`."""
        found: dict[int, Sampled] = {}

        def settle(place: int, likelihoods: Sequence[Likelihood] | str) -> None:
            count = 0 if isinstance(likelihoods, str) else sum(one.tokens for one in likelihoods)
            found[place] = Sampled(turn_of(likelihoods), count, "stop")
            on_sampled(place, found[place])

        asked = []
        for place, request in enumerate(requests):
            pairs = self.tokens.pairs(self.env.continuations(self.env.tasks.get(request.task_id)))
            if isinstance(pairs, str):
                settle(place, pairs)
            else:
                asked.append(_Asked(place, pairs))
        if asked:
            self.model.requires_grad_(False)
            path = self._path(max(one.longest for one in asked))
            for batch in self._batches(asked):
                for one, likelihoods in zip(batch, self._ask(path, batch), strict=True):
                    settle(one.place, likelihoods)
        return [found[place] for place in range(len(requests))]

    def _path(self, longest: int) -> ForwardPath | None:
        """Returns the fastest path that gives what each sequence gives alone; None where there is none."""
        try:
            truth = Truth(self.model, longest)
        except UsageError:  # a token's log-prob depends on how long its sequence is: as it is alone, it is lm-eval's
            return None
        paths: list[ForwardPath] = [PackedPath(self._head, share=True), PaddedPath(self._head)]
        return next((path for path in paths if truth.fault(path, recompute=False) is None), None)

    def _batches(self, asked: Sequence[_Asked]) -> Iterator[list[_Asked]]:
        """Yields whole tasks, the longest first, so that what does not fit the memory says so at once."""
        most_logits = max(1, _LOGITS_AT_ONCE // self.model.config.get_text_config().vocab_size)
        batch: list[_Asked] = []
        for one in sorted(asked, key=lambda one: (-one.longest, one.place)):
            held = [*batch, one]
            tokens = sum(map(len, (pair for other in held for pair in other.pairs)))
            if batch and (tokens > _TOKENS_AT_ONCE or sum(other.predicted for other in held) > most_logits):
                yield batch
                held = [one]
            batch = held
        yield batch

    def _ask(self, path: ForwardPath | None, batch: Sequence[_Asked]) -> list[list[Likelihood]]:
        pairs = [pair for one in batch for pair in one.pairs]
        together = [n for n, pair in enumerate(pairs) if path is not None and len(pair) <= self.tokens.context]
        found: dict[int, Likelihood] = {}
        if path is not None and together:
            rows = [pairs[n] for n in together]
            packed = batch_of([row.prompt for row in rows], [row.continuation for row in rows], self.model.device)
            sizes = [len(row.continuation) for row in rows]
            values = (values_N.split(sizes) for values_N in path.logprobs(self.model, packed, 1.0))
            found = {n: _likelihood(*both) for n, *both in zip(together, *values, strict=True)}
        told = iter([found.get(n) or self._alone(pair) for n, pair in enumerate(pairs)])
        return [[next(told) for _ in one.pairs] for one in batch]

    def _alone(self, pair: Pair) -> Likelihood:
        """Asks for one sequence by itself, whose last token the model does not read: it may be one too long for it."""
        ids_T = torch.tensor([*pair.prompt, *pair.continuation], device=self.model.device)
        columns_K = torch.arange(len(pair.prompt) - 1, len(pair) - 1, device=self.model.device)
        run = Pass({"input_ids": ids_T[None, :-1]}, columns_K, None, columns_K - columns_K[0], ids_T[columns_K + 1])
        return _likelihood(*self._head.logprobs(self.model, run, 1.0))


def _likelihood(logprobs_K: torch.Tensor, greedy_K: torch.Tensor) -> Likelihood:
    return Likelihood(float(logprobs_K.sum()), bool(greedy_K.all()), len(logprobs_K))


class Tokens:
    """The tokens of contexts and continuations, as lm-eval's `HFLM` makes them.

    Args:
        tokenizer: The policy's.
        config: Its model's.

    Attributes:
        context: Most tokens that the model reads.
    """

    def __init__(self, tokenizer: Any, config: Any):
        self._tokenizer = tokenizer
        text = config.get_text_config()
        said = [getattr(text, name, None) for name in ("n_positions", "max_position_embeddings", "n_ctx")]
        own = getattr(tokenizer, "model_max_length", None)
        said.append(own if own is not None and own < 10**9 else None)  # transformers writes 10**30 for "not known"
        self.context = int(next((length for length in said if length is not None), 2048))
        first = tokenizer.bos_token_id
        self._first: int | None = first if first is not None else tokenizer.eos_token_id
        self._beginning = tokenizer.decode(self._first) if self._first is not None else None
        self._encoded = functools.lru_cache(maxsize=8)(self._encode)  # the choices of a task share their context

    def pairs(self, asked: Sequence[Continuation]) -> list[Pair] | str:
        """Returns the tokens of a task's continuations, or why they cannot be asked of the policy."""
        found = []
        for one in asked:
            prompt, continuation = self._parted(one)
            if not prompt:
                return "the context is empty, and the policy's tokenizer has no token that begins or ends a text"
            if not continuation:
                return f"the continuation {one.text[-40:]!r} has no token of its own"
            if len(continuation) > self.context:
                return f"a continuation has {len(continuation)} tokens, and the policy reads {self.context}"
            lost = len(prompt) + len(continuation) - (self.context + 1)
            found.append(Pair(prompt[lost:] if lost > 0 else prompt, continuation))
        return found

    def _parted(self, asked: Continuation) -> tuple[list[int], list[int]]:
        if not asked.context:
            continuation = self._tokenizer.encode(asked.text, add_special_tokens=False)
            if continuation and continuation[0] == self._first:
                return continuation[:1], continuation[1:]
            return [] if self._first is None else [self._first], continuation
        context = asked.context.rstrip()
        blanks = asked.context[len(context) :]
        prompt = self._encoded(context)
        return prompt, self._encode(context + blanks + asked.text)[len(prompt) :]

    def _encode(self, text: str) -> list[int]:
        begun = self._beginning is not None and text.startswith(self._beginning)
        return self._tokenizer.encode(text, **({"add_special_tokens": False} if begun else {}))
