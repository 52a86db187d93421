"""An environment of ours as what TRL's GRPOTrainer takes: a data set of prompts and a reward function.

    from envs.bridges.trl import prompts, reward_function

    reward = reward_function("math")
    GRPOTrainer(model, reward_funcs=reward, train_dataset=prompts("math", count=1000), args=GRPOConfig(...))
    reward.close()

Written against TRL 1.16. TRL itself is not imported.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import fmean
from typing import Any

from envs.bridges.scoring import PooledScorer
from envs.core.errors import UsageError
from envs.core.extras import require
from envs.core.registry import EnvSpec
from envs.core.reward import Reward

Message = dict[str, Any]


class RewardFunction:
    """A reward function in TRL's signature, scored in a verifier pool.

    TRL hands it the columns of the data set by name; `task_id` says which task each completion answers. What is
    unscorable is None. Where no reward function has a number for a completion, TRL 1.16 leaves it out of its group's
    mean and deviation and gives it an advantage of 0, which is what our own trainer does.

    Args:
        scorer: The environment's rewards.
        part: A part of the reward to return instead of the score, so that TRL logs and weighs it apart.

    Attributes:
        unscorable: Completions so far that could not be scored.
    """

    def __init__(self, scorer: PooledScorer, part: str | None = None):
        self.scorer = scorer
        self.part = part
        self.unscorable = 0
        # What TRL logs the reward under.
        self.__name__ = scorer.spec.name if part is None else f"{scorer.spec.name}.{part}"

    def __call__(
        self,
        prompts: Sequence[Any],
        completions: Sequence[str | list[Message]],
        task_id: Sequence[str] | None = None,
        log_metric: Callable[[str, float], None] | None = None,
        **_: Any,
    ) -> list[float | None]:
        """Scores a batch.

        Args:
            prompts: As TRL passes them; not read.
            completions: Texts, or chats whose assistant messages are the completion.
            task_id: The column that `prompts` made.
            log_metric: Where TRL logs further metrics; the mean of each part goes there.

        Raises:
            UsageError: The data set has no column `task_id`, or the reward no part of that name.
        """
        if task_id is None:
            raise UsageError("the data set has no column 'task_id': make it with envs.bridges.trl.prompts(...)")
        rewards = self.scorer.rewards(list(zip(task_id, map(text_of, completions), strict=True)))
        self.unscorable += sum(not reward.scorable for reward in rewards)
        if log_metric is not None:
            self._log(rewards, log_metric)
        return [self._value(reward) for reward in rewards]

    def _value(self, reward: Reward) -> float | None:
        if not reward.scorable:
            return None
        if self.part is None:
            return reward.score
        return reward.parts.get(self.part, 0.0)

    def _log(self, rewards: Sequence[Reward], log_metric: Callable[[str, float], None]) -> None:
        scored = [reward for reward in rewards if reward.scorable]
        log_metric(f"{self.__name__}/unscorable", 1.0 - len(scored) / max(1, len(rewards)))
        for name in sorted({name for reward in scored for name in reward.parts}):
            log_metric(f"{self.__name__}/{name}", fmean(reward.parts.get(name, 0.0) for reward in scored))

    def close(self) -> None:
        """Ends the verifier processes."""
        self.scorer.close()


def reward_function(
    spec: EnvSpec | str,
    part: str | None = None,
    *,
    workers: int = 1,
    deadline_s: float = 10.0,
    memory_mb: int = 2048,
) -> RewardFunction:
    """Returns an environment's reward for `GRPOTrainer(reward_funcs=...)`.

    Args:
        spec: The environment, or its name.
        part: A part of the reward to return instead of the score.
        workers: Verifier processes.
        deadline_s: Seconds one completion may take.
        memory_mb: MiB a worker may grow by.

    Raises:
        UsageError: There is no such environment or part, or its episodes have several turns.
    """
    scorer = PooledScorer(spec, workers=workers, deadline_s=deadline_s, memory_mb=memory_mb)
    if part is not None and scorer.env.parts and part not in scorer.env.parts:
        raise UsageError(f"{scorer.spec.name!r} has no part {part!r}: it has {', '.join(scorer.env.parts)}")
    return RewardFunction(scorer, part)


def prompts(spec: EnvSpec | str, count: int | None = None, *, chat: bool = True) -> Any:
    """Returns an environment's tasks as a `datasets.Dataset` with the columns `prompt` and `task_id`.

    Args:
        spec: The environment, or its name.
        count: How many tasks; all of a finite source for None.
        chat: Whether prompts are chats, which TRL puts through the model's template; otherwise plain text.

    Raises:
        UsageError: `datasets` is not installed, or a source without end and no count.
    """
    datasets = require("datasets", "trl", "a data set of prompts for TRL")
    scorer = PooledScorer(spec)
    tasks = scorer.tasks(count)
    rows = [{"prompt": scorer.env.messages(task) if chat else task.prompt, "task_id": task.id} for task in tasks]
    scorer.close()
    return datasets.Dataset.from_list(rows)


def text_of(completion: str | list[Message]) -> str:
    """Returns the text of a completion; of a chat, what its assistant messages say."""
    if isinstance(completion, str):
        return completion
    return "\n".join(str(message.get("content") or "") for message in completion if message["role"] == "assistant")
