"""An engine whose work is done by a process of its own, and that outlives it."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from envs.core.errors import RunError
from grpo.engines.base import Completion, Engine, FinishReason, NamedTensors, Sampling
from grpo.engines.options import VllmOptions
from grpo.engines.process.shelf import Shelf
from grpo.engines.process.worker import ERRORS

_DEATHS = 2
"""So many deaths over one request end the run: what kills an engine twice will do so again."""
_END_S = 10.0
SCRATCH = "grpo-engine-"
"""How the folder for a process's temporary files begins: vLLM leaves some behind."""

logger = logging.getLogger("grpo")


_Asked = tuple[int, tuple[int, ...], Sampling, int]
"""Key, prompt, sampling and seed of a request."""


class _Died(Exception):
    """The process is gone."""


class RemoteEngine(Engine):
    """vLLM in a process of its own; see `Engine` for what it does.

    A process that dies is replaced: the next one gets the newest weights and repeats the steps since nothing was
    pending, from the same seeds. Completions that were handed out already are not handed out again.

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
        self._pending: set[int] = set()
        self._fresh: list[_Asked] = []
        self._log: list[list[_Asked]] = []  # requests by the step they came with, since nothing was pending
        self._taken = 0  # steps of it whose completions were handed out
        self._deaths = 0
        self._under_way = False
        self._forget_before_step = False
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
        self._converse(self._options.model_dump(mode="json"))

    @property
    def pending(self) -> int:
        """Requests that have not ended."""
        return len(self._pending)

    def submit(self, key: int, prompt: Sequence[int], sampling: Sampling, seed: int) -> None:
        """Adds a request; see `Engine.submit`. The process hears of it with the next step that it is asked for."""
        self._fresh.append((key, tuple(prompt), sampling, seed))
        self._pending.add(key)

    def step(self) -> list[tuple[int, Completion]]:
        """Samples a token for what is pending; see `Engine.step`.

        While the caller looks at what ended, the process is at the next step already: what is submitted then joins the
        one after it. So the same requests before the same calls are sampled in the same batches.
        """
        while self._pending:
            try:
                return self._next()
            except _Died:
                how = self._bury()
                self._deaths += 1
                if self._deaths == _DEATHS:
                    raise self._given_up("over one request", how) from None
        return []

    def cancel(self) -> None:
        """Gives up all that is pending; see `Engine.cancel`."""
        self._forget_before_step = self._forget_before_step or bool(self._pending and self._log)
        self._pending.clear()
        self._fresh.clear()
        self._begin_anew()
        if self._under_way:
            with contextlib.suppress(_Died):
                self._take_step()

    def _begin_anew(self) -> None:
        """Forgets the steps that a process which takes over would have to repeat: nothing is pending."""
        self._log.clear()
        self._taken = self._deaths = 0

    def _next(self) -> list[tuple[int, Completion]]:
        if self._connection is None:
            self._start()
            if self._shelf.places:
                self._converse(self._update())
            for requests in self._log[: self._taken]:  # step by step: who takes over samples the very same bits
                self._ask_step(requests)
                self._take_step()
            for requests in self._log[self._taken :]:
                self._ask_step(requests)
        if not self._under_way:
            self._ask_next_step()
        reply = self._take_step()
        self._taken += 1
        ended = [(key, Completion(ids, logprobs, FinishReason(why))) for key, ids, logprobs, why in reply["ended"]]
        self._pending -= {key for key, _ in ended}
        if self._pending:
            with contextlib.suppress(_Died):  # the next call finds out
                self._ask_next_step()
        else:
            self._begin_anew()
        return ended

    def _ask_next_step(self) -> None:
        self._log.append(self._fresh)
        self._fresh = []
        self._ask_step(self._log[-1])

    def _ask_step(self, requests: list[_Asked]) -> None:
        prompts = {prompt: None for _, prompt, _, _ in requests}  # a group's samples have one prompt
        places = {prompt: place for place, prompt in enumerate(prompts)}
        ways = {sampling: None for _, _, sampling, _ in requests}
        numbers = {sampling: number for number, sampling in enumerate(ways)}
        message = {
            "do": "step",
            "cancel": self._forget_before_step,
            "prompts": list(prompts),
            "samplings": [asdict(sampling) for sampling in ways],
            "requests": [(key, places[prompt], numbers[sampling], seed) for key, prompt, sampling, seed in requests],
        }
        self._tell(message)
        self._forget_before_step, self._under_way = False, True

    def _take_step(self) -> dict[str, Any]:
        """Waits for the step that was asked for, and returns what the process says of it."""
        try:
            reply = self._hear()
        except (_Died, *ERRORS.values()):
            self._under_way = False
            raise
        except BaseException:  # interrupted, perhaps in the middle of a message: who is asked next begins anew
            self._end()
            raise
        self._under_way = False
        return reply

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

    def _ask(self, asked: dict[str, Any] | None) -> None:
        """Has a request done, by as many processes as it takes; None asks for nothing but a process."""
        how = ""
        for _ in range(_DEATHS):
            try:
                if self._connection is None:
                    self._start()
                return self._converse(asked) if asked is not None else None
            except _Died:
                how = self._bury()
        raise self._given_up("over one request" if asked is not None else "while it started", how)

    def _bury(self) -> str:
        """Clears away a process that died, and returns how."""
        how = self._how_it_died()
        self._end()
        logger.warning("vLLM's process died (%s); another takes over", how)
        return how

    def _given_up(self, doing: str, how: str) -> RunError:
        return RunError(
            f"vLLM's process died {_DEATHS} times {doing} ({how}): give it less to hold with --max-sequences, "
            "--kv-gib or --gpu-share, or take --engine transformers; -v shows its log"
        )

    def _converse(self, asked: dict[str, Any]) -> None:
        try:
            self._tell(asked)
            self._hear()
        except (_Died, *ERRORS.values()):
            raise
        except BaseException:  # as in `_take_step`
            self._end()
            raise

    def _hear(self) -> dict[str, Any]:
        """Returns what the process says once it has done what it was asked.

        Raises:
            UsageError: As the engine says.
            RunError: As the engine says.
        """
        try:
            reply = json.loads(self._open().recv_bytes())
        except (EOFError, OSError) as error:
            raise _Died from error
        if "error" in reply:
            raise ERRORS[reply["error"]](reply["message"])
        return reply

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
        self._under_way = self._forget_before_step = False
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
