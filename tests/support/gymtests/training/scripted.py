"""An engine whose completions are decided by the request's seed alone, and a pool in this very process."""

import numpy as np

from grpo.engines.base import Completion, Engine, FinishReason


class ScriptedEngine(Engine):
    """Samples random tokens, some turns cut and some ended, one at a step; remembers the prompts of every batch."""

    name = "scripted"

    def __init__(self, eos_id=2, max_model_len=10_000, vocabulary=300):
        self.eos_id = eos_id
        self.max_model_len = max_model_len
        self.vocabulary = vocabulary
        self.calls = []
        self.queue = []

    @property
    def pending(self):
        return len(self.queue)

    def submit(self, key, prompt, sampling, seed):
        if not self.queue:
            self.calls.append([])
        self.calls[-1].append(list(prompt))
        self.queue.append((key, seed, sampling))

    def step(self):
        key, seed, sampling = self.queue.pop(0)
        return [(key, self.completion(seed, sampling))]

    def cancel(self):
        self.queue.clear()

    def update_weights(self, weights):
        """Its tokens hang on no weights."""

    def sleep(self):
        """It holds no device."""

    def close(self):
        """It holds no process."""

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
        self.answers = []

    @property
    def pending(self):
        return len(self.answers)

    def submit(self, key, episode):
        (answer,) = self.respond([episode])
        self.answers.append((key, answer))

    def poll(self, timeout=0.0):
        answers, self.answers = self.answers, []
        return answers

    def cancel(self):
        self.answers.clear()

    def respond(self, episodes, on_answer=None):
        answers = [self.env.respond(self.env.tasks.get(e.task_id), e.turns, final=e.final) for e in episodes]
        for index, answer in enumerate(answers):
            if on_answer is not None:
                on_answer(index, answer)
        return answers

    def finish(self, episodes, on_result=None):
        return [self.env.respond(self.env.tasks.get(e.task_id), e.turns, final=True) for e in episodes]
