"""A sampler that says what it is told to, task by task."""

from grpo.rollouts.sampler import Sampled


class FixedSampler:
    """Answers each task with the text that stands under its id."""

    def __init__(self, texts):
        self.texts = texts

    def check(self, requests, sampling):
        pass

    def sample(self, requests, sampling, on_sampled):
        said = [Sampled(self.texts[request.task_id], 1, "stop") for request in requests]
        for place, sampled in enumerate(said):
            on_sampled(place, sampled)
        return said
