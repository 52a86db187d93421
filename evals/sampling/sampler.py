"""Where an eval's completions come from: an engine of ours, or an endpoint. Chats in, text out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from grpo.engines.base import FinishReason, Sampling

if TYPE_CHECKING:
    from grpo.engines.base import Completion, Engine
    from grpo.policy.model import ChatRenderer


FAILED = "failed"
CONTEXT = str(FinishReason.CONTEXT)


@dataclass(frozen=True, slots=True)
class Sampled:
    """One sampled turn, which in most environments is a completion.

    Attributes:
        text: What the verifier reads.
        tokens: Its length in tokens, the end token included.
        finish_reason: `stop` or `length` (truncated); `context` where the chat has grown too long for another turn;
            `failed` where the sampler gave up, which is our fault.
        error: Why it gave up.
        token_ids: The tokens themselves, where the sampler knows them: a later turn goes on from these, not from text.
    """

    text: str
    tokens: int
    finish_reason: str
    error: str = ""
    token_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Exchange:
    """A turn that was sampled, and what the environment said to it."""

    sampled: Sampled
    observation: str


@dataclass(frozen=True, slots=True)
class Request:
    """One turn to sample.

    Attributes:
        task_id: Of the task, for messages to people.
        messages: The prompt as a chat.
        seed: Decides the sample, where the sampler can be seeded.
        past: What has been said since the prompt.
    """

    task_id: str
    messages: Sequence[dict[str, str]]
    seed: int
    past: tuple[Exchange, ...] = ()

    @property
    def chat(self) -> list[dict[str, str]]:
        """The whole chat to continue, as text."""
        chat = list(self.messages)
        for exchange in self.past:
            chat.append({"role": "assistant", "content": exchange.sampled.text})
            chat.append({"role": "user", "content": exchange.observation})
        return chat


OnSampled = Callable[[int, Sampled], None]


class Sampler(Protocol):
    """Samples completions of chats."""

    def check(self, requests: Sequence[Request], sampling: Sampling) -> None:
        """Refuses requests that cannot be served, before any is.

        Raises:
            UsageError: With the numbers and the flag that helps.
        """
        ...

    def sample(self, requests: Sequence[Request], sampling: Sampling, on_sampled: OnSampled) -> list[Sampled]:
        """Samples one completion for each request, in order; `on_sampled` hears of each as it is finished."""
        ...


class EngineSampler:
    """Samples from an engine of ours, whose tokens are decoded once and never tokenised again.

    Args:
        engine: What samples.
        renderer: Chats to token ids and back; its stop strings are added to the sampling.
    """

    def __init__(self, engine: Engine, renderer: ChatRenderer):
        self.engine = engine
        self.renderer = renderer
        self._rendered: dict[str, list[int]] = {}

    @property
    def template(self) -> str:
        """How prompts are written: by the policy's chat template, or the plain form of one that has none."""
        return "chat template" if self.renderer.has_template else "plain question and answer"

    def check(self, requests: Sequence[Request], sampling: Sampling) -> None:
        """Refuses a prompt that leaves no room for its completion."""
        from grpo.rollouts.rollout import check_fits

        for request in requests:
            check_fits(len(self._ids(request)), sampling.max_tokens, self.engine.max_model_len, request.task_id)

    def sample(self, requests: Sequence[Request], sampling: Sampling, on_sampled: OnSampled) -> list[Sampled]:
        """Samples one completion for each request; see `Sampler.sample`."""
        from dataclasses import replace

        sampled: list[Sampled | None] = [None] * len(requests)
        prompts = [self._ids(request) for request in requests]

        def settle(index: int, result: Sampled) -> None:
            sampled[index] = result
            on_sampled(index, result)

        fitting = []
        for index, (request, ids) in enumerate(zip(requests, prompts, strict=True)):
            if request.past and len(ids) + sampling.max_tokens > self.engine.max_model_len:
                settle(index, Sampled("", 0, CONTEXT))
            else:
                fitting.append(index)

        def finished(place: int, completion: Completion) -> None:
            ids = completion.token_ids
            reason = str(completion.finish_reason)
            settle(fitting[place], Sampled(self.renderer.text(ids), len(ids), reason, token_ids=tuple(ids)))

        self.engine.generate(
            [prompts[index] for index in fitting],
            replace(sampling, stop=self.renderer.stop),
            [requests[index].seed for index in fitting],
            finished,
        )
        return [result for result in sampled if result is not None]

    def _ids(self, request: Request) -> list[int]:
        if request.task_id not in self._rendered:
            self._rendered[request.task_id] = self.renderer.prompt_ids(request.messages)
        ids = list(self._rendered[request.task_id])
        for exchange in request.past:
            said = exchange.sampled
            ids += said.token_ids
            ids += self.renderer.continuation_ids(exchange.observation, ids, said.finish_reason == FinishReason.STOP)
        return ids
