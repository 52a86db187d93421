"""Verification beside generation: finished completions go to the verifiers while the engine samples the others."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue
from types import TracebackType

from envs.core.episode import Answer, Episode
from envs.workers.pool import VerifierPool

_Item = tuple[int, Episode]


class _Cancelled(Exception):
    """Ends a batch of the pool whose answers nobody waits for any more."""


class VerifierStream:
    """Asks the pool from a thread; used as a context, at whose end the thread has ended too.

    The thread takes whatever has come in since its last batch. An answer depends on its episode alone, so how
    episodes fall into batches changes nothing. When the context is left by an exception (Ctrl-C, a failed engine) the
    thread gives up at the next answer, which is at most the pool's deadline away.

    Args:
        pool: Verifier workers of the environment.
    """

    def __init__(self, pool: VerifierPool):
        self._pool = pool
        self._todo: SimpleQueue[_Item | None] = SimpleQueue()
        self._done: SimpleQueue[tuple[int, Answer] | BaseException] = SimpleQueue()
        self._cancelled = threading.Event()
        self._thread = threading.Thread(target=self._run, name="verification")

    def __enter__(self) -> VerifierStream:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None):
        if kind is not None:
            self._cancelled.set()
        self._todo.put(None)
        self._thread.join()

    def submit(self, place: int, episode: Episode) -> None:
        """Hands in an episode that waits for its answer."""
        self._todo.put((place, episode))

    def answers(self, count: int, on_answer: Callable[[int, Answer], None]) -> list[Answer]:
        """Waits for the answers of places 0 to `count` - 1 and returns them in order.

        Args:
            count: Episodes handed in.
            on_answer: Called in this thread with a place and its answer, as each is known.

        Raises:
            RunError: What the pool raised.
        """
        answers: dict[int, Answer] = {}
        while len(answers) < count:
            done = self._done.get()
            if isinstance(done, BaseException):
                raise done
            place, answers[place] = done
            on_answer(place, answers[place])
        return [answers[place] for place in range(count)]

    def _run(self) -> None:
        try:
            while items := self._accumulated():
                self._pool.respond([episode for _, episode in items], self._settled(items))
        except _Cancelled:
            pass
        except BaseException as error:  # raised again where the answers are waited for
            self._done.put(error)

    def _accumulated(self) -> list[_Item]:
        """Waits for an episode and returns all that have come in; nothing at the end."""
        items: list[_Item] = []
        while not items or not self._todo.empty():
            item = self._todo.get()
            if item is None or self._cancelled.is_set():
                self._todo.put(None)  # the end is still to be seen after the items before it
                return [] if self._cancelled.is_set() else items
            items.append(item)
        return items

    def _settled(self, items: list[_Item]) -> Callable[[int, Answer], None]:
        def settled(index: int, answer: Answer) -> None:
            if self._cancelled.is_set():
                raise _Cancelled
            self._done.put((items[index][0], answer))

        return settled
