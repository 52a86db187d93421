"""Verification beside generation: finished turns go to the verifiers while the others are still being sampled."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from queue import SimpleQueue
from types import TracebackType
from typing import Generic, TypeVar

from envs.core.episode import Answer, Episode

Respond = Callable[[Sequence[Episode], Callable[[int, Answer], None]], list[Answer]]
"""Answers episodes and tells of each as it is known: `VerifierPool.respond`."""

Key = TypeVar("Key")


class _Cancelled(Exception):
    """Ends a batch of the pool whose answers nobody waits for any more."""


class VerifierStream(Generic[Key]):
    """Asks for answers from a thread; used as a context, at whose end the thread has ended too.

    The thread takes whatever has come in since its last batch. An answer depends on its episode alone, so how
    episodes fall into batches changes nothing. When the context is left by an exception (Ctrl-C, a failed engine) the
    thread gives up at the next answer, which is at most the pool's deadline away.

    Args:
        respond: Gives the answers; called in the thread.
    """

    def __init__(self, respond: Respond):
        self._respond = respond
        self._todo: SimpleQueue[tuple[Key, Episode] | None] = SimpleQueue()
        self._done: SimpleQueue[tuple[Key, Answer] | BaseException] = SimpleQueue()
        self._cancelled = threading.Event()
        self._thread = threading.Thread(target=self._run, name="verification")
        self.submitted = 0

    def __enter__(self) -> VerifierStream[Key]:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None):
        if kind is not None:
            self._cancelled.set()
        self._todo.put(None)
        self._thread.join()

    def submit(self, key: Key, episode: Episode) -> None:
        """Hands in an episode that waits for its answer; the key tells whose it is."""
        self.submitted += 1
        self._todo.put((key, episode))

    def answers(self) -> Iterator[tuple[Key, Answer]]:
        """Yields every answer that was asked for, with its key, as each is known.

        Raises:
            RunError: What `respond` raised.
        """
        answered = 0
        while answered < self.submitted:
            done = self._done.get()
            if isinstance(done, BaseException):
                raise done
            answered += 1
            yield done

    def _run(self) -> None:
        try:
            while items := self._accumulated():
                self._respond([episode for _, episode in items], self._settled(items))
        except _Cancelled:
            pass
        except BaseException as error:  # raised again where the answers are waited for
            self._done.put(error)

    def _accumulated(self) -> list[tuple[Key, Episode]]:
        """Waits for an episode and returns all that have come in; nothing at the end."""
        items: list[tuple[Key, Episode]] = []
        while not items or not self._todo.empty():
            item = self._todo.get()
            if item is None or self._cancelled.is_set():
                self._todo.put(None)  # the end is still to be seen after the items before it
                return [] if self._cancelled.is_set() else items
            items.append(item)
        return items

    def _settled(self, items: list[tuple[Key, Episode]]) -> Callable[[int, Answer], None]:
        def settled(index: int, answer: Answer) -> None:
            if self._cancelled.is_set():
                raise _Cancelled
            self._done.put((items[index][0], answer))

        return settled
