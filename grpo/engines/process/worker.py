"""The other side of `RemoteEngine`: a process that holds vLLM and does what it is told, one request at a time.

What is said is JSON, one message after the other: a step of the engine is asked for and answered, so that what is
sampled together is the trainer's to decide. A process whose trainer is gone ends at the next token.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from multiprocessing.connection import Connection
from typing import Any, NoReturn

from envs.core.errors import GymError, RunError, UsageError
from grpo.engines.base import Engine, Sampling
from grpo.engines.process.shelf import Shelf

_LINE = 200
ERRORS = {kind.__name__: kind for kind in (UsageError, RunError)}
"""What an engine may raise across the border, by name."""


class Worker:
    """Answers the messages of one trainer.

    Args:
        connection: To the trainer.
        shelf: Where the trainer lays weights.
        scratch: The folder of temporary files, which goes with the trainer.
    """

    def __init__(self, connection: Connection, shelf: Shelf, scratch: str):
        self._connection = connection
        self._shelf = shelf
        self._scratch = scratch

    def serve(self) -> None:
        """Opens the engine and does what is asked until nobody asks any more."""
        engine = self._open(self._hear())
        while engine is not None:
            asked = self._hear()
            try:
                if asked["do"] == "step":
                    self._step(engine, asked)
                elif asked["do"] == "update":
                    engine.update_weights(self._shelf.read(asked["places"]))
                    self._say(done=True)
                elif asked["do"] == "sleep":
                    engine.sleep()
                    self._say(done=True)
            except GymError as error:
                self._say(error=_kind(error), message=str(error))
            except Exception as error:  # it would fail again: only what ended the process is worth another
                said = next((line for line in str(error).splitlines() if line.strip()), "")[:_LINE]
                told = f"vLLM failed ({type(error).__name__}: {said}): try --engine transformers, or -v for its log"
                self._say(error=RunError.__name__, message=told)

    def _open(self, asked: dict[str, Any]) -> Engine | None:
        import torch

        from grpo.engines.options import VllmOptions
        from grpo.engines.vllm_engine import VllmEngine

        options = VllmOptions.model_validate(asked)
        torch.set_num_threads(options.threads)
        try:
            engine = VllmEngine(options)
        except GymError as error:
            self._say(error=_kind(error), message=str(error))
            return None
        self._say(done=True)
        return engine

    def _step(self, engine: Engine, asked: dict[str, Any]) -> None:
        """Gives up what is pending where that is asked, takes new requests, samples a token, tells what ended."""
        if asked["cancel"]:
            engine.cancel()
        for key, place, how, seed in asked["requests"]:
            sampling = asked["samplings"][how]
            sampling = Sampling(**{**sampling, "stop": tuple(sampling["stop"])})
            engine.submit(key, asked["prompts"][place], sampling, seed)
        ended = [(key, done.token_ids, done.logprobs, done.finish_reason) for key, done in engine.step()]
        self._say(done=True, ended=ended)

    def _hear(self) -> dict[str, Any]:
        try:
            return json.loads(self._connection.recv_bytes())
        except (EOFError, OSError):
            self._leave()

    def _say(self, **message: Any) -> None:
        try:
            self._connection.send_bytes(json.dumps(message).encode())
        except OSError:
            self._leave()

    def _leave(self) -> NoReturn:
        """Ends at once: nobody is there to be answered, and vLLM's own end may take long."""
        shutil.rmtree(self._scratch, ignore_errors=True)
        os._exit(0)


def _kind(error: GymError) -> str:
    return next((name for name, kind in ERRORS.items() if isinstance(error, kind)), RunError.__name__)


def main() -> None:
    """Serves on the descriptors that the command line names, with temporary files in the folder that it names."""
    for number in (signal.SIGINT, signal.SIGTERM):  # of the whole group: both are the trainer's to obey
        signal.signal(number, signal.SIG_IGN)
    connection, weights, scratch = sys.argv[1:]
    Worker(Connection(int(connection)), Shelf(int(weights)), scratch).serve()


if __name__ == "__main__":
    main()
