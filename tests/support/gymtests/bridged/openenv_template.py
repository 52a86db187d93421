"""An environment by OpenEnv's own template, served by its own package: run as a program, it prints its address."""

import random
import socket
from typing import Any
from uuid import uuid4

import uvicorn
from openenv.core.env_server.http_server import create_app
from openenv.core.env_server.interfaces import Environment
from openenv.core.env_server.types import Action, Observation, State
from pydantic import Field


class EchoAction(Action):
    message: str = Field(..., description="Message to echo back")


class EchoObservation(Observation):
    echoed_message: str = ""
    message_length: int = 0


class EchoEnvironment(Environment):
    """Echoes what is said, with a little for each letter of the word that the reset shows, until it is said whole."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self) -> None:
        super().__init__()
        self._state = State(episode_id=str(uuid4()), step_count=0)
        self._word = ""

    def reset(self, seed: int | None = None, episode_id: str | None = None, **_: Any) -> EchoObservation:
        self._state = State(episode_id=episode_id or str(uuid4()), step_count=0)
        self._word = "".join(random.Random(seed).choices("abc", k=4))
        return EchoObservation(echoed_message=f"Say {self._word}", reward=0.0)

    def step(self, action: EchoAction, timeout_s: float | None = None, **_: Any) -> EchoObservation:
        self._state.step_count += 1
        said, found = action.message[:100], self._word in action.message
        if said == "raise":
            raise ValueError("an illegal move")
        reward = float("nan") if said == "nan" else 1.0 if found else sum(map(self._word.count, said)) / 1000
        return EchoObservation(
            echoed_message=said, message_length=len(said), done=found or said in ("nan", "stop"), reward=reward
        )

    @property
    def state(self) -> State:
        return self._state


if __name__ == "__main__":
    app = create_app(EchoEnvironment, EchoAction, EchoObservation, env_name="echo", max_concurrent_envs=2)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])
