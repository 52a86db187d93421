"""What an engine is: token ids in, token ids out, with the log-probability of every token as it was sampled."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import torch

NamedTensors = Iterable[tuple[str, "torch.Tensor"]]
OnCompletion = Callable[[int, "Completion"], None]


class FinishReason(StrEnum):
    """Why a completion ended."""

    STOP = "stop"
    """The policy ended it: any of the model's end-of-sequence ids, or a stop string."""
    LENGTH = "length"
    """It ran into `max_tokens`: truncated."""
    TURNS = "turns"
    """Its episode ran into the environment's `max_turns`: truncated."""
    CONTEXT = "context"
    """The next turn of its episode would not have fitted the context: truncated."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How completions are drawn.

    Attributes:
        max_tokens: Most tokens of a completion, its end token included.
        temperature: Divides the logits; 0 is greedy.
        top_p: Nucleus mass; 1 keeps the whole distribution. Training never cuts it: that would bias the ratio.
        top_k: Most likely tokens kept; 0 keeps all.
        stop: Strings that end a completion, kept in it. For policies that were not taught to end.
    """

    max_tokens: int
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Completion:
    """What was sampled for one prompt.

    Attributes:
        token_ids: The tokens, the end token included where there is one.
        logprobs: One for each token, in nats, of the distribution it was sampled from (after temperature, top-p and
            top-k); for greedy decoding, of the unscaled distribution.
        finish_reason: Why it ended.
    """

    token_ids: list[int]
    logprobs: list[float]
    finish_reason: FinishReason


class Engine(Protocol):
    """Samples completions from a policy whose weights can be replaced; engines of ours derive from it."""

    name: str
    max_model_len: int
    checkpoint_names: bool
    """Whether it knows weights by the names of a checkpoint, not of the model in memory."""
    takes_adapter: bool
    """Whether it is given an adapter's own tensors, under the names of peft's checkpoints, in place of the weights."""

    @property
    @abstractmethod
    def pending(self) -> int:
        """How many requests have not ended."""
        ...

    @abstractmethod
    def submit(self, key: int, prompt: Sequence[int], sampling: Sampling, seed: int) -> None:
        """Adds a request, at any time; nothing is sampled before `step`.

        Args:
            key: What its completion comes back under; no other request that is pending may have it.
            prompt: Its token ids.
            sampling: How to draw.
            seed: The same prompt, weights, sampling and seed give the same tokens. Log-probs may differ in their last
                bits with the batch a token was sampled in: the same requests before the same steps give the same bits.
        """
        ...

    @abstractmethod
    def step(self) -> list[tuple[int, Completion]]:
        """Samples a token for what is pending, and returns the requests that ended, by their keys."""
        ...

    @abstractmethod
    def cancel(self) -> None:
        """Gives up all that is pending; nothing of it turns up in a later step."""
        ...

    def generate(
        self,
        prompts: Sequence[Sequence[int]],
        sampling: Sampling,
        seeds: Sequence[int],
        on_completion: OnCompletion | None = None,
    ) -> list[Completion]:
        """Samples one completion for each prompt.

        Args:
            prompts: Token ids of each prompt; repeat a prompt for several samples of it.
            sampling: How to draw.
            seeds: One for each prompt.
            on_completion: Called with a prompt's index and completion as each is finished.

        Returns:
            The completions, in the order of the prompts.
        """
        done: dict[int, Completion] = {}
        try:
            for index, (prompt, seed) in enumerate(zip(prompts, seeds, strict=True)):
                self.submit(index, prompt, sampling, seed)
            while self.pending:
                for index, completion in self.step():
                    done[index] = completion
                    if on_completion is not None:
                        on_completion(index, completion)
        finally:
            self.cancel()  # interrupted: what is still queued must not turn up in the next batch
        return [done[index] for index in range(len(prompts))]

    @abstractmethod
    def update_weights(self, weights: NamedTensors) -> None:
        """Replaces the policy's weights; the next request uses them, and no cached prefix outlives them."""
        ...

    @abstractmethod
    def sleep(self) -> None:
        """Leaves its device to others until it is next asked for something, where it can and is set to."""
        ...

    @abstractmethod
    def close(self) -> None:
        """Frees the engine's memory and processes."""
        ...
