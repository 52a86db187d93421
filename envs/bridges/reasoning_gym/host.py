"""The process that generates problems: the package's code outside the trainer, under a fixed hash seed.

Some data sets iterate over sets of strings, whose order Python draws anew in every process unless `PYTHONHASHSEED` is
fixed before it starts. So problems are made in a process that starts with it fixed; where that is so already, as in a
worker of the verifier pool, they are made in place.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from typing import Any

from envs.bridges.reasoning_gym.generator import Generator, generator
from envs.core.errors import RunError, UsageError
from envs.workers import child, framing

HASH_SEED = "0"
_START_TIMEOUT_S = 120.0
_ITEM_TIMEOUT_S = 300.0


def problems(name: str, config: Mapping[str, Any]) -> Generator | HostedProblems:
    """Returns what makes the problems of a data set: in place where the hash seed is fixed, else a host process."""
    if os.environ.get("PYTHONHASHSEED") == HASH_SEED and not sys.flags.hash_randomization:
        return generator(name, config)
    return HostedProblems(name, config)


class HostedProblems:
    """Problems made by a process of their own, started when it is first asked for one.

    Picklable and safe in threads; a copy, and a process that was forked from this one, starts its own host.

    Args:
        name: The data set's.
        config: Fields of its configuration.
    """

    def __init__(self, name: str, config: Mapping[str, Any]):
        self.name = name
        self.config = dict(config)
        self._idle()

    def _idle(self) -> None:
        self._lock = threading.Lock()
        self._host: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._owner = os.getpid()

    def __getstate__(self) -> dict[str, Any]:
        return {"name": self.name, "config": self.config}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)

    def problem(self, item: int) -> tuple[str, str | None]:
        """Returns an item's question, and an answer that is right where the data set knows one.

        Raises:
            UsageError: The package is absent or refuses the configuration.
            RunError: The data set failed to make the item, or its process was lost.
        """
        if self._owner != os.getpid():
            self._idle()
        with self._lock:
            return self._ask(item)

    def _ask(self, item: int) -> tuple[str, str | None]:
        try:
            channel = self._channel or self._start()
            framing.send(channel, {"item": item})
            answer = framing.receive(channel)
        except (EOFError, OSError) as error:
            self._stop()
            raise RunError(f"the process that makes the tasks of reasoning-gym/{self.name} is gone: {error}") from error
        if "error" in answer:
            raise (UsageError if answer["usage"] else RunError)(answer["error"])
        return answer["question"], answer["answer"]

    def _start(self) -> socket.socket:
        self._host, ours = child.start("envs.bridges.reasoning_gym", PYTHONHASHSEED=HASH_SEED)
        ours.settimeout(_START_TIMEOUT_S)
        framing.send(ours, {"name": self.name, "config": self.config})
        answer = framing.receive(ours)
        if "error" in answer:
            ours.close()
            self._stop()
            raise (UsageError if answer["usage"] else RunError)(answer["error"])
        ours.settimeout(_ITEM_TIMEOUT_S)
        self._channel = ours
        return ours

    def close(self) -> None:
        """Ends the host; the next problem starts another."""
        if self._owner == os.getpid():
            self._stop()

    def _stop(self) -> None:
        if self._channel is not None:
            self._channel.close()
        if self._host is not None:
            self._host.kill()
            self._host.wait()
        self._channel = self._host = None

    def __del__(self) -> None:
        if getattr(self, "_owner", None) == os.getpid():
            self._stop()


def serve(channel: socket.socket) -> None:
    """Makes one data set's problems until the other side hangs up."""
    request = framing.receive(channel)
    try:
        generator = Generator(request["name"], request["config"])
    except Exception as error:
        framing.send(channel, _failure(error))
        return
    framing.send(channel, {"ready": True})
    while True:
        item = int(framing.receive(channel)["item"])
        try:
            question, answer = generator.problem(item)
        except Exception as error:
            framing.send(channel, _failure(error))
            continue
        framing.send(channel, {"question": question, "answer": answer})


def _failure(error: Exception) -> dict[str, Any]:
    return {"error": f"{error}", "usage": isinstance(error, UsageError)}
