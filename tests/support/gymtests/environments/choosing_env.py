"""Twelve questions by log-likelihood: which of three texts a policy holds for the likeliest; one cannot be asked."""

from envs import EnvSpec, Reward, Task, UsageError
from envs.bridges.likelihood import Continuation, LikelihoodEnv
from envs.core.sources.tasklist import TaskList

SIZE = 12


class _Choosing(LikelihoodEnv):
    parts = {"acc": "the likeliest", "acc_norm": "the likeliest by its length"}

    def __init__(self, split, blank):
        if split == "train":
            raise UsageError("these are to be evaluated alone")
        asked = [Task(f"q{n}", f"How much is {n} plus {n}?", str(2 * n), {}) for n in range(SIZE)]
        super().__init__(EnvSpec(__file__, {"split": split, "blank": blank}), TaskList(split, asked, "1", empty=""))
        self.blank = blank

    def continuations(self, task):
        number = int(task.gold) // 2
        texts = [f" {2 * number}", "" if number == self.blank else f" {number}", f" it is {number + 7}, or so"]
        return [Continuation(task.prompt, text) for text in texts]

    def judged(self, task, found):
        likeliest = max(range(3), key=lambda place: found[place].logprob)
        by_length = max(range(3), key=lambda place: found[place].logprob / found[place].tokens)
        parts = {"acc": float(likeliest == 0), "acc_norm": float(by_length == 0)}
        return Reward(parts["acc"], parts, answer=self.continuations(task)[likeliest].text)


def make(split="train", blank=-1):
    return _Choosing(split, blank)
