"""The web application around a server: its routes, who is let in, and the loop that runs it."""

from __future__ import annotations

import hmac
import socket
from importlib.metadata import version
from typing import Any

from envs.bridges.openenv.server import MAX_MESSAGE_CHARS, Judge, Talk, schemas
from envs.core.errors import UsageError
from envs.core.extras import require

_WHAT = "serving in OpenEnv's form"
_UTF8_BYTES = 4


class Doorman:
    """Lets in who has the token, and no web page: a browser's page may reach a server on its reader's machine.

    Args:
        inner: The application.
        token: What `Authorization: Bearer` must say; empty where anybody may come in.
    """

    def __init__(self, inner: Any, token: str):
        self._inner = inner
        self._expected = f"Bearer {token}".encode() if token else b""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serves one request or session."""
        if scope["type"] in ("http", "websocket") and not self._may(scope):
            if scope["type"] == "websocket":
                await receive()
                await send({"type": "websocket.close", "code": 1008})
                return
            await send({"type": "http.response.start", "status": 401, "headers": [(b"content-type", b"text/plain")]})
            await send({"type": "http.response.body", "body": b"this server wants a bearer token, and no browser"})
            return
        await self._inner(scope, receive, send)

    def _may(self, scope: Any) -> bool:
        headers = dict(scope["headers"])
        if scope["path"] == "/health":
            return True
        said = headers.get(b"authorization", b"")
        return b"origin" not in headers and (not self._expected or hmac.compare_digest(said, self._expected))


def application(judge: Judge, *, sessions: int = 64, idle_s: float = 3600.0, token: str = "") -> Any:
    """Returns the ASGI application that serves an environment.

    Args:
        judge: The environment.
        sessions: Most sessions at a time.
        idle_s: Seconds after which a session that says nothing is ended.
        token: The bearer token that is wanted; empty for none.

    Raises:
        UsageError: `starlette` is not installed.
    """
    starlette = require("starlette.applications", "openenv", _WHAT)
    routing = require("starlette.routing", "openenv", _WHAT)
    reply = require("starlette.responses", "openenv", _WHAT).JSONResponse
    talk = Talk(judge, sessions, idle_s)
    about = {
        "name": judge.spec.name,
        "description": judge.env.summary or f"grpo-gym's environment {judge.spec.name}",
        "version": version("grpo-gym"),
    }

    def said(value: Any) -> Any:
        async def endpoint(request: Any) -> Any:
            return reply(value)

        return endpoint

    facts = {
        "/health": {"status": "healthy"},
        "/metadata": about,
        "/schema": schemas(),
        "/state": {"episode_id": None, "step_count": 0},
    }
    routes = [
        *(routing.Route(path, said(value)) for path, value in facts.items()),
        *(routing.Route(path, talk.post, methods=["POST"]) for path in ("/reset", "/step")),
        routing.WebSocketRoute("/ws", talk.session),
    ]
    return Doorman(starlette.Starlette(routes=routes), token)


def listening(host: str, port: int) -> socket.socket:
    """Returns a socket that listens.

    Raises:
        UsageError: The port is taken, or the host is none of this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise UsageError(
            f"cannot serve at {host}:{port}: {error.strerror or error}: try --port 0 for a free one"
        ) from error
    return listener


def run(app: Any, listener: socket.socket) -> None:
    """Serves until it is interrupted, which it passes on.

    Raises:
        UsageError: `uvicorn` is not installed.
    """
    uvicorn = require("uvicorn", "openenv", _WHAT)
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, lifespan="off", ws="auto",
        ws_max_size=_UTF8_BYTES * MAX_MESSAGE_CHARS, timeout_graceful_shutdown=1,
    )  # fmt: skip
    uvicorn.Server(config).run(sockets=[listener])
