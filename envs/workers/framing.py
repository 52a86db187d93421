"""Length-prefixed JSON over a stream socket: what pool and workers speak. Never pickle."""

from __future__ import annotations

import json
import socket
import struct
from typing import Any

_HEADER = struct.Struct("!I")
MAX_FRAME_BYTES = 256 * 2**20


def send(sock: socket.socket, message: Any) -> None:
    """Sends one message; lone surrogates survive, because JSON escapes everything beyond ASCII.

    Raises:
        ValueError: The message is larger than a frame may be.
    """
    body = json.dumps(message, ensure_ascii=True, allow_nan=False).encode("ascii")
    if len(body) > MAX_FRAME_BYTES:
        raise ValueError(f"a message of {len(body)} bytes is over the limit of {MAX_FRAME_BYTES}")
    sock.sendall(_HEADER.pack(len(body)) + body)


def receive(sock: socket.socket) -> Any:
    """Blocks for one message.

    Raises:
        EOFError: The other side is gone.
    """
    (length,) = _HEADER.unpack(_exactly(sock, _HEADER.size))
    if length > MAX_FRAME_BYTES:
        raise EOFError(f"a frame of {length} bytes is not ours")
    return json.loads(_exactly(sock, length))


def _exactly(sock: socket.socket, count: int) -> bytes:
    chunks = bytearray()
    while len(chunks) < count:
        chunk = sock.recv(count - len(chunks))
        if not chunk:
            raise EOFError("the other side closed the connection")
        chunks += chunk
    return bytes(chunks)
