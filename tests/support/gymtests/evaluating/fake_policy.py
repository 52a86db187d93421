"""A sampler that needs no model: it solves addition with a skill that is drawn from the request's seed."""

from grpo.rollouts.sampler import Sampled


class FakeSampler:
    """Answers planted prompts correctly with probability `skill`; the seed alone decides."""

    def __init__(self, skill=0.5, stop_after=None):
        self.skill = skill
        self.stop_after = stop_after
        self.calls = 0

    def check(self, requests, sampling):
        pass

    def sample(self, requests, sampling, on_sampled):
        return [self._one(i, request, sampling, on_sampled) for i, request in enumerate(requests)]

    def _one(self, index, request, sampling, on_sampled):
        if self.stop_after is not None and self.calls >= self.stop_after:
            raise KeyboardInterrupt
        self.calls += 1
        gold = request.messages[-1]["content"].removeprefix("say ")
        right = self.skill == 1 or (request.seed % 1000) / 1000 < self.skill
        if sampling.temperature == 0:
            right = self.skill >= 0.5
        sampled = Sampled(gold if right else "nope", 3 if right else sampling.max_tokens, "stop" if right else "length")
        on_sampled(index, sampled)
        return sampled
