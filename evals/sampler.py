"""Where an eval's completions come from: an engine of ours, or an endpoint. Chats in, text out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from grpo.engines.base import Sampling

if TYPE_CHECKING:
    from grpo.engines.base import Completion, Engine
    from grpo.policy import ChatRenderer


@dataclass(frozen=True, slots=True)
class Request:
    """One completion to sample.

    Attributes:
        task_id: Of the task, for messages to people.
        messages: The chat to continue.
        seed: Decides the sample, where the sampler can be seeded.
    """

    task_id: str
    messages: Sequence[dict[str, str]]
    seed: int


@dataclass(frozen=True, slots=True)
class Sampled:
    """One sampled completion.

    Attributes:
        text: What the verifier reads.
        tokens: Its length in tokens, the end token included.
        finish_reason: `stop` or `length` (truncated); `failed` where the sampler gave up, which is our fault.
        error: Why it gave up.
    """

    text: str
    tokens: int
    finish_reason: str
    error: str = ""


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
        from grpo.rollout import check_fits

        for request in requests:
            check_fits(len(self._ids(request)), sampling.max_tokens, self.engine.max_model_len, request.task_id)

    def sample(self, requests: Sequence[Request], sampling: Sampling, on_sampled: OnSampled) -> list[Sampled]:
        """Samples one completion for each request; see `Sampler.sample`."""
        from dataclasses import replace

        sampled: list[Sampled | None] = [None] * len(requests)

        def finished(index: int, completion: Completion) -> None:
            text = self.renderer.text(completion.token_ids)
            result = Sampled(text, len(completion.token_ids), str(completion.finish_reason))
            sampled[index] = result
            on_sampled(index, result)

        self.engine.generate(
            [self._ids(request) for request in requests],
            replace(sampling, stop=self.renderer.stop),
            [request.seed for request in requests],
            finished,
        )
        return [result for result in sampled if result is not None]

    def _ids(self, request: Request) -> list[int]:
        if request.task_id not in self._rendered:
            self._rendered[request.task_id] = self.renderer.prompt_ids(request.messages)
        return self._rendered[request.task_id]
