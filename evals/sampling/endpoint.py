"""Completions from any OpenAI-compatible endpoint: `openai:http://127.0.0.1:8000/v1#model-name`.

The requests are those of `envs.workers.endpoint`, from a few threads. What keeps failing is our fault, not the
policy's, and comes back as `failed`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from operator import itemgetter
from typing import Any

from envs.core.errors import UsageError
from envs.workers.endpoint import ChatReply, Endpoint, EndpointDown, NoReply, Refused, is_address, patiently
from grpo.engines.base import Sampling
from grpo.policy.form import ChatForm, Shots
from grpo.rollouts.sampler import CONTEXT, FAILED, OnSampled, Request, Sampled, sample_all

PREFIX = "openai:"
_MAX_REPLY_BYTES = 16 * 2**20
_LOOK_S = 0.05
"""After which verifiers are looked at again, where no reply has come."""
_TRIES = 6  # 8 to 16 s in all: a server that is started again, or swaps its model


def parse_endpoint(name: str) -> Endpoint:
    """Reads `openai:URL#MODEL`.

    Raises:
        UsageError: It is not of that form.
    """
    address, _, model = name.removeprefix(PREFIX).partition("#")
    if not is_address(address) or not model:
        raise UsageError(f"{name!r} is no endpoint: write it as openai:http://HOST:PORT/v1#MODEL")
    return Endpoint(address.rstrip("/"), model, max_reply_bytes=_MAX_REPLY_BYTES)


class EndpointSampler:
    """Samples over HTTP.

    Args:
        name: `openai:URL#MODEL`; a key is read from the environment variable OPENAI_API_KEY.
        shots: Solved examples put before every prompt.
        form: What else is laid around every chat; template and date are the endpoint's own.
        in_flight: Requests at once.
        per_minute: Most requests started in a minute; 0 for no limit.
        tries: How often one request is tried; 6 where omitted.
        timeout_s: Seconds one try may take.
        sleep: Waits; tests pass their own.
    """

    def __init__(
        self,
        name: str,
        shots: Shots | None = None,
        *,
        form: ChatForm | None = None,
        in_flight: int = 16,
        per_minute: int = 0,
        tries: int | None = None,
        timeout_s: float = 120.0,
        sleep: Callable[[float], None] = time.sleep,
    ):
        self.endpoint = parse_endpoint(name)
        self.shots = shots
        self.form = form or ChatForm()
        self.in_flight = in_flight
        self.tries = _TRIES if tries is None else tries
        self.timeout_s = timeout_s
        self._pace = _Pace(per_minute, sleep)
        self._sleep = sleep
        self._threads: ThreadPoolExecutor | None = None
        self._flying: dict[Future[Sampled], int] = {}

    template = "the endpoint's chat template"

    def check(self, requests: Sequence[Request], sampling: Sampling) -> None:
        """Asks the endpoint which models it has.

        Raises:
            UsageError: Nobody answers there, or it lacks the model.
        """
        try:
            known = self.endpoint.models(time.monotonic() + self.timeout_s)
        except (EndpointDown, NoReply) as error:
            raise UsageError(f"no endpoint answers at {self.endpoint.url}: {error}") from error
        if known and self.endpoint.model not in known:
            raise UsageError(f"{self.endpoint.url} has no model {self.endpoint.model!r}: it has {', '.join(known[:5])}")

    def sample(self, requests: Sequence[Request], sampling: Sampling, on_sampled: OnSampled) -> list[Sampled]:
        """Samples one completion for each request, in order; see `Sampler.sample`."""
        return sample_all(self, requests, sampling, on_sampled)

    @property
    def pending(self) -> int:
        """Turns that have not come back."""
        return len(self._flying)

    def submit(self, key: int, request: Request, sampling: Sampling) -> None:
        """Takes a turn to ask for; see `SteppingSampler.submit`."""
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self.in_flight)
        self._flying[self._threads.submit(self._one, request, sampling)] = key

    def step(self) -> list[tuple[int, Sampled]]:
        """Waits a moment for the next reply, and returns the turns that are there."""
        done, _ = wait(self._flying, _LOOK_S, FIRST_COMPLETED)
        ended = sorted(((self._flying.pop(future), future) for future in done), key=itemgetter(0))
        if not self._flying:
            self.cancel()
        return [(key, future.result()) for key, future in ended]

    def cancel(self) -> None:
        """Asks for nothing more, once what was asked has been answered."""
        self._flying.clear()
        if self._threads is not None:
            self._threads.shutdown(wait=True, cancel_futures=True)
            self._threads = None

    def _one(self, request: Request, sampling: Sampling) -> Sampled:
        chat, options = self._chat(request), self._options(request, sampling)

        def attempt() -> ChatReply:
            self._pace.wait()
            return self.endpoint.chat(chat, time.monotonic() + self.timeout_s, **options)

        try:
            reply = patiently(attempt, self.tries, sleep=self._sleep)
        except Refused as error:
            full = request.past and "context" in error.said  # servers word it differently
            return Sampled("", 0, CONTEXT if full else FAILED, str(error))
        except EndpointDown as error:
            return Sampled("", 0, FAILED, str(error))
        return Sampled(reply.text, reply.completion_tokens, "length" if reply.finish_reason == "length" else "stop")

    def _chat(self, request: Request) -> list[dict[str, str]]:
        return [*self.form.arranged(request.messages, self.shots), *request.chat[len(request.messages) :]]

    def _options(self, request: Request, sampling: Sampling) -> dict[str, Any]:
        options = {
            "max_tokens": sampling.max_tokens,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "seed": request.seed % 2**31,
        }
        seldom = {  # not every server knows these
            "top_k": sampling.top_k,
            "stop": list(self.form.stop),
            "chat_template_kwargs": dict(self.form.arguments),
        }
        return {**options, **{name: value for name, value in seldom.items() if value}}


class _Pace:
    """Lets at most so many requests start in a minute, evenly spaced, across threads."""

    def __init__(self, per_minute: int, sleep: Callable[[float], None]):
        self._gap_s = 60.0 / per_minute if per_minute else 0.0
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next = 0.0

    def wait(self) -> None:
        """Returns when the next request may start."""
        if not self._gap_s:
            return
        with self._lock:
            now = time.monotonic()
            start = max(now, self._next)
            self._next = start + self._gap_s
        self._sleep(start - now)
