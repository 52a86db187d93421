"""Verification goes on while the engine samples, and nothing but the time it takes depends on that."""

import threading

import pytest

from envs import EnvSpec, Observation, Reward, RunError
from envs.workers.pool import VerifierPool
from grpo.engines import Sampling
from grpo.rollouts.episodes import EpisodePlayer, Transcript
from grpo.rollouts.rollout import RolloutMaker
from grpo.rollouts.sampler import EngineSampler
from gymtests.training.scripted import InProcessPool, ScriptedEngine

PATIENCE_S = 60
"""After which a thing that should have happened has not: only a failing test waits for it."""


class WaitingEngine(ScriptedEngine):
    """Finishes its second completion only when the first has its verdict: without overlap it never ends."""

    def __init__(self):
        super().__init__()
        self.verified = threading.Event()
        self.told = False

    def step(self):
        if self.told:
            assert self.verified.wait(PATIENCE_S), "the first completion was not verified during generation"
        ended = super().step()
        self.told = self.pending > 0
        return ended


class TellingPool(InProcessPool):
    """Tells when it has answered, and how many episodes it was asked about at a time."""

    def __init__(self, env, answered):
        super().__init__(env)
        self.answered = answered
        self.batches = []

    def respond(self, episodes, on_answer=None):
        self.batches.append(len(episodes))
        answers = super().respond(episodes, on_answer)
        self.answered.set()
        return answers


def maker_with(engine, pool, env, tiny):
    return RolloutMaker(env, pool, engine, tiny.renderer, Sampling(6), 3)


def test_the_first_completion_is_verified_while_the_second_is_sampled(tiny):
    env, engine = EnvSpec("math", {"levels": 1}).build(), WaitingEngine()
    pool = TellingPool(env, engine.verified)
    rollouts, timing = maker_with(engine, pool, env, tiny).groups([1, 2], 3, 1)
    assert pool.batches[0] == 1 and sum(pool.batches) == 6
    expected, _ = maker_with(ScriptedEngine(), InProcessPool(env), env, tiny).groups([1, 2], 3, 1)
    assert rollouts == expected
    assert timing.generate_s > 0 and timing.verify_s >= 0


def test_overlap_with_real_workers_gives_what_one_batch_gives(tiny):
    spec = EnvSpec("math", {"levels": 1})
    env = spec.build()
    reports = []
    with VerifierPool(spec, workers=2) as pool:
        maker = maker_with(ScriptedEngine(), pool, env, tiny)
        rollouts, _ = maker.groups(range(8), 4, 1, lambda *report: reports.append(report))
        alone = pool.score([(r.task_id, r.completion) for r in rollouts])
    assert [r.reward for r in rollouts] == alone
    assert [r for r in reports if r[0] == "generate"] == [("generate", n, 32) for n in range(1, 33)]
    assert [r for r in reports if r[0] == "verify"] == [("verify", n, 32) for n in range(1, 33)]


class LostPool(InProcessPool):
    def respond(self, episodes, on_answer=None):
        raise RunError("the verifier process is gone")


def test_what_the_pool_raises_reaches_the_trainer(tiny):
    env = EnvSpec("math").build()
    with pytest.raises(RunError, match="is gone"):
        maker_with(ScriptedEngine(), LostPool(env), env, tiny).groups([1], 2, 1)


class InterruptedEngine(ScriptedEngine):
    """Ctrl-C comes after the first completion."""

    def step(self):
        if len(self.queue) < len(self.calls[-1]):
            raise KeyboardInterrupt
        return super().step()


def test_ctrl_c_while_sampling_ends_the_verification_and_leaves_a_pool_that_answers(tiny):
    env = EnvSpec("math", {"levels": 1}).build()
    with VerifierPool(EnvSpec("math", {"levels": 1})) as pool:
        with pytest.raises(KeyboardInterrupt):
            maker_with(InterruptedEngine(), pool, env, tiny).groups([1, 2], 4, 1)
        assert not pool.pending
        rollouts, _ = maker_with(ScriptedEngine(), pool, env, tiny).groups([1, 2], 4, 1)
        assert all(rollout.reward.scorable for rollout in rollouts)


def test_a_hung_verifier_given_up_on_answers_for_no_later_episode(tmp_path):
    source = tmp_path / "hanging_env.py"
    source.write_text(
        "import time\nfrom envs import Task, TextEnv\n"
        "class Source:\n"
        "    size = 4; version = '1'\n"
        "    def __init__(self, split): self.split = split\n"
        "    def task(self, seed): return self.get(f'q{seed % 4}')\n"
        "    def get(self, task_id): return Task(task_id, 'Say it.', 'x')\n"
        "    def solution(self, task): return 'x'\n"
        "def verify(task, completion):\n"
        "    while completion == 'hang': time.sleep(0.01)\n"
        "    return float(completion == 'x')\n"
        "def make(split='train'): return TextEnv(Source(split), verify)\n"
    )

    def give_up(index, result):
        raise KeyboardInterrupt

    with VerifierPool(EnvSpec(str(source)), deadline_s=0.2) as pool:
        with pytest.raises(KeyboardInterrupt):
            pool.score([("q0", "hang")], give_up)
        assert [reward.score for reward in pool.score([("q0", "x"), ("q1", "y"), ("q2", "x")])] == [1.0, 0.0, 1.0]


class SilentEngine(ScriptedEngine):
    """Tells of its completions at the end only."""

    def step(self):
        ended = []
        while self.queue:
            ended += super().step()
        return ended


def test_an_engine_that_tells_only_at_the_end_loses_nothing(tiny):
    env = EnvSpec("chain").build()
    told = maker_with(ScriptedEngine(), InProcessPool(env), env, tiny).groups([5, 6], 3, 2)
    assert maker_with(SilentEngine(), InProcessPool(env), env, tiny).groups([5, 6], 3, 2)[0] == told[0]


def test_every_turn_of_an_episode_overlaps(tiny):
    from envs import DialogueEnv
    from envs.builtin.dialogues.chain import Chains

    class TwoTurns(DialogueEnv):
        def reply(self, task, turns):
            return Reward(1.0) if len(turns) == 2 else Observation("go on")

    class Rounds(WaitingEngine):
        def submit(self, key, prompt, sampling, seed):
            if not self.pending:
                self.verified.clear()
            super().submit(key, prompt, sampling, seed)

    env, engine = TwoTurns(Chains("train"), max_turns=2), Rounds()
    pool = TellingPool(env, engine.verified)
    tasks = [env.tasks.task(seed) for seed in range(3)]
    episodes = [Transcript(task.id, env.messages(task), seed, Sampling(4)) for seed, task in enumerate(tasks)]
    EpisodePlayer(EngineSampler(engine, tiny.renderer), pool).play(episodes)
    assert all(episode.reward == Reward(1.0) and len(episode.turns) == 2 for episode in episodes)
    assert pool.batches[0] == 1
