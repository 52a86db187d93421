"""A server in OpenEnv's form as an environment: every answer is replayed from a reset with the task's seed."""

from __future__ import annotations

import os
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from envs.bridges.openenv.acting import ActionForm, NoAction, Speech, action_form
from envs.bridges.openenv.remote import ActionRefused, Remote, ServerFault, Session, told
from envs.bridges.openenv.tasks import OpenEnvTasks, fingerprint
from envs.core.environment import DialogueEnv
from envs.core.episode import Answer, Episode, Observation
from envs.core.errors import UsageError
from envs.core.reward import Reward
from envs.core.task import Task
from envs.workers.endpoint import EndpointDown, patiently

_TRIES = 5
_SPARE_S = 5.0
_REMEMBERED = 10_000
_NEAR = 1e-9
_FAR = 1e300


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of a turn.

    Attributes:
        text: What the policy reads next.
        reward: What the step was worth, where the server said so.
        done: Whether the episode is over.
    """

    text: str
    reward: float | None = None
    done: bool = False


@dataclass(frozen=True, slots=True)
class Worth:
    """What an episode's rewards are worth.

    Attributes:
        rule: `sum` of the steps, or the `last` step.
        low: What is worth 0, where it is scaled.
        high: What is worth 1.

    Raises:
        UsageError: There is no such rule, or one end is missing, or they are the wrong way round.
    """

    rule: str
    low: float | None
    high: float | None

    def __post_init__(self) -> None:
        if self.rule not in ("sum", "last"):
            raise UsageError(f"openenv's reward is sum or last, not {self.rule!r}")
        if (self.low is None) != (self.high is None):
            raise UsageError("openenv's low and high belong together: --env-arg low=-1 --env-arg high=1")
        if self.low is None or self.high is None:
            return
        for end in (self.low, self.high):
            if isinstance(end, bool) or not isinstance(end, int | float) or not -_FAR < end < _FAR:
                raise UsageError(f"openenv's low and high are numbers, not {end!r}")
        if not self.low < self.high:
            raise UsageError(f"openenv's low is below its high, not {self.low} and {self.high}")

    def reward(self, heard: Sequence[Heard], outcome: str) -> Reward:
        """Returns the reward of an episode."""
        given = [one.reward for one in heard if one.reward is not None]
        if not given and outcome == "ended":
            return Reward.unscorable("the server gave no reward in the whole episode", "server_fault")
        value = sum(given) if self.rule == "sum" else (heard[-1].reward or 0.0) if heard else 0.0
        parts = {"return": value, "steps": float(len(heard))}
        if self.low is not None and self.high is not None:
            scaled = (value - self.low) / (self.high - self.low)
            return Reward(min(1.0, max(0.0, scaled)), parts, outcome=outcome)
        if not -_NEAR <= value <= 1 + _NEAR:
            reason = f"an episode is worth {value:g}, outside [0, 1]: say what is worth 0 and 1 by low= and high="
            return Reward.unscorable(reason, "out_of_range")
        return Reward(min(1.0, max(0.0, value)), parts, outcome=outcome)


class Player:
    """Plays episodes at the server, in the process that asks.

    Args:
        remote: The server.
        speech: How its observations are read.
        form: How a turn becomes an action.

    Attributes:
        budget_s: Most seconds one episode may take; set by who knows how long it may be.
    """

    def __init__(self, remote: Remote, speech: Speech, form: ActionForm):
        self.remote = remote
        self.speech = speech
        self.form = form
        self.budget_s = remote.timeout
        self._session = Session(remote)
        self._owner = os.getpid()
        self._task_id, self._turns, self._heard = "", (), []
        self._known: OrderedDict[tuple[Any, ...], str] = OrderedDict()

    def play(self, task: Task, turns: tuple[str, ...]) -> list[Heard]:
        """Returns what came of each turn; what was played in this session before is not played again.

        Raises:
            ServerFault: The server failed, or did not do again what it did before.
        """
        if self._owner != os.getpid():  # a session is its process's own
            self._session, self._owner, self._task_id = Session(self.remote), os.getpid(), ""
        deadline = time.monotonic() + self.budget_s
        try:
            return patiently(lambda: self._played(task, turns, deadline), _TRIES, deadline)
        except EndpointDown as error:
            raise ServerFault(told(error)) from error
        except BaseException:
            self.rest()
            raise

    def rest(self) -> None:
        """Gives the session back."""
        self._task_id = ""
        if self._owner == os.getpid():
            self._session.close()

    def _played(self, task: Task, turns: tuple[str, ...], deadline: float) -> list[Heard]:
        goes_on = self._task_id == task.id and turns[: len(self._turns)] == self._turns
        if not goes_on:
            self._task_id, self._turns, self._heard = "", (), []
            result = self._session.reset(task.gold["seed"])
            if fingerprint(self.speech.text(result.observation)) != task.gold["shown"]:
                raise ServerFault(f"reset(seed={task.gold['seed']}) shows something else than it did before")
            self._task_id = task.id
        for turn in turns[len(self._turns) :]:
            if time.monotonic() > deadline:
                raise ServerFault(f"an episode took longer than {self.budget_s:g} s")
            try:
                heard = self._stepped(turn)
            except BaseException:
                self._task_id = ""  # whatever the server has made of it
                raise
            self._turns, self._heard = (*self._turns, turn), [*self._heard, heard]
            self._compare((task.id, self._turns), heard)
        return self._heard[: len(turns)]

    def _stepped(self, turn: str) -> Heard:
        try:
            result = self._session.step(self.form.action(turn))
        except (NoAction, ActionRefused) as error:
            return Heard(f"That is no action: {error}")
        return Heard(self.speech.text(result.observation), result.reward, result.done)

    def _compare(self, key: tuple[Any, ...], heard: Heard) -> None:
        """Holds a replay to what the server said to the same turns before, as far as this process remembers."""
        said = fingerprint(repr(heard))
        if self._known.setdefault(key, said) != said:
            self._task_id = ""
            raise ServerFault("the server answers the same seed and the same turns in another way than before")
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)


class OpenEnv(DialogueEnv):
    """A reset/step server as an environment of several turns.

    What the policy says is played again from a reset with the task's seed, in whichever worker is asked, so a server
    must do the same again. What the server does wrong is `unscorable`, never a reward of 0.

    Args:
        split: `train`, `dev` or `test`.
        remote: The server.
        speech: How it and the policy understand each other.
        worth: What its rewards are worth.
        seeds: How many tasks.
        max_turns: Most steps of an episode.
        divide: Whether `prompt` or `seed` decides a task's split.
        keep: Whether a session is kept between answers.
        probe: A turn that the server must answer alike twice at the seed 0; empty for none.
        render_mode: Gymnasium's; None is the only one.

    Raises:
        UsageError: An argument is wrong, or the server is down or shows nothing that can be asked.
    """

    summary = "A reset/step server in OpenEnv's form, by its address"
    parts = {
        "return": "what the server's rewards came to, before they are cut and scaled",
        "steps": "turns of the policy",
    }

    def __init__(
        self,
        split: str,
        remote: Remote,
        speech: Speech,
        worth: Worth,
        *,
        seeds: int,
        max_turns: int,
        divide: str,
        keep: bool,
        probe: str = "",
        render_mode: str | None = None,
    ):
        for name, number in (("seeds", seeds), ("max_turns", max_turns)):
            if isinstance(number, bool) or not isinstance(number, int) or number < 1:
                raise UsageError(f"openenv's {name} is a whole number from 1 on, not {number!r}")
        try:
            form = action_form(speech, {} if speech.action is not None else remote.action_schema())
        except ServerFault as error:
            raise UsageError(f"{error}: is the server there? Its actions can be said by --env-arg action=") from error
        tasks: Any = OpenEnvTasks(split, remote, speech, form, seeds, divide)  # its size is known when it is asked for
        super().__init__(tasks, max_turns=max_turns, render_mode=render_mode)
        self.worth = worth
        self.keep = bool(keep)
        self._player = Player(remote, speech, form)
        self._player.budget_s = remote.timeout * (max_turns + 2)
        self.verify_seconds = self._player.budget_s + remote.timeout + _SPARE_S  # its last request may begin in time

        if probe:
            self._probe(tasks.first, probe)

    def _probe(self, task: Task, turn: str) -> None:
        try:
            for _ in range(2):
                self._player.play(task, (turn,))
                self._player.rest()
        except ServerFault as error:
            raise UsageError(f"openenv's probe of the seed 0 failed: {error}") from error

    def reply(self, task: Task, turns: Sequence[str]) -> Answer:
        """Plays the turns and returns what came of the last: an observation, or the reward of an episode that is over.

        Pure where the server is: where it does the same at the same seed and the same actions.
        """
        try:
            heard = self._player.play(task, tuple(turns))
        except ServerFault as error:
            return Reward.unscorable(str(error), "server_fault")
        return self.worth.reward(heard, "ended") if heard[-1].done else Observation(heard[-1].text)

    def unfinished(self, task: Task, turns: Sequence[str]) -> Reward:
        """Returns what an episode has earned that is cut off after these turns."""
        try:
            return self.worth.reward(self._player.play(task, tuple(turns)), "unfinished")
        except ServerFault as error:
            return Reward.unscorable(str(error), "server_fault")

    def respond(self, task: Task, turns: Sequence[str], *, final: bool = False) -> Answer:
        """Returns the answer to the policy's turns, and gives the session back where it is not to be kept."""
        try:
            return super().respond(task, turns, final=final)
        finally:
            if not self.keep:
                self._player.rest()

    def respond_all(self, episodes: Sequence[Episode]) -> Iterator[Answer]:
        """Yields the answer to each episode; a task's prompt is not asked for again."""
        tasks = self.tasks
        assert isinstance(tasks, OpenEnvTasks)
        for episode in episodes:
            yield self.respond(tasks.address(episode.task_id), episode.turns, final=episode.final)

    def close(self) -> None:
        """Gives the session back."""
        self._player.rest()
