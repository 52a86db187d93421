"""A session with a server in OpenEnv's form: one WebSocket, every request over by a deadline, every reply bounded."""

from __future__ import annotations

import contextlib
import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from envs.core.errors import UsageError
from envs.core.extras import require
from envs.core.strict_json import read_json
from envs.workers.endpoint import Endpoint, EndpointDown, NoReply, is_address

MAX_MESSAGE_BYTES = 4 * 2**20
_QUOTED_CHARS = 200
_CLOSE_S = 1.0
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_WHAT = "a server in OpenEnv's form"


class ServerFault(Exception):
    """The server failed, or said what means nothing; the message says why in one bounded line."""


class ActionRefused(Exception):
    """The server does not take this action; the message is its word, bounded."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a reset or a step came to.

    Attributes:
        observation: Its fields.
        reward: The step's, where there is one.
        done: Whether the episode is over.
    """

    observation: Mapping[str, Any]
    reward: float | None
    done: bool


@dataclass(frozen=True, slots=True)
class Remote:
    """A server and how it is asked.

    Attributes:
        url: Its address.
        fields: Further fields of every reset.
        timeout: Seconds that connecting, a reset and a step may take, each.
        key_variable: The environment variable with its bearer token; none is sent where it is not set.

    Raises:
        UsageError: The address is none, or an argument is of the wrong kind.
    """

    url: str
    fields: Mapping[str, Any]
    timeout: float
    key_variable: str

    def __post_init__(self) -> None:
        if not self.url:
            raise UsageError("openenv needs the server's address: --env-arg url=http://127.0.0.1:8000")
        if not isinstance(self.url, str) or not is_address(self.url):
            raise UsageError(f"openenv's url is http://HOST:PORT or the like, not {self.url!r}")
        if not isinstance(self.fields, dict) or {"seed", "episode_id"} & set(self.fields):
            raise UsageError('openenv\'s reset is JSON such as {"difficulty": "hard"}, without the seed')
        if isinstance(self.timeout, bool) or not isinstance(self.timeout, int | float) or not 0 < self.timeout < 1e6:
            raise UsageError(f"openenv's timeout is a number of seconds above 0, not {self.timeout!r}")

    @property
    def endpoint(self) -> Endpoint:
        """The server's HTTP side."""
        return Endpoint(self.url, "", self.key_variable, MAX_MESSAGE_BYTES)

    def action_schema(self) -> Mapping[str, Any]:
        """Returns the JSON schema of an action.

        Raises:
            ServerFault: The server does not say.
        """
        try:
            schema = self.endpoint.get("/schema", time.monotonic() + self.timeout).get("action")
        except (EndpointDown, NoReply) as error:
            raise ServerFault(told(error)) from error
        if not isinstance(schema, dict) or not isinstance(schema.get("properties", {}), dict):
            raise ServerFault(f"{self.url}/schema names no schema of an action")
        return schema


class Session:
    """One session, which is one environment at the server; opened by the first reset.

    Args:
        remote: The server.
    """

    def __init__(self, remote: Remote):
        self.remote = remote
        self._socket: Any = None
        self._held = contextlib.ExitStack()

    def reset(self, seed: int) -> Result:
        """Starts an episode.

        Raises:
            NoReply: The server is not there, is full or was cut off: another try may go better.
            ServerFault: It failed.
        """
        if self._socket is None:
            self._socket = self._connected()
        return self._asked("reset", {**self.remote.fields, "seed": seed})

    def step(self, action: Mapping[str, Any]) -> Result:
        """Takes an action.

        Raises:
            ActionRefused: It is none that the server takes.
            NoReply: The connection was lost.
            ServerFault: The server failed.
        """
        return self._asked("step", action)

    def close(self) -> None:
        """Ends the session, and with it the environment at the server."""
        socket, self._socket = self._socket, None
        if socket is not None:
            with contextlib.suppress(Exception):
                socket.send('{"type": "close"}')
            with contextlib.suppress(Exception):
                self._held.close()

    def _connected(self) -> Any:
        client = require("websockets.sync.client", "openenv", _WHAT)
        address = "ws" + self.remote.url.rstrip("/").removeprefix("http") + "/ws"
        host = address.partition("://")[2].partition("/")[0].rpartition(":")[0].strip("[]")
        try:
            connection = _direct(client.connect)(
                address,
                open_timeout=self.remote.timeout,
                close_timeout=_CLOSE_S,
                max_size=MAX_MESSAGE_BYTES,
                ping_interval=None,
                additional_headers=self.remote.endpoint.credentials(),
                **({"proxy": None} if host in _LOOPBACK else {}),
            )
            return self._held.enter_context(connection)  # websockets 17 wants it so, 15 connects before
        except EndpointDown as error:  # the key
            raise ServerFault(told(error)) from error
        except Exception as error:  # of sockets, of TLS, of proxies, of the handshake
            raise NoReply(f"{self.remote.url} cannot be reached: {told(error)}") from error

    def _asked(self, kind: str, data: Mapping[str, Any]) -> Result:
        closed = require("websockets.exceptions", "openenv", _WHAT).ConnectionClosed
        deadline = time.monotonic() + self.remote.timeout
        try:
            with contextlib.suppress(closed):  # a server that is full says so and hangs up: its word is there to read
                self._socket.send(json.dumps({"type": kind, "data": data}))
            raw = self._socket.recv(timeout=max(0.0, deadline - time.monotonic()))
        except TimeoutError:
            self.close()
            raise ServerFault(f"{self.remote.url}: the {kind} took longer than {self.remote.timeout:g} s") from None
        except (closed, OSError) as error:
            self.close()
            raise NoReply(f"{self.remote.url} hung up in a {kind}: {told(error)}") from error
        except UnicodeDecodeError:
            self.close()
            raise ServerFault(f"{self.remote.url}: the reply to a {kind} is no text") from None
        return self._read(raw, kind)

    def _read(self, raw: Any, kind: str) -> Result:
        try:
            message = read_json(raw, MAX_MESSAGE_BYTES) if isinstance(raw, str) else None
        except ValueError as error:
            raise ServerFault(f"{self.remote.url}: the reply to a {kind} is no JSON: {told(error)}") from error
        data = message.get("data") if isinstance(message, dict) else None
        if not isinstance(message, dict) or not isinstance(data, dict):
            raise ServerFault(f"{self.remote.url}: the reply to a {kind} is not in OpenEnv's form")
        if message.get("type") == "error":
            raise self._error(data, kind)
        return self._result(data, kind)

    def _error(self, data: Mapping[str, Any], kind: str) -> Exception:
        code, said = told(data.get("code")), told(data.get("message"))
        if code == "VALIDATION_ERROR" and kind == "step":
            return ActionRefused(_complaint(data.get("errors")) or said)
        self.close()
        if code == "CAPACITY_REACHED":
            return NoReply(f"{self.remote.url} is full: {said}")
        return ServerFault(f"{self.remote.url} failed in a {kind}: {said} ({code})")

    def _result(self, data: Mapping[str, Any], kind: str) -> Result:
        observation, reward, done = data.get("observation"), data.get("reward"), data.get("done", False)
        if not isinstance(observation, dict):
            raise ServerFault(f"{self.remote.url}: the observation of a {kind} has no fields")
        if not isinstance(done, bool):
            raise ServerFault(f"{self.remote.url}: done is {told(repr(done))}, neither true nor false")
        try:
            worth = float(reward) if isinstance(reward, int | float) else None
        except OverflowError:  # of a whole number; what JSON knows of others is finite
            worth = math.inf
        if worth == math.inf or (worth is None and reward is not None):
            raise ServerFault(f"{self.remote.url}: the reward of a {kind} is {told(repr(reward))}, no finite number")
        return Result(observation, worth, done)


def told(said: Any) -> str:
    """Returns what a server or a library said, as one short line that no terminal takes for commands."""
    text = str(said) or type(said).__name__
    return " ".join("".join(char if char.isprintable() else " " for char in text[: 4 * _QUOTED_CHARS]).split())[
        :_QUOTED_CHARS
    ]


def _complaint(errors: Any) -> str:
    """Returns what pydantic, at the server, found wrong first."""
    first = errors[0] if isinstance(errors, list) and errors else None
    if not isinstance(first, dict):
        return ""
    place = first.get("loc")
    where = ".".join(map(str, place)) if isinstance(place, list) else ""
    return told(f"{where}: {first.get('msg')}" if where else first.get("msg"))


def _direct(connect: Any) -> Any:
    """Returns `connect` without redirects: a key is sent to whom it was meant for, and to nobody he names."""
    if not isinstance(connect, type):
        return connect
    return type("connect", (connect,), {"process_redirect": lambda self, error: error})
