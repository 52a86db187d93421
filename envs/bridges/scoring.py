"""What every outward bridge needs: one environment's rewards by task id, from a verifier pool."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from typing import Any

from envs.core.environment import TextEnv
from envs.core.errors import UsageError
from envs.core.registry import EnvSpec
from envs.core.reward import Reward
from envs.core.task import Task
from envs.workers.pool import VerifierPool


class PooledScorer:
    """An environment of one turn behind a verifier pool that starts with the first completion.

    Picklable; a copy, and a process forked from this one, starts a pool of its own.

    Args:
        spec: The environment, or its name.
        workers: Verifier processes.
        deadline_s: Seconds one completion may take.
        memory_mb: MiB a worker may grow by; a reward model needs more.

    Attributes:
        env: The environment, built in this process for its tasks.

    Raises:
        UsageError: There is no such environment, or its episodes have several turns.
    """

    def __init__(
        self, spec: EnvSpec | str, *, workers: int = 1, deadline_s: float = 10.0, memory_mb: int = 2048
    ) -> None:
        self.spec = EnvSpec(spec) if isinstance(spec, str) else spec
        self.env: TextEnv = self.spec.build()
        if self.env.max_turns > 1:
            raise UsageError(f"{self.spec.name!r} has episodes of several turns: a reward function sees only one")
        self.workers = workers
        self.deadline_s = deadline_s
        self.memory_mb = memory_mb
        self._pool: VerifierPool | None = None
        self._owner = 0
        self._starting = threading.Lock()

    def __getstate__(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("spec", "workers", "deadline_s", "memory_mb")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)

    def rewards(self, items: Sequence[tuple[str, str]]) -> list[Reward]:
        """Returns the reward of each pair of task id and completion."""
        return self._started().score(items)

    def _started(self) -> VerifierPool:
        with self._starting:
            if self._pool is None or self._owner != os.getpid():
                self._pool = VerifierPool(
                    self.spec, workers=self.workers, deadline_s=self.deadline_s, memory_mb=self.memory_mb
                )
                self._owner = os.getpid()
            return self._pool

    def tasks(self, count: int | None) -> list[Task]:
        """Returns the tasks of the seeds 0 .. count-1, each once; all of a finite source for None.

        Raises:
            UsageError: The source has no end and no count is given.
        """
        size = self.env.tasks.size
        if count is None and size is None:
            raise UsageError(f"{self.spec.name!r} makes tasks without end: say how many with count=...")
        wanted = size if count is None else count if size is None else min(count, size)
        found = {task.id: task for task in map(self.env.tasks.task, range(wanted or 0))}
        return list(found.values())

    def close(self) -> None:
        """Ends the pool; the next completion starts another."""
        if self._pool is not None and self._owner == os.getpid():
            self._pool.close()
        self._pool = None
        self.env.close()
