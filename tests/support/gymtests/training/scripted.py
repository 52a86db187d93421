"""An engine whose completions are decided by the request's seed alone, and a pool in this very process."""

import numpy as np

from grpo.engines.base import Completion, FinishReason


class ScriptedEngine:
    """Samples random tokens, some turns cut and some ended; remembers every prompt it was given."""

    name = "scripted"

    def __init__(self, eos_id=2, max_model_len=10_000, vocabulary=300):
        self.eos_id = eos_id
        self.max_model_len = max_model_len
        self.vocabulary = vocabulary
        self.calls = []

    def generate(self, prompts, sampling, seeds, on_completion=None):
        self.calls.append([list(prompt) for prompt in prompts])
        completions = [self.completion(seed, sampling) for seed in seeds]
        for index, completion in enumerate(completions):
            if on_completion is not None:
                on_completion(index, completion)
        return completions

    def completion(self, seed, sampling):
        rng = np.random.default_rng(seed)
        ids = rng.integers(6, self.vocabulary, rng.integers(1, sampling.max_tokens + 1)).tolist()
        ended = bool(rng.integers(2))
        if ended:
            ids[-1] = self.eos_id
        else:
            ids += rng.integers(6, self.vocabulary, sampling.max_tokens - len(ids)).tolist()
        logprobs = (-rng.random(len(ids)) - 0.1).tolist()
        return Completion(ids, logprobs, FinishReason.STOP if ended else FinishReason.LENGTH)


class InProcessPool:
    """What the verifier pool does, without processes."""

    def __init__(self, env):
        self.env = env

    def respond(self, episodes, on_answer=None):
        answers = [self.env.respond(self.env.tasks.get(e.task_id), e.turns, final=e.final) for e in episodes]
        for index, answer in enumerate(answers):
            if on_answer is not None:
                on_answer(index, answer)
        return answers

    def finish(self, episodes, on_result=None):
        return [self.env.respond(self.env.tasks.get(e.task_id), e.turns, final=True) for e in episodes]
