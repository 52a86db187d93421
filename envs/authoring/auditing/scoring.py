"""Scores completions in killable workers, and sorts out what went wrong with the verifier itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from envs.authoring.auditing.attacks.probe import Completion
from envs.authoring.auditing.findings import Example, Finding
from envs.core.episode import Episode
from envs.core.registry import EnvSpec
from envs.core.reward import Reward, Status
from envs.workers.pool import LATE, VerifierPool

_FAULTS = {
    "verifier_raised": "raises",
    "lost_worker": "dies",
    "wrong_type": "wrong-type",
    "not_finite": "not-finite",
    "out_of_range": "out-of-range",
}
_MOST_EXAMPLES = 3
_SHOWN_CHARS = 200
MOST_HANGS = 6
_HUNG = Reward(0.0, status=Status.TIMEOUT, reason=LATE)


class Scorer:
    """Scores through a verifier pool and remembers every fault of the verifier it meets.

    A verifier that hangs costs a deadline each time, so after `MOST_HANGS` of them the rest counts as hung unseen.
    """

    def __init__(self, spec: EnvSpec, *, max_turns: int, workers: int, deadline_s: float):
        self.spec, self.max_turns, self.workers, self.deadline_s = spec, max_turns, workers, deadline_s
        self.count = 0
        self._faults: dict[str, list[Example]] = defaultdict(list)
        self._seen: dict[tuple[str, Completion], Reward] = {}
        self._pool = VerifierPool(spec, workers=workers, deadline_s=deadline_s)

    def __enter__(self) -> Scorer:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.close()

    def score(self, items: Sequence[tuple[str, Completion]]) -> list[Reward]:
        """Scores pairs of task id and completion, in order; each different pair once."""
        fresh = [item for item in dict.fromkeys(items) if item not in self._seen]
        for start in range(0, len(fresh), 64):  # small enough to stop soon after a verifier turns out to hang
            chunk = fresh[start : start + 64]
            rewards = [_HUNG] * len(chunk) if self.hung else self._played(self._pool, chunk)
            for item, reward in zip(chunk, rewards, strict=True):
                self._seen[item] = reward
                self._note(item, reward)
        return [self._seen[item] for item in items]

    def again(self, items: Sequence[tuple[str, Completion]], workers: int = 1) -> list[Reward]:
        """Scores in a pool of its own, as another process would."""
        with VerifierPool(self.spec, workers=workers, deadline_s=self.deadline_s) as pool:
            return self._played(pool, items)

    def _played(self, pool: VerifierPool, items: Sequence[tuple[str, Completion]]) -> list[Reward]:
        """Plays each item to its end: a text is said again at every turn that the episode has."""
        rewards: dict[int, Reward] = {}
        for turn in range(1, self.max_turns + 1):
            left = [index for index in range(len(items)) if index not in rewards]
            answers = pool.respond([self._episode(*items[index], turn) for index in left])
            rewards |= {i: answer for i, answer in zip(left, answers, strict=True) if isinstance(answer, Reward)}
        return [rewards[index] for index in range(len(items))]

    def _episode(self, task_id: str, completion: Completion, turn: int) -> Episode:
        if isinstance(completion, tuple):
            return Episode(task_id, completion, final=True)
        return Episode(task_id, (completion,) * turn, final=turn == self.max_turns)

    @property
    def hung(self) -> bool:
        """Whether the verifier has hung so often that nothing more is scored."""
        return len(self._faults["hangs"]) >= MOST_HANGS

    def distinct_scores(self) -> set[float]:
        """Returns every score seen that can be believed."""
        return {reward.score for reward in self._seen.values() if reward.status in (Status.OK, Status.ERROR)}

    def scored(self) -> list[tuple[str, Reward]]:
        """Returns the task id and the reward of everything scored."""
        return [(task_id, reward) for (task_id, _), reward in self._seen.items()]

    def faults(self) -> Iterable[Finding]:
        """Yields a finding for each kind of fault of the verifier itself."""
        for code, examples in self._faults.items():
            if code == "hides" and not self._still_hidden():
                continue
            if examples:
                yield Finding(code, len(examples), self.count, examples[0].note, tuple(examples[:_MOST_EXAMPLES]))

    def _still_hidden(self) -> bool:
        """Whether what was unscorable is so again: an endpoint that was down for a moment is nobody's hiding place."""
        items = [item for item, reward in self._seen.items() if reward.status is Status.UNSCORABLE][:_MOST_EXAMPLES]
        return any(reward.status is Status.UNSCORABLE for reward in self.again(items))

    def _note(self, item: tuple[str, Completion], reward: Reward) -> None:
        self.count += 1
        late = reward.status is Status.TIMEOUT and reward.reason.startswith(LATE)
        code = "hangs" if late else None
        if reward.status is Status.UNSCORABLE:
            code = _FAULTS.get(reward.outcome, "hides")
        elif reward.status in (Status.TIMEOUT, Status.ERROR) and reward.score > 0:
            code = "error-paid"
        if code is not None:
            self._faults[code].append(Example(item[0], code, shown(item[1]), reward.score, reward.reason))


def shown(completion: Completion) -> str:
    """Returns a completion short enough to show."""
    text = completion if isinstance(completion, str) else "\n--\n".join(completion)
    return text if len(text) <= _SHOWN_CHARS else text[:_SHOWN_CHARS] + " ..."
