"""Requests to an OpenAI-compatible chat endpoint: over by a deadline, and failed in one of two ways, or answered.

What a judge model and an eval over HTTP need, on httpx and tenacity. The time limits of client libraries are for one
read at a time, so that a server that drips would hold a request for ever: here the whole of a request, from its
connection to its last byte, is one task of asyncio with one deadline. How long a reply may be and what a permanent
refusal is are ours to say too.
"""

from __future__ import annotations

import asyncio
import email.utils
import json
import math
import os
import random
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from envs.core.errors import UsageError

if TYPE_CHECKING:
    import ssl

    import httpx
    import tenacity

_FIRST_PAUSE_S = 0.25
_LONGEST_PAUSE_S = 60.0
_PASSING_CODES = (408, 409, 425, 429)  # and 500 or above: what another try may change
_QUOTED_CHARS = 300

T = TypeVar("T")


class EndpointDown(Exception):
    """No usable reply was to be had; the message says why."""


class Refused(EndpointDown):
    """The endpoint will not answer this request however often it is asked.

    Attributes:
        said: What it said, in its own words, cut to 300 characters.
    """

    def __init__(self, message: str, said: str = ""):
        super().__init__(message)
        self.said = said


class NoReply(Exception):
    """The endpoint gave no usable reply this time: it could not be reached, was too slow, failed, or talked nonsense.

    Attributes:
        pause_s: Seconds the endpoint asks to be left alone; 0 where it does not say.
    """

    def __init__(self, reason: str, pause_s: float = 0.0):
        super().__init__(reason)
        self.pause_s = pause_s


@dataclass(frozen=True, slots=True)
class ChatReply:
    """What the endpoint said.

    Attributes:
        text: The message; empty where it is null.
        finish_reason: As the endpoint words it, such as `stop` or `length`; empty where it does not say.
        completion_tokens: Of the reply, as the endpoint counts them; 0 where it does not say.
        total_tokens: Prompt and reply together, likewise.
    """

    text: str
    finish_reason: str
    completion_tokens: int
    total_tokens: int


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An OpenAI-compatible endpoint.

    Attributes:
        url: Up to and without `/chat/completions`, such as `http://127.0.0.1:8000/v1`.
        model: The model's name there.
        key_variable: The environment variable with the API key; no key is sent where it is not set.
        max_reply_bytes: Longest reply that is read.

    Raises:
        UsageError: The url is no HTTP address.
    """

    url: str
    model: str
    key_variable: str = "OPENAI_API_KEY"
    max_reply_bytes: int = 1_000_000

    def __post_init__(self) -> None:
        if not is_address(self.url):
            raise UsageError(f"an endpoint's url is http://HOST:PORT/v1 or the like, not {self.url!r}")

    def chat(self, messages: list[dict[str, str]], deadline: float, **options: Any) -> ChatReply:
        """Asks for one reply to a chat.

        Args:
            messages: The chat.
            deadline: A time of `time.monotonic` at which the request is given up, wherever it is.
            options: What else goes into the request, such as `max_tokens` and `temperature`.

        Raises:
            Refused: Asking again is no use.
            NoReply: It may be.
        """
        body = {"model": self.model, "messages": messages, **options}
        return _chat_reply(self._send("/chat/completions", deadline, body), self.url)

    def models(self, deadline: float) -> list[str]:
        """Returns the names of the models that the endpoint says it has, which may be none.

        Raises:
            Refused: Asking again is no use.
            NoReply: It may be.
        """
        data = self._send("/models", deadline).get("data")
        return [str(model.get("id")) for model in data if isinstance(model, dict)] if isinstance(data, list) else []

    def get(self, path: str, deadline: float) -> dict[str, Any]:
        """Returns the JSON object at a path.

        Raises:
            Refused: Asking again is no use.
            NoReply: It may be.
        """
        return self._send(path, deadline)

    def _send(self, path: str, deadline: float, body: dict[str, Any] | None = None) -> dict[str, Any]:
        import httpx

        address = self.url.rstrip("/") + path
        try:
            raw = _finished(self._exchange(address, deadline, body))
        except TimeoutError as error:
            raise NoReply(f"{address}: timed out") from error
        except httpx.InvalidURL as error:
            raise Refused(f"{address} is no address: {error}") from error
        except (httpx.HTTPError, OSError) as error:
            raise NoReply(f"{address}: {str(error) or type(error).__name__}") from error
        if len(raw) > self.max_reply_bytes:
            raise NoReply(f"the reply of {address} is longer than {self.max_reply_bytes:,} bytes")
        return _json_object(raw, address)

    async def _exchange(self, address: str, deadline: float, body: dict[str, Any] | None) -> bytes:
        """Returns the body of a reply that is no fault, a little of what is over its longest size included."""
        import httpx

        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        headers = {"Accept-Encoding": "identity", "Content-Type": "application/json", **self.credentials()}
        content = None if body is None else json.dumps(body).encode("ascii")
        method = "GET" if body is None else "POST"
        verify = _trusted() if address.startswith("https") else False
        # No redirect is followed unless asked for; proxies are those that the environment names.
        async with asyncio.timeout(left), httpx.AsyncClient(timeout=None, verify=verify) as client:
            async with client.stream(method, address, content=content, headers=headers) as reply:
                if not reply.is_success:
                    raise self._fault(address, reply, await _beginning(reply, _QUOTED_CHARS))
                return await _beginning(reply, self.max_reply_bytes + 1)

    def credentials(self) -> dict[str, str]:
        """Returns the header with the key; empty where none is set.

        Raises:
            Refused: The key has characters that no header can carry.
        """
        key = os.environ.get(self.key_variable, "").strip()
        if key and not (key.isascii() and key.isprintable()):
            raise Refused(f"the key in {self.key_variable} has characters that no header can carry")
        return {"Authorization": f"Bearer {key}"} if key else {}

    def _fault(self, address: str, reply: httpx.Response, body: bytes) -> Refused | NoReply:
        code, said = reply.status_code, " ".join(body[:_QUOTED_CHARS].decode("utf-8", "replace").split())
        reason = f"{address} answered HTTP {code} {said or reply.reason_phrase}".rstrip()
        if code in _PASSING_CODES or code >= 500:
            return NoReply(reason, _asked_pause(reply.headers.get("Retry-After", "")))
        if 300 <= code < 400:  # a key is sent to whom it was meant for, and to nobody he names
            target = reply.headers.get("Location", "")[:_QUOTED_CHARS]
            reason = f"{reason}; redirects are not followed: give the address itself ({target!r})"
        if code in (401, 403):
            known = "refused" if os.environ.get(self.key_variable) else "not set"
            reason = f"{reason} (the key in {self.key_variable} is {known})"
        return Refused(reason, said)


def is_address(url: str) -> bool:
    """Returns whether this is an address that requests can be sent to: http or https, a host, a port if any."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    plain = url.isascii() and url.isprintable() and not any(mark in url for mark in " @?#")
    return plain and parts.scheme in ("http", "https") and bool(parts.hostname) and port != 0


def patiently(
    attempt: Callable[[], T],
    tries: int,
    deadline: float = math.inf,
    sleep: Callable[[float], None] = time.sleep,
) -> T:
    """Returns what `attempt` returns, tried again where it raises `NoReply`.

    Between tries it waits as long as the endpoint asks, otherwise 0.25 s, 0.5 s, 1 s and so on, each up to twice as
    long by chance so that those who were turned away together do not come back together; never more than a minute.

    Args:
        attempt: Asks once.
        tries: How often, at most.
        deadline: A time of `time.monotonic` past which no further try is begun.
        sleep: Waits; tests pass their own.

    Raises:
        EndpointDown: It failed `tries` times, or the deadline leaves no time for another.
    """
    import tenacity

    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(NoReply),
        stop=tenacity.stop_after_attempt(tries),
        wait=_pause,
        before_sleep=lambda state: _check_time(state, tries, deadline),
        sleep=sleep,
        reraise=True,
    )
    try:
        return retrying(attempt)
    except NoReply as error:
        raise EndpointDown(f"failed {tries} times: {error}") from error


def _pause(state: tenacity.RetryCallState) -> float:
    """Returns the seconds that the endpoint asks for; without a word of it, twice as many as before and some chance."""
    failed = state.outcome.exception() if state.outcome else None
    asked = failed.pause_s if isinstance(failed, NoReply) else 0.0
    growing = _FIRST_PAUSE_S * 2 ** (state.attempt_number - 1) * (1 + random.random())
    return min(asked or growing, _LONGEST_PAUSE_S)


def _check_time(state: tenacity.RetryCallState, tries: int, deadline: float) -> None:
    if time.monotonic() + state.upcoming_sleep >= deadline:
        reason = state.outcome.exception() if state.outcome else None
        raise EndpointDown(f"no time is left for try {state.attempt_number + 1} of {tries}: {reason}")


async def _beginning(reply: httpx.Response, size: int) -> bytes:
    """Returns the body as it was sent, up to the block in which it reaches this size."""
    body = bytearray()
    async for block in reply.aiter_raw():
        body += block
        if len(body) >= size:
            break
    return bytes(body)


def _finished(request: Coroutine[Any, Any, T]) -> T:
    """Returns what a request returns, also where the caller's thread has a loop of its own, as in a notebook."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(request)
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, request).result()


@cache
def _trusted() -> ssl.SSLContext:
    import httpx

    return httpx.create_ssl_context()  # reading the certificates takes longer than a short request


def _asked_pause(header: str) -> float:
    """Reads `Retry-After`: seconds, or a date (RFC 9110, section 10.2.3); 0 for anything else."""
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return 0.0


def _json_object(raw: bytes, address: str) -> dict[str, Any]:
    try:
        parsed = json.loads(raw)
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        raise NoReply(f"the reply of {address} is not a JSON object")
    return parsed


def _chat_reply(reply: dict[str, Any], url: str) -> ChatReply:
    try:
        choice = reply["choices"][0]
        text = choice["message"]["content"]
        usage = reply.get("usage") or {}
        counts = [usage.get(name) or 0 for name in ("completion_tokens", "total_tokens")]
        if not isinstance(text, str | None) or not all(type(count) is int and count >= 0 for count in counts):
            raise TypeError("a text and numbers of tokens were expected")
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise NoReply(f"the reply of {url} is no chat completion ({type(error).__name__}: {error})") from error
    return ChatReply(text or "", str(choice.get("finish_reason") or ""), *counts)
