"""An environment of one turn in which tools can be called first."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_type_hints

from envs.core.environment import DialogueEnv, TextEnv
from envs.core.episode import Answer, Episode, Observation
from envs.core.errors import UsageError
from envs.core.reward import Reward
from envs.core.task import Task
from envs.tools.arguments import WrongArgument
from envs.tools.box import tools_named
from envs.tools.calls.formats import Scan, scan, syntax_of
from envs.tools.calls.turn import MAX_CALLS, Fault, Item
from envs.tools.prompt import described, results
from envs.tools.running import run
from envs.tools.tool import Tool, prepared, toolbox

if TYPE_CHECKING:
    from envs.core.registry import EnvEntry

DEFAULT_MAX_TURNS = 6
_TURN_S = 30.0
"""Seconds that all calls of a turn may take together, where no tool may take more by itself."""
_MARGIN_S = 5.0
_CUT = "Error: this call was not made: the turn was cut off at its limit of tokens."


class ToolEnv(DialogueEnv):
    """A one-turn environment whose policy may call tools before it answers.

    A turn that holds calls is answered with their results, in order; a turn that holds none is the answer, and is
    judged by the environment within, from that turn alone. A tool sees the arguments of its call and nothing of the
    task; what it says is heard by the policy and by nobody else.

    Args:
        env: The environment within; one turn.
        tools: Functions with types and a docstring, tools made by `tool`, or names.
        max_turns: Most turns of the policy, the answer included.
        max_calls: Most calls of one turn.
        tool_format: The syntax in which the policy is told to write calls, and in which they are read.
        render_mode: Gymnasium's; None is the only one.

    Raises:
        UsageError: The environment has turns of its own, a tool or a format is unknown, or a limit is out of range.
    """

    def __init__(
        self,
        env: TextEnv,
        tools: Sequence[Tool | Callable[..., Any] | str],
        *,
        max_turns: int = DEFAULT_MAX_TURNS,
        max_calls: int = MAX_CALLS,
        tool_format: str = "hermes",
        render_mode: str | None = None,
    ):
        if env.max_turns != 1:
            raise UsageError(f"{type(env).__name__} has turns of its own: tools go around environments of one turn")
        if max_turns < 2:
            raise UsageError(f"max_turns={max_turns} leaves no turn to call a tool in: take at least 2")
        if not 1 <= max_calls <= MAX_CALLS:
            raise UsageError(f"max_calls={max_calls} is not between 1 and {MAX_CALLS}")
        syntax_of(tool_format)
        super().__init__(env.tasks, max_turns=max_turns, render_mode=render_mode)
        self.env = env
        self.tools = toolbox(
            one for given in tools for one in (tools_named(given) if isinstance(given, str) else [given])
        )
        if not self.tools:
            raise UsageError("name at least one tool, such as tools=calculator")
        self.max_calls = max_calls
        self.tool_format = tool_format
        self.turn_seconds = max(_TURN_S, *(one.seconds for one in self.tools.values()))
        self.summary = f"{env.summary}; tools: {', '.join(self.tools)}"
        self.parts = {**env.parts, "called": "1 where a turn before the answer held a call"}
        self.verify_seconds = max(env.verify_seconds, self.turn_seconds + _MARGIN_S)
        self.verify_memory_mb = env.verify_memory_mb

    def start_worker(self) -> None:
        """Starts what the environment within keeps running."""
        self.env.start_worker()

    def messages(self, task: Task) -> list[dict[str, str]]:
        """Returns the chat form of a task's prompt, the tools described in its system message."""
        told, chat = described(self.tools.values(), self.tool_format), self.env.messages(task)
        if chat and chat[0]["role"] == "system":
            return [{**chat[0], "content": f"{chat[0]['content']}\n\n{told}"}, *chat[1:]]
        return [{"role": "system", "content": told}, *chat]

    def scan(self, turn: str) -> Scan:
        """Returns the calls of a turn."""
        return scan(turn, self.tool_format, max_calls=self.max_calls)

    def respond(self, task: Task, turns: Sequence[str], *, final: bool = False, cut: bool = False) -> Answer:
        """As `DialogueEnv.respond`; calls whose results nobody would hear are not made, nor those of a turn cut short.

        Args:
            task: The task.
            turns: Everything the policy has said.
            final: Whether no turn can follow.
            cut: Whether the last turn ran into its limit of tokens.
        """
        over = final or len(turns) == self.max_turns
        if (over or cut) and 1 <= len(turns) <= self.max_turns and isinstance(turns[-1], str):
            if items := self.scan(turns[-1]).items:
                if over:
                    return replace(self.unfinished(task, turns), truncated=True)
                return self._heard([("", _CUT)] * len(items), turns)
        return super().respond(task, turns, final=final)

    def respond_all(self, episodes: Sequence[Episode]) -> Iterator[Answer]:
        """Yields the answer to each episode, as verifier workers ask for them."""
        for episode in episodes:
            task = self.tasks.get(episode.task_id)
            yield self.respond(task, episode.turns, final=episode.final, cut=episode.cut)

    def reply(self, task: Task, turns: Sequence[str]) -> Answer:
        """Makes the calls of the last turn, or has it judged where it holds none."""
        items = self.scan(turns[-1]).items
        if items:
            return self._heard(self._answers(items), turns)
        verdict = self.env.respond(task, turns[-1:], final=True)
        assert isinstance(verdict, Reward)  # what `final` promises
        return self._counted(verdict, turns)

    def unfinished(self, task: Task, turns: Sequence[str]) -> Reward:
        """Returns 0: no answer was given."""
        verdict = Reward(0.0, outcome="unfinished", reason=f"no answer in {len(turns)} turns, calls alone")
        return self._counted(verdict, turns)

    def _heard(self, answers: Sequence[tuple[str, str]], turns: Sequence[str]) -> Observation:
        return Observation(results(answers, self.tool_format, last=len(turns) == self.max_turns - 1))

    def _counted(self, verdict: Reward, turns: Sequence[str]) -> Reward:
        if not verdict.scorable:
            return verdict
        called = any(self.scan(turn).calls for turn in turns[:-1])
        return replace(verdict, parts={**verdict.parts, "called": float(called)})

    def _answers(self, items: Sequence[Item]) -> list[tuple[str, str]]:
        """Returns the name of the tool that each call went to, empty where none was made, and what came of it."""
        deadline = time.monotonic() + self.turn_seconds
        return [self._answer(item, deadline) for item in items]

    def _answer(self, item: Item, deadline: float) -> tuple[str, str]:
        if isinstance(item, Fault):
            return "", f"Error: this call was not made: {item.text}."
        try:
            tool, arguments = prepared(item, self.tools)
        except WrongArgument as error:
            return "", f"Error: {error}."
        left = deadline - time.monotonic()
        if left <= 0:
            return tool.name, f"Error: not called: the calls of this turn took {self.turn_seconds:g} s."
        ended, text = run(tool, arguments, left)
        return tool.name, text if ended in ("ok", "told") else f"Error: {text}."


def make(
    member: str,
    split: str = "train",
    tools: str | Sequence[str] = (),
    max_turns: int = DEFAULT_MAX_TURNS,
    max_calls: int = MAX_CALLS,
    tool_format: str = "hermes",
    render_mode: str | None = None,
    **arguments: Any,
) -> ToolEnv:
    """Builds an environment with tools.

    Args:
        member: Name of the environment within, or the path of its file.
        split: `train`, `dev` or `test`.
        tools: Names, or FILE.py:FUNCTION.
        max_turns: Most turns of the policy, the answer included.
        max_calls: Most calls of one turn.
        tool_format: The syntax in which calls are written.
        render_mode: Gymnasium's; None is the only one.
        **arguments: Those of the environment within.
    """
    from envs.core.registry import make as make_env

    env = make_env(member, split=split, **arguments)
    return ToolEnv(
        env, tools_named(tools), max_turns=max_turns, max_calls=max_calls, tool_format=tool_format,
        render_mode=render_mode,
    )  # fmt: skip


OPEN = True


def names() -> list[str]:
    """Returns the environments that tools can go around, as a family's `names` does."""
    from envs.core.registry import entries

    return [entry.name for entry in entries() if not _has_turns(entry)]


def _has_turns(entry: EnvEntry) -> bool:
    """Whether what an entry builds has turns of its own, as far as its type says."""
    try:
        factory = entry.factory()
        built = factory if isinstance(factory, type) else get_type_hints(factory).get("return")
    except (UsageError, NameError, TypeError):  # a plugin that cannot be imported, or names no types
        return False
    return isinstance(built, type) and issubclass(built, DialogueEnv)
