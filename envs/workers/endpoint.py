"""Requests to an OpenAI-compatible chat endpoint, within a deadline."""

from __future__ import annotations

import http.client
import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_MAX_REPLY_BYTES = 1_000_000
_FIRST_PAUSE_S = 0.25
_FINAL_CODES = (400, 401, 403, 404, 405, 413, 422)  # asking again gets the same answer


class EndpointDown(Exception):
    """No usable reply was to be had; the message says why."""


@dataclass(frozen=True, slots=True)
class ChatReply:
    """What the endpoint said.

    Attributes:
        text: The message.
        tokens: Prompt and reply together, as the endpoint counts them; 0 where it does not say.
    """

    text: str
    tokens: int


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An OpenAI-compatible endpoint.

    Attributes:
        url: Up to and without `/chat/completions`, such as `http://127.0.0.1:8000/v1`.
        model: The model's name there.
        key_variable: The environment variable with the API key; no key is sent where it is not set.
    """

    url: str
    model: str
    key_variable: str = "OPENAI_API_KEY"

    def ask(self, messages: list[dict[str, str]], max_tokens: int, deadline: float) -> ChatReply:
        """Sends one request, at temperature 0.

        Args:
            messages: The chat.
            max_tokens: Longest reply.
            deadline: A time of `time.monotonic` at which it is given up.

        Raises:
            EndpointDown: The endpoint refused for good; asking again is no use.
            OSError: It could not be reached, was too slow, or failed in a way that may pass.
            ValueError: Its reply is not in the format.
        """
        body = {"model": self.model, "messages": messages, "temperature": 0, "seed": 0, "max_tokens": max_tokens}
        headers = {"Content-Type": "application/json"}
        if key := os.environ.get(self.key_variable):
            headers["Authorization"] = f"Bearer {key}"
        address = self.url.rstrip("/") + "/chat/completions"
        request = urllib.request.Request(address, json.dumps(body).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=_left(deadline)) as response:
                return _read(_all_of(response, deadline))
        except urllib.error.HTTPError as error:
            if error.code in _FINAL_CODES:
                raise EndpointDown(f"{address} answered {error.code} {error.reason}") from error
            raise
        except http.client.HTTPException as error:
            raise OSError(f"{type(error).__name__}: {error}") from error


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("no time is left")
    return left


def _all_of(response: Any, deadline: float) -> bytes:
    """Reads a reply piece by piece, because a server that drips would never meet a socket's timeout."""
    pieces = bytearray()
    while piece := response.read1(65_536):
        pieces += piece
        if len(pieces) > _MAX_REPLY_BYTES:
            raise ValueError("the reply is too long")
        _left(deadline)
    return bytes(pieces)


def _read(body: bytes) -> ChatReply:
    try:
        reply = json.loads(body)
        text = reply["choices"][0]["message"]["content"]
        tokens = (reply.get("usage") or {}).get("total_tokens") or 0
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"no chat completion: {type(error).__name__}") from error
    if not isinstance(text, str) or not isinstance(tokens, int):
        raise ValueError("no chat completion: its content is no text")
    return ChatReply(text, tokens)


def patiently(attempt: Callable[[], Any], attempts: int, deadline: float) -> Any:
    """Returns what `attempt` returns, tried again after pauses of 0.25 s, 0.5 s, 1 s and so on.

    Raises:
        EndpointDown: It failed `attempts` times, or the deadline leaves no time for another.
    """
    pause, last = _FIRST_PAUSE_S, "it was not asked"
    for number in range(attempts):
        try:
            return attempt()
        except (OSError, ValueError) as error:
            last = f"{type(error).__name__}: {error}"
        if number + 1 == attempts or time.monotonic() + pause >= deadline:
            break
        time.sleep(pause)
        pause *= 2
    raise EndpointDown(last[:200])
