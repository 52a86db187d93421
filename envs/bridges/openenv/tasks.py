"""The tasks of a server in OpenEnv's form: what its resets show, seed by seed."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from envs.bridges.openenv.acting import ActionForm, Speech
from envs.bridges.openenv.remote import Remote, ServerFault, Session, told
from envs.core.episode import MAX_OBSERVATION_CHARS
from envs.core.errors import UsageError, did_you_mean
from envs.core.sources.procedural import digest, split_of
from envs.core.sources.tasklist import checked_split, content_version
from envs.core.task import Task
from envs.workers.endpoint import EndpointDown, patiently

DIVIDED = ("prompt", "seed")
_TRIES = 3
_ID = re.compile(r"([0-9]{1,9})-([0-9a-f]{16})")

Shown = tuple[str, str]
"""What a reset shows, and the prompt that is made of it."""


class OpenEnvTasks:
    """The tasks of one split; an id is `SEED-HASH`, with a hash of what the reset shows.

    The server is reset with the seed 0 when the source is built, and with the others when they are first asked for.

    Args:
        split: `train`, `dev` or `test`.
        remote: The server.
        speech: How its observations become prompts.
        form: How an action is written, for the prompts.
        seeds: How many there are, over all splits.
        divide: Whether what a reset shows (`prompt`) or its `seed` decides a task's split.

    Raises:
        UsageError: An argument is wrong, or the server is down or shows nothing that can be asked.
    """

    def __init__(self, split: str, remote: Remote, speech: Speech, form: ActionForm, seeds: int, divide: str):
        self.split = checked_split(split)
        if divide not in DIVIDED:
            raise UsageError(
                f"openenv divides by prompt or by seed, not by {divide!r}: {did_you_mean(str(divide), DIVIDED)}"
            )
        self.remote, self.speech, self.form, self.seeds, self.divide = remote, speech, form, seeds, divide
        self._listed: list[Task] | None = None
        (self._first,) = self._asked(lambda: self.resets(1))

    @property
    def first(self) -> Task:
        """The task of the server's seed 0, of whichever split."""
        return _task(0, fingerprint(self._first[0]), self._first[1])

    @property
    def size(self) -> int:
        """How many tasks the split has."""
        return len(self._tasks())

    @property
    def version(self) -> str:
        """Changes where the server shows something else at some seed."""
        return f"openenv-{content_version(f'{task.id} {task.prompt}' for task in self._tasks())}"

    def task(self, seed: int) -> Task:
        """Returns the task of a seed; beyond `size` they come round again."""
        tasks = self._tasks()
        return tasks[seed % len(tasks)]

    def get(self, task_id: str) -> Task:
        """Returns the task with this id.

        Raises:
            UsageError: There is no such task in this split.
        """
        found = next((task for task in self._tasks() if task.id == task_id), None)
        if found is None:
            raise UsageError(f"no task {task_id!r} in split {self.split!r}: ids look like {self._tasks()[0].id}")
        return found

    def address(self, task_id: str) -> Task:
        """Returns the task with this id without its prompt, which nobody is asked for.

        Raises:
            UsageError: It is no id.
        """
        found = _ID.fullmatch(task_id)
        if found is None or int(found[1]) >= self.seeds:
            raise UsageError(f"no task {task_id!r}: ids look like 7-0123456789abcdef, below {self.seeds}")
        return _task(int(found[1]), found[2], "")

    def solution(self, task: Task) -> None:
        """Returns None: nobody knows what the server wants."""
        return None

    def _tasks(self) -> list[Task]:
        if self._listed is None:
            shown = self._asked(lambda: _resets(self, self.seeds))
            listed = [_task(seed, fingerprint(text), prompt) for seed, (text, prompt) in enumerate(shown)]
            mine = [task for task in listed if split_of(self._key(task)) == self.split]
            if not mine:
                raise UsageError(self._none(listed))
            self._listed = mine
        return self._listed

    def _key(self, task: Task) -> str:
        return f"openenv seed {task.gold['seed']}" if self.divide == "seed" else task.gold["shown"]

    def _none(self, listed: list[Task]) -> str:
        different = len({task.gold["shown"] for task in listed})
        line = f"openenv: none of {self.seeds} resets falls into the split {self.split!r}"
        if self.divide == "prompt" and different <= self.seeds // 10 + 1:
            return f"{line}: they show {different} different things; --env-arg divide=seed divides by seed"
        return f"{line}: give more, as --env-arg seeds=1000"

    def _asked(self, ask: Callable[[], tuple[Shown, ...]]) -> tuple[Shown, ...]:
        try:
            return ask()
        except ServerFault as error:
            raise UsageError(f"openenv: {error}") from error

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OpenEnvTasks) and self._said() == other._said()

    def __hash__(self) -> int:
        return hash(self._said())

    def _said(self) -> tuple[str, ...]:
        return tuple(map(repr, (self.remote, self.speech, self.form, self._first)))

    def resets(self, count: int) -> tuple[Shown, ...]:
        """Returns what the resets with the seeds 0 .. count-1 show, asked in one session.

        Raises:
            ServerFault: The server fails, or shows another thing at a seed the second time.
        """
        session = Session(self.remote)
        try:
            found = [self._reset(session, seed) for seed in range(count)]
            if found[:1] != [self._reset(session, 0)]:
                raise ServerFault(
                    "reset(seed=0) shows another thing each time: a server that does not keep to its seed cannot be "
                    "trained on; --env-arg observation=FIELD names what stays the same"
                )
            return tuple(found)
        finally:
            session.close()

    def _reset(self, session: Session, seed: int) -> Shown:
        try:
            result = patiently(lambda: session.reset(seed), _TRIES)
        except EndpointDown as error:
            raise ServerFault(told(error)) from error
        if result.done:
            raise ServerFault(f"{self.remote.url}: the episode of reset(seed={seed}) is over before it begins")
        shown, prompt = self.speech.text(result.observation), self.speech.asked(result.observation, self.form)
        if not prompt or not (shown or self.speech.prompt):
            fields = ", ".join(map(told, list(result.observation)[:10])) or "none"
            raise ServerFault(
                f"a reset shows the policy nothing (fields: {fields}): --env-arg 'prompt=What to do' tells it, "
                "--env-arg observation=FIELD.FIELD names what it reads"
            )
        if len(prompt) > MAX_OBSERVATION_CHARS:
            raise ServerFault(f"reset(seed={seed}) shows more than {MAX_OBSERVATION_CHARS:,} characters")
        return shown, prompt


@lru_cache(maxsize=16)
def _resets(tasks: OpenEnvTasks, count: int) -> tuple[Shown, ...]:
    """A process asks once for all its splits, as long as the first reset shows the same."""
    return tasks.resets(count)


def fingerprint(text: str) -> str:
    """Returns 16 hex digits that depend on a text alone."""
    return f"{digest('openenv', text):016x}"


def _task(seed: int, shown: str, prompt: str) -> Task:
    return Task(f"{seed}-{shown}", prompt, {"seed": seed, "shown": shown}, {"seed": seed})
