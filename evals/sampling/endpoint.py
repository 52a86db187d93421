"""Completions from any OpenAI-compatible endpoint: `openai:http://127.0.0.1:8000/v1#model-name`.

Plain HTTP from a few threads. What fails is tried again with growing pauses, or as long as the endpoint asks; what
keeps failing is our fault, not the policy's, and comes back as `failed`.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from envs.core.errors import UsageError
from grpo.engines.base import Sampling
from grpo.rollouts.sampler import CONTEXT, FAILED, OnSampled, Request, Sampled

PREFIX = "openai:"
KEY_VARIABLE = "OPENAI_API_KEY"
_MAX_REPLY_BYTES = 16 * 2**20
_LONGEST_PAUSE_S = 30.0
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An OpenAI-compatible server and the model to ask it for."""

    url: str
    model: str


class _TryAgain(Exception):
    """The endpoint did not give a usable answer this time."""

    def __init__(self, reason: str, pause_s: float = 0.0):
        super().__init__(reason)
        self.pause_s = pause_s


class _Refused(Exception):
    """The endpoint will not answer this request however often it is asked."""


def parse_endpoint(name: str) -> Endpoint:
    """Reads `openai:URL#MODEL`.

    Raises:
        UsageError: It is not of that form.
    """
    address, _, model = name.removeprefix(PREFIX).partition("#")
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.netloc or not model:
        raise UsageError(f"{name!r} is no endpoint: write it as openai:http://HOST:PORT/v1#MODEL")
    return Endpoint(address.rstrip("/"), model)


class EndpointSampler:
    """Samples over HTTP.

    Args:
        name: `openai:URL#MODEL`; a key is read from the environment variable OPENAI_API_KEY.
        shots: Solved examples put before every prompt, as (prompt, solution).
        in_flight: Requests at once.
        per_minute: Most requests started in a minute; 0 for no limit.
        tries: How often one request is tried; 5 where omitted.
        timeout_s: Seconds one try may take.
        sleep: Waits; tests pass their own.
    """

    def __init__(
        self,
        name: str,
        shots: Sequence[tuple[str, str]] = (),
        *,
        in_flight: int = 16,
        per_minute: int = 0,
        tries: int | None = None,
        timeout_s: float = 120.0,
        sleep: Callable[[float], None] = time.sleep,
    ):
        self.endpoint = parse_endpoint(name)
        self.shots = shots
        self.in_flight = in_flight
        self.tries = _TRIES if tries is None else tries
        self.timeout_s = timeout_s
        self._pace = _Pace(per_minute, sleep)
        self._sleep = sleep

    template = "the endpoint's chat template"

    def check(self, requests: Sequence[Request], sampling: Sampling) -> None:
        """Asks the endpoint which models it has.

        Raises:
            UsageError: Nobody answers there, or it lacks the model.
        """
        try:
            reply = self._send("/models", None)
        except (_TryAgain, _Refused) as error:
            raise UsageError(f"no endpoint answers at {self.endpoint.url}: {error}") from error
        data = reply.get("data")
        known = [str(model.get("id")) for model in data if isinstance(model, dict)] if isinstance(data, list) else []
        if known and self.endpoint.model not in known:
            raise UsageError(f"{self.endpoint.url} has no model {self.endpoint.model!r}: it has {', '.join(known[:5])}")

    def sample(self, requests: Sequence[Request], sampling: Sampling, on_sampled: OnSampled) -> list[Sampled]:
        """Samples one completion for each request, in order; see `Sampler.sample`."""
        sampled: list[Sampled | None] = [None] * len(requests)
        pool = ThreadPoolExecutor(self.in_flight)
        try:
            futures = {pool.submit(self._one, request, sampling): i for i, request in enumerate(requests)}
            for future in as_completed(futures):
                sampled[futures[future]] = future.result()
                on_sampled(futures[future], future.result())
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
        return [result for result in sampled if result is not None]

    def _one(self, request: Request, sampling: Sampling) -> Sampled:
        body = self._body(request, sampling)
        reason = ""
        for attempt in range(self.tries):
            self._pace.wait()
            try:
                return _read_reply(self._send("/chat/completions", body))
            except _Refused as error:
                full = request.past and "context" in str(error)  # servers word it differently
                return Sampled("", 0, CONTEXT if full else FAILED, str(error))
            except _TryAgain as error:
                reason = str(error)
                pause = error.pause_s or 0.5 * 2**attempt * (1 + random.random())
                if attempt + 1 < self.tries:
                    self._sleep(min(pause, _LONGEST_PAUSE_S))
        return Sampled("", 0, FAILED, f"{self.endpoint.url} failed {self.tries} times: {reason}")

    def _body(self, request: Request, sampling: Sampling) -> dict[str, Any]:
        shots = [
            {"role": role, "content": content}
            for shot in self.shots
            for role, content in zip(("user", "assistant"), shot, strict=True)
        ]
        body = {
            "model": self.endpoint.model,
            "messages": [*shots, *request.chat],
            "max_tokens": sampling.max_tokens,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "seed": request.seed % 2**31,
        }
        return {**body, "top_k": sampling.top_k} if sampling.top_k else body  # not every server knows top_k

    def _send(self, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"}
        if key := os.environ.get(KEY_VARIABLE):
            headers["Authorization"] = f"Bearer {key}"
        data = None if body is None else json.dumps(body).encode("ascii")
        message = urllib.request.Request(self.endpoint.url + path, data=data, headers=headers)
        try:
            with urllib.request.urlopen(message, timeout=self.timeout_s) as reply:
                raw = reply.read(_MAX_REPLY_BYTES + 1)
        except urllib.error.HTTPError as error:
            raise _http_fault(error) from error
        except (OSError, http.client.HTTPException) as error:
            raise _TryAgain(f"{getattr(error, 'reason', error)}") from error
        try:
            parsed = json.loads(raw) if len(raw) <= _MAX_REPLY_BYTES else None
        except (ValueError, RecursionError):
            parsed = None
        if not isinstance(parsed, dict):
            raise _TryAgain("the reply is not a JSON object")
        return parsed


def _http_fault(error: urllib.error.HTTPError) -> Exception:
    text = error.read(300).decode("utf-8", "replace").strip().replace("\n", " ")
    reason = f"HTTP {error.code} {text}"[:300]
    if error.code in (408, 409, 425, 429) or error.code >= 500:
        asked = error.headers.get("Retry-After", "")
        return _TryAgain(reason, float(asked) if asked.isdigit() else 0.0)
    return _Refused(reason)


def _read_reply(reply: dict[str, Any]) -> Sampled:
    try:
        choice = reply["choices"][0]
        text = choice["message"]["content"] or ""
        tokens = (reply.get("usage") or {}).get("completion_tokens") or 0
        finish = "length" if choice.get("finish_reason") == "length" else "stop"
        if not isinstance(text, str) or not isinstance(tokens, int):
            raise TypeError("a text and a number of tokens were expected")
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise _TryAgain(f"the reply is no chat completion ({type(error).__name__}: {error})") from error
    return Sampled(text, tokens, finish)


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
