"""An engine whose work is done by a process of its own, and that outlives it."""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from envs.core.errors import RunError
from grpo.engines.base import Completion, FinishReason, NamedTensors, OnCompletion, Sampling
from grpo.engines.options import VllmOptions
from grpo.engines.process.shelf import Shelf
from grpo.engines.process.worker import ERRORS

_DEATHS = 2
"""So many deaths over one request end the run: what kills an engine twice will do so again."""
_END_S = 10.0
SCRATCH = "grpo-engine-"
"""How the folder for a process's temporary files begins: vLLM leaves some behind."""

logger = logging.getLogger("grpo")


class _Died(Exception):
    """The process is gone."""


class RemoteEngine:
    """vLLM in a process of its own; see `Engine` for what it does.

    A process that dies is replaced: the next one gets the newest weights and samples the batch again, from the same
    seeds. Completions that were handed out already are not handed out again.

    Args:
        options: The model, and how it is served.

    Raises:
        UsageError: vLLM is not installed, or knows no such argument.
        RunError: vLLM cannot serve this model.
    """

    name = "vllm"
    checkpoint_names = True

    def __init__(self, options: VllmOptions):
        self.max_model_len = options.max_model_len
        self.takes_adapter = options.adapter is not None
        self._options = options
        self._shelf = Shelf()
        self._connection: Connection | None = None
        try:
            self._ask(None)
        except BaseException:
            self.close()
            raise

    @property
    def process_id(self) -> int:
        """The id of the process that samples now."""
        return self._process.pid

    def _start(self) -> None:
        self._scratch = tempfile.mkdtemp(prefix=SCRATCH)
        here, there = socket.socketpair()
        with there:
            descriptors = (there.fileno(), self._shelf.descriptor)
            command = [sys.executable, "-m", "grpo.engines.process.worker", *map(str, descriptors), self._scratch]
            self._process = subprocess.Popen(
                command, pass_fds=descriptors, stdin=subprocess.DEVNULL, env=_environment(self._scratch)
            )
        self._connection = Connection(here.detach())
        self._converse(self._options.model_dump(mode="json"), None)

    def generate(
        self,
        prompts: Sequence[Sequence[int]],
        sampling: Sampling,
        seeds: Sequence[int],
        on_completion: OnCompletion | None = None,
    ) -> list[Completion]:
        """Samples one completion for each prompt; see `Engine.generate`."""
        distinct = list(dict.fromkeys(map(tuple, prompts)))
        place = {prompt: number for number, prompt in enumerate(distinct)}
        asked = {
            "do": "generate",
            "prompts": distinct,
            "prompt_of": [place[tuple(prompt)] for prompt in prompts],
            "sampling": asdict(sampling),
            "seeds": list(seeds),
        }
        done: dict[int, Completion] = {}

        def receive(reply: dict[str, Any]) -> None:
            index = reply["index"]
            if index in done:  # sampled again by another process, from the same seed
                return
            done[index] = Completion(reply["token_ids"], reply["logprobs"], FinishReason(reply["finish_reason"]))
            if on_completion is not None:
                on_completion(index, done[index])

        self._ask(asked, receive)
        return [done[index] for index in range(len(prompts))]

    def update_weights(self, weights: NamedTensors) -> None:
        """Lays the weights where the process reads them; see `Engine.update_weights`.

        Raises:
            RunError: A layer did not get all its numbers; it is named.
        """
        self._shelf.lay(weights)
        self._ask(self._update())

    def sleep(self) -> None:
        """Has the process leave its device to the trainer; see `Engine.sleep`."""
        if self._options.settings.sleep:
            self._ask({"do": "sleep"})

    def _update(self) -> dict[str, Any]:
        return {"do": "update", "places": self._shelf.places}

    def _ask(self, asked: dict[str, Any] | None, receive: Callable[[dict[str, Any]], None] | None = None) -> None:
        """Has a request done, by as many processes as it takes; None asks for nothing but a process."""
        how = ""
        for _ in range(_DEATHS):
            try:
                if self._connection is None:
                    self._start()
                    if self._shelf.places and asked is not None and asked["do"] != "update":
                        self._converse(self._update(), None)
                return self._converse(asked, receive) if asked is not None else None
            except _Died:
                how = self._how_it_died()
                self._end()
                logger.warning("vLLM's process died (%s); another takes over", how)
        doing = "over one request" if asked is not None else "while it started"
        raise RunError(
            f"vLLM's process died {_DEATHS} times {doing} ({how}): give it less to hold with --max-sequences, "
            "--kv-gib or --gpu-share, or take --engine transformers; -v shows its log"
        )

    def _converse(self, asked: dict[str, Any], receive: Callable[[dict[str, Any]], None] | None) -> None:
        try:
            self._tell(asked)
            for reply in self._replies():
                if receive is not None:
                    receive(reply)
        except (_Died, *ERRORS.values()):
            raise
        except BaseException:  # interrupted, perhaps in the middle of a message: who is asked next begins anew
            self._end()
            raise

    def _replies(self) -> Iterator[dict[str, Any]]:
        """Yields what the process says until it has done what it was asked.

        Raises:
            UsageError: As the engine says.
            RunError: As the engine says.
        """
        while True:
            try:
                reply = json.loads(self._open().recv_bytes())
            except (EOFError, OSError) as error:
                raise _Died from error
            if "error" in reply:
                raise ERRORS[reply["error"]](reply["message"])
            if reply.get("done"):
                return
            yield reply

    def _tell(self, message: dict[str, Any]) -> None:
        try:
            self._open().send_bytes(json.dumps(message).encode())
        except OSError as error:
            raise _Died from error

    def _how_it_died(self) -> str:
        try:
            code = self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            return "it hung up"
        if code < 0:
            name = signal.Signals(-code).name
            return f"{name}, which is how a machine short of memory ends processes" if code == -9 else name
        return f"exit status {code}"

    def _open(self) -> Connection:
        assert self._connection is not None
        return self._connection

    def _end(self) -> None:
        if self._connection is None:
            return
        self._connection.close()
        self._connection = None
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def close(self) -> None:
        """Ends the process, whatever it is doing."""
        self._end()
        self._shelf.close()


def _environment(scratch: str) -> dict[str, str]:
    """Returns the process's environment: it finds this package where the trainer found it, and litters in its own room.

    What is compiled is kept in one place for all of them: the next process would compile it again.
    """
    root = str(Path(__file__).resolve().parents[3])
    paths = [root, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    compiled = os.path.join(tempfile.gettempdir(), f"torchinductor_{os.getuid()}")
    ours = {"PYTHONPATH": os.pathsep.join(dict.fromkeys(paths)), "TMPDIR": scratch}
    return {"TORCHINDUCTOR_CACHE_DIR": compiled, **os.environ, **ours}
