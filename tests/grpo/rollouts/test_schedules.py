"""Two schedules, one player: rounds are lock step to the bit, and at their own pace episodes say the same."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envs import DialogueEnv, Observation, Reward, UsageError
from envs.builtin.dialogues.chain import Chains
from envs.core.sources.procedural import digest
from grpo.engines import Sampling, make_engine
from grpo.rollouts.episodes import EpisodePlayer, Transcript
from grpo.rollouts.sampler import EngineSampler
from gymtests.training.scripted import InProcessPool, ScriptedEngine


class Talk(DialogueEnv):
    def reply(self, task, turns):
        dice = digest(task.id, *turns)
        return Reward((dice % 11) / 10) if dice % 3 == 0 else Observation(f"{dice} you say"[: dice % 40])


ENV = Talk(Chains("train"), max_turns=4)


class LatePool(InProcessPool):
    """Answers an episode at a poll that the dice decide; asked to wait, the next of them."""

    def __init__(self, env, dice=0):
        super().__init__(env)
        self.dice = dice
        self.polls = 0
        self.due = []

    @property
    def pending(self):
        return len(self.due)

    def submit(self, key, episode):
        late = digest(self.dice, *episode.turns) % 30
        self.due.append((self.polls + late, key, self.respond([episode])[0]))

    def poll(self, timeout=0.0):
        self.polls = min(self.due)[0] if timeout is None and self.due else self.polls + 1
        told = sorted(entry for entry in self.due if entry[0] <= self.polls)
        self.due = [entry for entry in self.due if entry[0] > self.polls]
        return [(key, answer) for _, key, answer in told]


def fresh(count=16, tokens=12):
    tasks = [ENV.tasks.task(seed) for seed in range(count)]
    samplings = (Sampling(tokens), Sampling(tokens, temperature=0.0))
    return [Transcript(task.id, ENV.messages(task), seed, samplings[seed % 5 == 4]) for seed, task in enumerate(tasks)]


def lock_step(sampler, episodes):
    """The oracle: batches of the turns that are drawn alike, all answers, the next round."""
    while live := [episode for episode in episodes if episode.reward is None]:
        for sampling in dict.fromkeys(episode.sampling for episode in episodes):
            batch = [episode for episode in live if episode.sampling == sampling]
            for episode, turn in zip(batch, sampler.sample([e.request for e in batch], sampling, print), strict=True):
                episode.say(turn)
        for episode in live:
            answer = InProcessPool(ENV).respond([episode.so_far()])[0]
            episode.end(answer) if isinstance(answer, Reward) else episode.hear(answer.text)
    return episodes


@pytest.fixture(scope="module", params=["scripted", "transformers"])
def sampler(request, tiny):
    if request.param == "scripted":
        return EngineSampler(ScriptedEngine(), tiny.renderer)
    policy = copy.copy(tiny)
    policy.model = copy.deepcopy(tiny.model)
    return EngineSampler(make_engine("transformers", policy, max_model_len=512), tiny.renderer)


@pytest.fixture(scope="module")
def in_lock_step(sampler):
    return lock_step(sampler, fresh())


def said(episodes):
    return [[(turn.token_ids, turn.heard_ids, turn.finish_reason) for turn in one.turns] for one in episodes]


@settings(max_examples=3, deadline=None)
@given(st.integers(0, 10**6))
def test_rounds_are_lock_step_to_the_bit_whenever_answers_come(sampler, in_lock_step, dice):
    episodes = fresh()
    EpisodePlayer(sampler, LatePool(ENV, dice)).play(episodes)
    assert episodes == in_lock_step  # log-probs among it


@settings(max_examples=3, deadline=None)
@given(st.integers(0, 10**6))
def test_at_their_own_pace_episodes_say_the_same(sampler, in_lock_step, dice):
    episodes, heard = fresh(), []
    EpisodePlayer(
        sampler, LatePool(ENV, dice), on_progress=lambda *report: heard.append(report), rollouts="streaming"
    ).play(episodes)
    assert said(episodes) == said(in_lock_step)
    assert [episode.reward for episode in episodes] == [episode.reward for episode in in_lock_step]
    counts = [done for what, done, total in heard if (what, total) == ("episodes", 16)]
    assert counts == sorted(counts) and counts[-1] == 16


def test_streaming_the_same_answers_at_the_same_steps_gives_the_same_bits(sampler):
    first, again = fresh(), fresh()
    for episodes in (first, again):
        EpisodePlayer(sampler, LatePool(ENV, 7), rollouts="streaming").play(episodes)
    assert first == again


def test_streaming_nobody_waits_for_the_slowest(tiny):
    """One episode's first answer comes last of all: the others have come to their ends by then."""

    class Stuck(InProcessPool):
        def poll(self, timeout=0.0):
            held = [told for told in self.answers if told[0] == 0 and timeout == 0.0]
            answers = [told for told in self.answers if told not in held]
            self.answers = held
            return answers

    heard = []
    episodes = fresh()
    engine = ScriptedEngine()
    pool = Stuck(ENV)
    EpisodePlayer(
        EngineSampler(engine, tiny.renderer), pool, on_progress=lambda *r: heard.append(r), rollouts="streaming"
    ).play(episodes)
    turns = len(episodes[0].turns)
    assert [done for _, done, _ in heard][-2 * turns - 1 :].count(15) >= 2 * (turns - 1)


def test_a_sampler_of_whole_batches_is_told_so_before_anything_is_sampled():
    class Whole:
        def check(self, requests, sampling):
            pass

        def sample(self, requests, sampling, on_sampled):
            raise AssertionError

    with pytest.raises(UsageError, match="whole batches only: leave out --rollouts streaming"):
        EpisodePlayer(Whole(), InProcessPool(ENV), rollouts="streaming")
