"""Requests to an OpenAI-compatible chat endpoint: over by a deadline, and failed in one of two ways, or answered.

What a judge model and an eval over HTTP need, and no more, on the standard library: a worker that asks a judge must
stay small (importing httpx takes four times as long), and what is hard here a client library leaves to its caller.
The time limits of httpx, of urllib3 and of the openai client are for one read at a time, so that a server that drips
holds a request for ever; none of them bounds a reply's size; and what a permanent refusal is, is the caller's word.
"""

from __future__ import annotations

import email.utils
import http.client
import io
import json
import math
import os
import random
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

from envs.core.errors import UsageError

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
        address = self.url.rstrip("/") + path
        data = None if body is None else json.dumps(body).encode("ascii")
        request = urllib.request.Request(address, data, {"Content-Type": "application/json", **self.credentials()})
        try:
            with _opener().open(request, timeout=_left(deadline)) as reply:
                raw = reply.read(self.max_reply_bytes + 1)
        except urllib.error.HTTPError as error:
            with error:
                raise self._fault(address, error) from error
        except http.client.InvalidURL as error:
            raise Refused(f"{address} is no address: {error}") from error
        except urllib.error.URLError as error:
            raise NoReply(f"{address}: {error.reason}") from error
        except (OSError, http.client.HTTPException) as error:
            raise NoReply(f"{address}: {str(error) or type(error).__name__}") from error
        if len(raw) > self.max_reply_bytes:
            raise NoReply(f"the reply of {address} is longer than {self.max_reply_bytes:,} bytes")
        return _json_object(raw, address)

    def credentials(self) -> dict[str, str]:
        """Returns the header with the key; empty where none is set.

        Raises:
            Refused: The key has characters that no header can carry.
        """
        key = os.environ.get(self.key_variable, "").strip()
        if key and not (key.isascii() and key.isprintable()):
            raise Refused(f"the key in {self.key_variable} has characters that no header can carry")
        return {"Authorization": f"Bearer {key}"} if key else {}

    def _fault(self, address: str, error: urllib.error.HTTPError) -> Refused | NoReply:
        try:
            said = error.read(_QUOTED_CHARS).decode("utf-8", "replace")
        except (OSError, http.client.HTTPException):
            said = ""
        said = " ".join(said.split())
        reason = f"{address} answered HTTP {error.code} {said or error.reason}".rstrip()
        if error.code in _PASSING_CODES or error.code >= 500:
            return NoReply(reason, _asked_pause(error.headers.get("Retry-After", "")))
        if 300 <= error.code < 400:  # a key is sent to whom it was meant for, and to nobody he names
            target = error.headers.get("Location", "")[:_QUOTED_CHARS]
            reason = f"{reason}; redirects are not followed: give the address itself ({target!r})"
        if error.code in (401, 403):
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
    for number in range(1, tries + 1):
        try:
            return attempt()
        except NoReply as error:
            reason, pause = str(error), error.pause_s
        pause = min(pause or _FIRST_PAUSE_S * 2 ** (number - 1) * (1 + random.random()), _LONGEST_PAUSE_S)
        if number == tries:
            break
        if time.monotonic() + pause >= deadline:
            raise EndpointDown(f"no time is left for try {number + 1} of {tries}: {reason}")
        sleep(pause)
    raise EndpointDown(f"failed {tries} times: {reason}")


class _Until(io.RawIOBase):
    """A socket's bytes, none of them read after the deadline, however slowly they come."""

    def __init__(self, raw: Any, sock: socket.socket, deadline: float):
        self._raw = raw
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(_left(self._deadline))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Reply(http.client.HTTPResponse):
    """A reply whose status line, headers and body all come before the deadline of its connection."""

    def __init__(self, sock: socket.socket, *args: Any, deadline: float, **options: Any):
        super().__init__(sock, *args, **options)
        self.fp = io.BufferedReader(_Until(self.fp.detach(), sock, deadline))


class _Timed(http.client.HTTPConnection):
    """A connection whose timeout is one for all that happens on it."""

    def __init__(self, host: str, timeout: float, **options: Any):
        super().__init__(host, timeout=timeout, **options)
        self._deadline = time.monotonic() + timeout
        self.response_class: Any = partial(_Reply, deadline=self._deadline)

    def connect(self) -> None:
        super().connect()
        self.sock.settimeout(_left(self._deadline))  # what is sent has what connecting left


class _TimedSecure(_Timed, http.client.HTTPSConnection):
    """The same over TLS."""


class _Http(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> Any:
        return self.do_open(_Timed, req)  # type: ignore[arg-type]


class _Https(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> Any:
        return self.do_open(_TimedSecure, req)  # type: ignore[arg-type]


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


@cache
def _opener() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(_Http, _Https, _NoRedirects)  # and the proxies that the environment names


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("timed out")
    return left


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
