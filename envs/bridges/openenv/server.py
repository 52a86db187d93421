"""One of our environments as a server in OpenEnv's form, which OpenEnv's own clients reset and step.

It speaks the protocol of openenv 0.10 (`/ws`, `/reset`, `/step`, `/state`, `/schema`, `/metadata`, `/health`) without
that package. What leaves it of a task is its prompt; of a verdict, the score, its parts and a word: never a gold, a
reason or a task's id, which may hold one.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import queue
import sys
import threading
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from envs.bridges.openenv.remote import told
from envs.core.environment import TextEnv
from envs.core.episode import Answer, Episode
from envs.core.errors import GymError
from envs.core.registry import EnvSpec
from envs.core.reward import Reward
from envs.core.strict_json import read_json
from envs.core.task import Task
from envs.workers.pool import VerifierPool

MAX_MESSAGE_CHARS = 4 * 2**20
_LARGEST_SEED = 2**62
_EPISODE_ID_CHARS = 255


class WrongMessage(Exception):
    """A request that is none; the message says why."""


class WrongTime(Exception):
    """A request that the session cannot take now; the message says why."""


class _Asked:
    """An episode that waits for its answer; made in the loop that awaits it, answered from another thread."""

    def __init__(self, episode: Episode):
        self.episode = episode
        self._loop = asyncio.get_running_loop()
        self.answer: asyncio.Future[Answer] = self._loop.create_future()

    def tell(self, answer: Answer | None, error: Exception | None = None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._settle, answer, error)

    def _settle(self, answer: Answer | None, error: Exception | None) -> None:
        if self.answer.done():  # its session is gone
            return
        if answer is None:
            self.answer.set_exception(error or RuntimeError("no answer"))
        else:
            self.answer.set_result(answer)


class Judge:
    """An environment behind verifier pools of one worker each, so that a completion that hangs holds up one of them.

    Args:
        spec: The environment.
        workers: How many completions are judged at the same time.
        deadline_s: Seconds one may take.

    Attributes:
        env: The environment, built in this process for its tasks.

    Raises:
        UsageError: The environment cannot be built as asked.
    """

    def __init__(self, spec: EnvSpec, workers: int, deadline_s: float):
        self.spec = spec
        self.env: TextEnv = spec.build()
        self._drawn = itertools.count()
        self._asking = ThreadPoolExecutor(1)  # a source of tasks need not bear two threads
        self._waiting: queue.SimpleQueue[_Asked] = queue.SimpleQueue()
        self._pools: list[VerifierPool] = []
        try:
            for _ in range(workers):
                self._pools.append(VerifierPool(spec, deadline_s=deadline_s))
        except BaseException:
            self.close()
            raise
        for pool in self._pools:  # none that Ctrl-C would have to wait for
            threading.Thread(target=self._judge, args=(pool,), daemon=True).start()

    async def task(self, seed: int | None) -> tuple[int, Task]:
        """Returns the task of a seed, or the next for None, and its seed."""
        seed = next(self._drawn) if seed is None else seed
        return seed, await asyncio.get_running_loop().run_in_executor(self._asking, self.env.tasks.task, seed)

    async def answer(self, task: Task, turns: tuple[str, ...]) -> Answer:
        """Returns the environment's answer to the policy's turns.

        Raises:
            GymError: The judge cannot be started again.
        """
        asked = _Asked(Episode(task.id, turns))
        self._waiting.put(asked)
        return await asked.answer

    def _judge(self, pool: VerifierPool) -> None:
        while True:
            asked = self._waiting.get()
            try:
                (answer,) = pool.respond([asked.episode])
            except Exception as error:
                asked.tell(None, error)
                continue
            if isinstance(answer, Reward) and not answer.scorable:
                print(f"grpo: unscorable: {told(answer.reason)}", file=sys.stderr, flush=True)
            asked.tell(answer)

    def close(self) -> None:
        """Ends every process."""
        for pool in self._pools:
            pool.close()
        self._asking.shutdown(wait=False, cancel_futures=True)
        self.env.close()


@dataclass
class Episodes:
    """The episodes of one session, one after the other.

    Attributes:
        judge: The environment.
    """

    judge: Judge
    _task: Task | None = None
    _seed: int = 0
    _turns: tuple[str, ...] = ()
    _state: dict[str, Any] = field(default_factory=lambda: {"episode_id": None, "step_count": 0})

    @property
    def state(self) -> dict[str, Any]:
        """What OpenEnv calls the state: an id and a count."""
        return dict(self._state)

    async def reset(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Starts an episode.

        Raises:
            WrongMessage: The seed or the id is none.
        """
        seed, episode_id = data.get("seed"), data.get("episode_id")
        if seed is not None and (type(seed) is not int or not 0 <= seed < _LARGEST_SEED):
            raise WrongMessage(f"seed: a whole number from 0 to {_LARGEST_SEED - 1}")
        if episode_id is not None and not (isinstance(episode_id, str) and len(episode_id) <= _EPISODE_ID_CHARS):
            raise WrongMessage(f"episode_id: text of at most {_EPISODE_ID_CHARS} characters")
        self._task = None
        self._seed, task = await self.judge.task(seed)
        self._task, self._turns = task, ()
        self._state = {"episode_id": episode_id or str(uuid.uuid4()), "step_count": 0}
        return _observed(task.prompt, {"seed": self._seed, "messages": self.judge.env.messages(task)})

    async def step(self, action: Mapping[str, Any]) -> dict[str, Any]:
        """Takes a turn.

        Raises:
            WrongMessage: The action is none.
            WrongTime: No episode is on.
        """
        text = action.get("text")
        if not isinstance(text, str) or set(action) - {"text", "metadata"}:
            raise WrongMessage('text: an action is {"text": "..."}')
        if self._task is None:
            raise WrongTime("no episode is on: reset first")
        task, turns = self._task, (*self._turns, text)
        self._task = None  # until it is known that it goes on
        answer = await self.judge.answer(task, turns)
        self._state["step_count"] += 1
        if not isinstance(answer, Reward):
            self._task, self._turns = task, turns
            return _observed(answer.text, {})
        verdict = {"status": str(answer.status), "outcome": answer.outcome, "parts": dict(answer.parts)}
        reward = answer.score if answer.scorable else None
        return _observed("", {**verdict, "truncated": answer.truncated}, reward, done=True)


def _observed(text: str, metadata: dict[str, Any], reward: float | None = None, done: bool = False) -> dict[str, Any]:
    """Returns an observation as OpenEnv sends it; its metadata stands at both places where clients look."""
    data = {"observation": {"text": text, "metadata": metadata}, "reward": reward, "done": done}
    return {**data, "metadata": metadata} if metadata else data


def schemas() -> dict[str, Any]:
    """Returns the JSON schemas of what goes in and out."""
    metadata = {"type": "object", "additionalProperties": True}
    told_of = {
        "text": {"type": "string", "description": "What the policy reads: the prompt, then the environment's replies."},
        "done": {"type": "boolean", "default": False},
        "reward": {"anyOf": [{"type": "number"}, {"type": "null"}], "default": None},
        "metadata": {
            **metadata,
            "description": "At a reset: seed, messages. At the end: status, outcome, parts, truncated.",
        },
    }
    said = {"text": {"type": "string", "description": "The policy's turn, whole."}, "metadata": metadata}
    counted = {"episode_id": {"anyOf": [{"type": "string"}, {"type": "null"}]}, "step_count": {"type": "integer"}}
    return {
        "action": {"title": "TextAction", "type": "object", "properties": said, "required": ["text"],
                   "additionalProperties": False},
        "observation": {"title": "TextObservation", "type": "object", "properties": told_of},
        "state": {"title": "State", "type": "object", "properties": counted},
    }  # fmt: skip


class Talk:
    """What the sessions of a server have in common.

    Args:
        judge: The environment.
        sessions: Most sessions at a time.
        idle_s: Seconds after which a session that says nothing is ended.
    """

    def __init__(self, judge: Judge, sessions: int, idle_s: float):
        self.judge = judge
        self.sessions = sessions
        self.idle_s = idle_s
        self._open = 0

    async def session(self, websocket: Any) -> None:
        """Serves one WebSocket until it closes."""
        from starlette.websockets import WebSocketDisconnect

        gone = (WebSocketDisconnect, RuntimeError)  # in any case there is nobody to tell
        await websocket.accept()
        if self._open >= self.sessions:
            await websocket.send_text(_error("CAPACITY_REACHED", f"{self.sessions} sessions are open, and no more may"))
            await websocket.close()
            return
        self._open += 1
        try:
            episodes = Episodes(self.judge)
            while (raw := await self._received(websocket, gone)) is not None:
                reply = await self.reply(episodes, raw)
                if reply is None:
                    break
                with contextlib.suppress(*gone):
                    await websocket.send_text(reply)
        except asyncio.CancelledError:  # the server ends
            pass
        finally:
            self._open -= 1
            with contextlib.suppress(*gone):
                await websocket.close()

    async def _received(self, websocket: Any, gone: tuple[type[Exception], ...]) -> str | None:
        """Returns the next message; None where the other side is gone, sent bytes, or said nothing for too long."""
        try:
            return await asyncio.wait_for(websocket.receive_text(), self.idle_s)
        except (*gone, KeyError, TimeoutError):  # KeyError: what starlette says of bytes
            return None

    async def reply(self, episodes: Episodes, raw: str) -> str | None:
        """Returns the reply to a message; None for the one that ends the session."""
        try:
            message = read_json(raw, MAX_MESSAGE_CHARS)
        except ValueError as error:
            return _error("INVALID_JSON", told(error))
        kind = message.get("type") if isinstance(message, dict) else None
        data = message.get("data", {}) if isinstance(message, dict) else None
        try:
            if not isinstance(data, dict):
                raise WrongMessage("data: an object")
            if kind == "reset":
                return _json({"type": "observation", "data": await episodes.reset(data)})
            if kind == "step":
                return _json({"type": "observation", "data": await episodes.step(data)})
            if kind == "state":
                return _json({"type": "state", "data": episodes.state})
        except WrongMessage as error:
            loc, _, said = str(error).partition(": ")
            return _error("VALIDATION_ERROR", "Invalid message", errors=[{"loc": [loc], "msg": said}])
        except WrongTime as error:
            return _error("EXECUTION_ERROR", str(error))
        except GymError as error:  # a pool that cannot be started again, a task that cannot be made
            print(f"grpo: {told(error)}", file=sys.stderr, flush=True)
            return _error("EXECUTION_ERROR", "the server failed; its log says how")
        return None if kind == "close" else _error("UNKNOWN_TYPE", f"Unknown message type: {told(kind)}")

    async def post(self, request: Any) -> Any:
        """Serves `/reset` and `/step`, each a session of its own: a step says its task's seed, and is the only one."""
        from starlette.responses import JSONResponse

        episodes, name = Episodes(self.judge), request.url.path.rpartition("/")[2]
        try:
            body = await _body(request)
            if name == "reset":
                return JSONResponse(await episodes.reset(body))
            if "seed" not in body:
                raise WrongTime('a step by HTTP has no session: say its task\'s "seed" beside the action, or use /ws')
            if self.judge.env.max_turns > 1:
                raise WrongTime("episodes of several turns need a session: use /ws")
            action = body.get("action")
            if not isinstance(action, dict):
                raise WrongMessage("action: an object")
            await episodes.reset({"seed": body["seed"]})
            return JSONResponse(await episodes.step(action))
        except WrongMessage as error:
            return JSONResponse({"detail": str(error)}, 422)
        except WrongTime as error:
            return JSONResponse({"detail": str(error)}, 409)
        except GymError as error:
            print(f"grpo: {told(error)}", file=sys.stderr, flush=True)
            return JSONResponse({"detail": "the server failed; its log says how"}, 500)


async def _body(request: Any) -> Mapping[str, Any]:
    raw = b""
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MAX_MESSAGE_CHARS:
            raise WrongMessage(f"body: at most {MAX_MESSAGE_CHARS:,} bytes")
    try:
        body = read_json(raw.decode("utf-8"), MAX_MESSAGE_CHARS) if raw.strip() else {}
    except ValueError as error:
        raise WrongMessage(f"body: {told(error)}") from error
    if not isinstance(body, dict):
        raise WrongMessage("body: an object")
    return body


def _error(code: str, message: str, **more: Any) -> str:
    return _json({"type": "error", "data": {"message": message, "code": code, **more}})


def _json(value: Any) -> str:
    return json.dumps(value)
