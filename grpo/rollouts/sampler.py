"""Where the policy's turns come from: an engine of ours, token by token, or anything that answers chats with text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, cast

from envs.core.errors import RunError, UsageError
from grpo.engines.base import FinishReason, Sampling
from grpo.rollouts.context import Room

if TYPE_CHECKING:
    from grpo.engines.base import Completion, Engine
    from grpo.policy.chat import ChatRenderer

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
        logprobs: One for each of `token_ids`, in nats, where the sampler knows them.
        heard_ids: The tokens that were put between the turn before and this one: what the environment had said.
    """

    text: str
    tokens: int
    finish_reason: str
    error: str = ""
    token_ids: tuple[int, ...] = ()
    logprobs: tuple[float, ...] = ()
    heard_ids: tuple[int, ...] = ()


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
        env: Which of the environments that are played the task is of; two may call a task alike.
    """

    task_id: str
    messages: Sequence[dict[str, str]]
    seed: int
    past: tuple[Exchange, ...] = ()
    env: int = 0

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
    """Samples turns of chats."""

    def check(self, requests: Sequence[Request], sampling: Sampling) -> Sequence[int] | None:
        """Looks at requests before any is served.

        Returns:
            The places of those whose prompts leave no room for a turn, which are left out; None for none.

        Raises:
            UsageError: None of them can be served; with the numbers and the flag that helps.
        """
        ...

    def sample(self, requests: Sequence[Request], sampling: Sampling, on_sampled: OnSampled) -> list[Sampled]:
        """Samples one turn for each request, in order; `on_sampled` hears of each as it is finished."""
        ...


class SteppingSampler(Sampler, Protocol):
    """A sampler that takes turns one by one, at any time."""

    @property
    def pending(self) -> int:
        """How many turns have not come back."""
        ...

    def submit(self, key: int, request: Request, sampling: Sampling) -> None:
        """Takes a turn to sample; it comes back under its key, which no other that is pending may have."""
        ...

    def step(self) -> list[tuple[int, Sampled]]:
        """Goes on with what is pending, for a moment, and returns the turns that ended."""
        ...

    def cancel(self) -> None:
        """Gives up all that is pending."""
        ...


def stepping(sampler: Sampler, on_sampled: OnSampled, whole_batches: bool = True) -> SteppingSampler:
    """Returns a sampler as one that goes step by step; of one that takes whole batches alone, a batch is a step.

    Args:
        sampler: The sampler.
        on_sampled: Told of the turns of a batch as they end, by their keys, since they wait for no step.
        whole_batches: Whether batches will do.

    Raises:
        UsageError: It takes whole batches alone, and they will not do.
    """
    if hasattr(sampler, "submit"):
        return cast(SteppingSampler, sampler)
    if not whole_batches:
        raise UsageError(f"{type(sampler).__name__} samples whole batches only: leave out --rollouts streaming")
    return _Batches(sampler, on_sampled)


class _Batches:
    """Gives a sampler whole batches of turns that are drawn alike."""

    def __init__(self, sampler: Sampler, on_sampled: OnSampled):
        self.check = sampler.check
        self.sample = sampler.sample
        self._on_sampled = on_sampled
        self._waiting: dict[int, tuple[Request, Sampling]] = {}

    @property
    def pending(self) -> int:
        """See `SteppingSampler.pending`."""
        return len(self._waiting)

    def submit(self, key: int, request: Request, sampling: Sampling) -> None:
        """See `SteppingSampler.submit`."""
        self._waiting[key] = (request, sampling)

    def step(self) -> list[tuple[int, Sampled]]:
        """Samples all that is drawn like the first that waits, and tells of each turn as it ends.

        Raises:
            RunError: The sampler gave fewer turns than it was asked for.
        """
        sampling = next(how for _, how in self._waiting.values())
        keys = [key for key, (_, how) in self._waiting.items() if how == sampling]

        def told(index: int, turn: Sampled) -> None:
            if self._waiting.pop(keys[index], None) is not None:
                self._on_sampled(keys[index], turn)

        turns = self.sample([self._waiting[key][0] for key in keys], sampling, told)
        for index, turn in enumerate(turns):  # a sampler that tells of none before the end
            told(index, turn)
        missing = sum(key in self._waiting for key in keys)
        if missing:
            raise RunError(f"the sampler gave {len(keys) - missing} of {len(keys)} turns")
        return []

    def cancel(self) -> None:
        """See `SteppingSampler.cancel`."""
        self._waiting.clear()


def sample_all(
    sampler: SteppingSampler, requests: Sequence[Request], sampling: Sampling, on_sampled: OnSampled
) -> list[Sampled]:
    """Samples one turn for each request, step by step; see `Sampler.sample`."""
    sampled: dict[int, Sampled] = {}
    try:
        for index, request in enumerate(requests):
            sampler.submit(index, request, sampling)
        while sampler.pending:
            for index, turn in sampler.step():
                sampled[index] = turn
                on_sampled(index, turn)
    finally:
        sampler.cancel()
    return [sampled[index] for index in range(len(requests))]


class EngineSampler:
    """Samples from an engine of ours, whose tokens are decoded once and never tokenised again.

    What the environment says is tokenised once too: the turn that answers it carries those tokens. Only for turns read
    back from a journal, which holds no tokens of the environment's, are they made again; they come out the same.

    Args:
        engine: What samples.
        renderer: Chats to token ids and back; its stop strings are added to the sampling.
        max_prompt_tokens: Longest prompt that is taken; 0 for whatever leaves room for a turn.
    """

    def __init__(self, engine: Engine, renderer: ChatRenderer, max_prompt_tokens: int = 0):
        self.engine = engine
        self.renderer = renderer
        self.max_prompt_tokens = max_prompt_tokens
        self._prompts: dict[tuple[int, str], list[int]] = {}
        self._heard: dict[int, list[int]] = {}  # of the turns that are being sampled: the environment's tokens before
        self._full: list[int] = []  # those whose episodes have no room for them

    @property
    def template(self) -> str:
        """How prompts are written: by the policy's chat template, or the plain form of one that has none."""
        return "chat template" if self.renderer.has_template else "plain question and answer"

    def prompt_ids(self, request: Request) -> list[int]:
        """Returns the token ids of a task's prompt, rendered once for all its samples."""
        place = (request.env, request.task_id)
        if place not in self._prompts:
            self._prompts[place] = self.renderer.prompt_ids(request.messages)
        return self._prompts[place]

    def remember(self, task_id: str, prompt_ids: list[int], env: int = 0) -> None:
        """Takes over a task's prompt that was rendered elsewhere."""
        self._prompts[env, task_id] = prompt_ids

    def check(self, requests: Sequence[Request], sampling: Sampling) -> list[int]:
        """Returns the places of requests whose prompts leave no room for a first turn; refuses where none does."""
        room = Room(self.engine.max_model_len, sampling.max_tokens, self.max_prompt_tokens)
        lengths = [len(self.prompt_ids(request)) for request in requests]
        room.check_some_fit(lengths)
        return [place for place, length in enumerate(lengths) if length > room.limit]

    def sample(self, requests: Sequence[Request], sampling: Sampling, on_sampled: OnSampled) -> list[Sampled]:
        """Samples one turn for each request; see `Sampler.sample`."""
        return sample_all(self, requests, sampling, on_sampled)

    @property
    def pending(self) -> int:
        """Turns that have not come back."""
        return len(self._heard) + len(self._full)

    def submit(self, key: int, request: Request, sampling: Sampling) -> None:
        """Takes a turn to sample; see `SteppingSampler.submit`."""
        ids, heard = self._before(request)
        if request.past and len(ids) + sampling.max_tokens > self.engine.max_model_len:
            self._full.append(key)
            return
        self._heard[key] = heard
        self.engine.submit(key, ids, replace(sampling, stop=self.renderer.stop), request.seed)

    def step(self) -> list[tuple[int, Sampled]]:
        """Samples a token of each turn that is pending; returns those that ended, or have no room to begin."""
        full, self._full = [(key, Sampled("", 0, CONTEXT)) for key in self._full], []
        ended = self.engine.step() if self._heard else []
        return full + [(key, self._turn(completion, self._heard.pop(key))) for key, completion in ended]

    def cancel(self) -> None:
        """Gives up all that is pending; see `SteppingSampler.cancel`."""
        self._heard.clear()
        self._full.clear()
        self.engine.cancel()

    def _before(self, request: Request) -> tuple[list[int], list[int]]:
        """Returns the tokens that a turn goes on from, and those among them of what the environment said last."""
        said: list[int] = []  # since the prompt
        heard: list[int] = []
        for turn, exchange in enumerate(request.past, 1):
            said += exchange.sampled.token_ids
            answer = request.past[turn].sampled if turn < len(request.past) else None
            heard = list(answer.heard_ids) if answer else []
            if not heard:
                ended = exchange.sampled.finish_reason == FinishReason.STOP
                heard = self.renderer.continuation_ids(exchange.observation, said, ended)
            said += heard
        return [*self.prompt_ids(request), *said], heard

    def _turn(self, completion: Completion, heard: Sequence[int]) -> Sampled:
        ids = completion.token_ids
        return Sampled(
            self.renderer.text(ids),
            len(ids),
            str(completion.finish_reason),
            token_ids=tuple(ids),
            logprobs=tuple(completion.logprobs),
            heard_ids=tuple(heard),
        )
