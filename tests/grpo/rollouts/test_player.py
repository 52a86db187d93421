"""The player alone: whoever samples and whoever keeps a record, the same episodes come to the same end."""

import copy
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from envs import DialogueEnv, Observation, Reward, RunError, Status
from envs.builtin.dialogues.chain import Chains
from envs.core.sources.procedural import digest
from grpo.engines import Sampling
from grpo.rollouts.episodes import EpisodePlayer, Record, Transcript
from grpo.rollouts.sampler import EngineSampler, Sampled
from gymtests.training.scripted import InProcessPool, ScriptedEngine

HOT, COLD = Sampling(6), Sampling(6, temperature=0.0)


class Talk(DialogueEnv):
    """Goes on, or ends with a score, as the words decide."""

    def reply(self, task, turns):
        dice = digest(task.id, *turns)
        return Reward((dice % 11) / 10) if dice % 3 == 0 else Observation(f"{dice} you say"[: dice % 40])


ENV = Talk(Chains("train"), max_turns=4)
POOL = InProcessPool(ENV)


class Speaker:
    """Says words of its request's seed; `faults` says for (sample's seed, turn) how a turn ends instead."""

    def __init__(self, faults=None):
        self.faults = faults or {}
        self.calls = []

    def check(self, requests, sampling):
        pass

    def sample(self, requests, sampling, on_sampled):
        self.calls.append((sampling, list(requests)))
        turns = [self.turn(request) for request in requests]
        for index in reversed(range(len(turns))):  # in an order of its own
            on_sampled(index, turns[index])
        return turns

    def turn(self, request):
        reason = self.faults.get((request.task_id, len(request.past)), "stop")
        text = "" if reason in ("failed", "context") else f"word {request.seed}"
        return Sampled(text, 2, reason, "the line is dead" if reason == "failed" else "")

    @property
    def requests(self):
        return [request for _, requests in self.calls for request in requests]


def fresh(count=6, samplings=(HOT, COLD)):
    tasks = [ENV.tasks.task(seed) for seed in range(count)]
    return [
        Transcript(task.id, ENV.messages(task), seed, samplings[seed % len(samplings)])
        for seed, task in enumerate(tasks)
    ]


def play(episodes, sampler, record=None):
    EpisodePlayer(sampler, POOL, record).play(episodes)
    return episodes


class Tape(Record):
    """Keeps the whole state of all episodes after everything that happens."""

    def __init__(self, episodes):
        self.episodes = episodes
        self.states = [copy.deepcopy(episodes)]

    def keep(self, episode):
        self.states.append(copy.deepcopy(self.episodes))

    said = heard = ended = keep


faults = st.dictionaries(
    st.tuples(st.sampled_from([episode.task_id for episode in fresh()]), st.integers(0, 3)),
    st.sampled_from(["failed", "context", "length"]),
)


@settings(max_examples=60, deadline=None)
@given(faults, st.integers(0, 10**6))
@example({(fresh()[4].task_id, 0): "failed"}, 1)  # stopped between a failed turn and its verdict
def test_played_on_from_any_moment_of_its_record_an_episode_ends_the_same(faults, chance):
    episodes = fresh()
    tape, whole = Tape(episodes), Speaker(faults)
    play(episodes, whole, tape)
    moment = chance % len(tape.states)
    rest = Speaker(faults)
    again = play(copy.deepcopy(tape.states[moment]), rest)
    assert again == episodes
    said = sum(len(episode.turns) for episode in tape.states[moment])
    assert len(rest.requests) <= len(whole.requests) - said  # nothing that was said is sampled again
    assert all(request in whole.requests for request in rest.requests)


@settings(max_examples=60, deadline=None)
@given(faults)
def test_every_episode_ends_once_and_says_how(faults):
    for episode in play(fresh(), Speaker(faults)):
        assert episode.reward is not None and len(episode.observations) == len(episode.turns) - 1
        last = faults.get((episode.task_id, len(episode.turns) - 1), "stop")
        cut = faults.get((episode.task_id, len(episode.turns)), "stop")
        if last == "failed" or (last == "context" and len(episode.turns) == 1):  # no room for even the first turn
            assert episode.finish_reason == "failed" and episode.reward.outcome == "sampler_fault"
            assert episode.reward.status is Status.UNSCORABLE and episode.reward.reason == episode.turns[-1].error != ""
        elif episode.reward.truncated:
            assert episode.finish_reason == ("turns" if len(episode.turns) == ENV.max_turns else "context")
            assert cut == "context" or len(episode.turns) == ENV.max_turns
        else:
            assert episode.finish_reason == last
            words = [turn.text for turn in episode.turns]
            assert episode.reward == ENV.respond(ENV.tasks.get(episode.task_id), words)


@settings(max_examples=30, deadline=None)
@given(faults)
def test_the_environment_is_told_of_a_turn_that_was_cut(faults):
    asked = []

    class Hearing(InProcessPool):
        def submit(self, key, episode):
            asked.append(episode)
            super().submit(key, episode)

    EpisodePlayer(Speaker(faults), Hearing(ENV)).play(fresh())
    assert asked
    for episode in asked:
        assert episode.cut == (faults.get((episode.task_id, len(episode.turns) - 1)) == "length")


def test_turns_drawn_alike_are_drawn_together_and_the_others_apart():
    speaker = Speaker()
    play(fresh(6, (HOT, COLD, HOT)), speaker)
    rounds = [sampling for sampling, _ in speaker.calls]
    assert rounds[:2] == [HOT, COLD] and all(a != b for a, b in zip(rounds, rounds[1:], strict=False))
    for sampling, requests in speaker.calls:
        assert all(
            (request.task_id in {e.task_id for e in fresh(6)[1::3]}) == (sampling == COLD) for request in requests
        )
        assert len(requests) == len({request.task_id for request in requests})


class Silent(Speaker):
    def sample(self, requests, sampling, on_sampled):
        return super().sample(requests, sampling, lambda *_: None)


class Short(Speaker):
    def sample(self, requests, sampling, on_sampled):
        return [self.turn(request) for request in requests[1:]]


def test_a_sampler_that_tells_only_at_the_end_loses_nothing_and_one_that_forgets_is_found_out():
    assert play(fresh(), Silent()) == play(fresh(), Speaker())
    with pytest.raises(RunError, match="2 of 3 turns"):
        play(fresh(), Short())


def test_progress_never_goes_back_and_ends_with_all_of_them():
    heard = []
    EpisodePlayer(Speaker(), POOL, on_progress=lambda *report: heard.append(report)).play(fresh(12))
    assert {total for what, _, total in heard if what in ("generate", "verify")} == {12}
    kinds = {what for what, _, _ in heard}
    assert {"generate, turn 2", "verify, turn 2"} < kinds
    for what in kinds:
        counts = [(count, total) for kind, count, total in heard if kind == what]
        assert [count for count, _ in counts] == list(range(1, counts[-1][1] + 1)), "one by one, up to all of them"


def test_turns_read_back_without_the_environments_tokens_are_gone_on_from_alike(tiny):
    engine = ScriptedEngine()
    sampler = EngineSampler(engine, tiny.renderer)
    episodes = fresh(8, (HOT,))
    tape = Tape(episodes)
    play(episodes, sampler, tape)
    assert any(turn.heard_ids for episode in episodes for turn in episode.turns)
    seen = {tuple(prompt) for call in engine.calls for prompt in call}
    for state in tape.states[:: len(tape.states) // 7]:
        for episode in state:
            episode.turns = [replace(turn, heard_ids=(), logprobs=()) for turn in episode.turns]
        other = ScriptedEngine()
        play(state, EngineSampler(other, tiny.renderer))
        assert {tuple(prompt) for call in other.calls for prompt in call} <= seen
        assert [episode.text for episode in state] == [episode.text for episode in episodes]
