"""Evals of episodes of several turns: through engines and endpoints, killed at any turn, the same in the end."""

import re

import pytest

from envs.core.errors import UsageError
from envs.core.registry import EnvSpec
from evals.evaluator import EvalSettings, Evaluator
from evals.results.result import EvalResult
from evals.sampling.endpoint import EndpointSampler
from grpo.engines.base import Sampling
from grpo.rollouts.episodes import EpisodePlayer, Transcript
from grpo.rollouts.sampler import EngineSampler, Exchange, Request, Sampled
from gymtests.evaluating.chat_server import ChatServer

GUESS = EnvSpec("guess", {"levels": 1})
GAMES = EvalSettings(tasks=6, samples=3, max_tokens=8)


@pytest.fixture(scope="module")
def evaluator():
    with Evaluator(GUESS, GAMES) as evaluator:
        yield evaluator


def guess_from(chat, seed):
    """Halves what is left, or, for some seeds, says what is no guess."""
    low, high = map(int, re.search(r"from (\d+) to (\d+)", chat[0]["content"]).groups())
    for message in chat[2::2]:
        if found := re.match(r"(Higher|Lower) than (\d+)", message["content"]):
            low, high = (int(found[2]) + 1, high) if found[1] == "Higher" else (low, int(found[2]) - 1)
    return "hm" if seed % 5 == 0 else f"<answer>{(low + high) // 2}</answer>"


class Guesser:
    """Plays `guess` by its seeds; stops after so many turns."""

    def __init__(self, stop_after=None):
        self.stop_after = stop_after
        self.requests = []

    def check(self, requests, sampling):
        pass

    def sample(self, requests, sampling, on_sampled):
        return [self._one(i, request, on_sampled) for i, request in enumerate(requests)]

    def _one(self, index, request, on_sampled):
        if len(self.requests) == self.stop_after:
            raise KeyboardInterrupt
        self.requests.append(request)
        ids = tuple(request.seed % 97 + i for i in range(3))
        sampled = Sampled(guess_from(request.chat, request.seed), 3, "stop", token_ids=ids)
        on_sampled(index, sampled)
        return sampled


def test_a_game_is_played_to_its_end(evaluator):
    guesser = Guesser()
    result = evaluator.run(guesser)
    assert len(result.samples) == 24
    for sample in result.samples:
        assert 1 <= sample.turns <= 3 and sample.tokens == 3 * sample.turns
        assert sample.completion.count("[environment]") == sample.turns - 1
        assert sample.passed == (sample.score == 1.0) == (sample.outcome == "found")
        assert sample.turns == 3 or sample.passed
    assert len(guesser.requests) == sum(sample.turns for sample in result.samples)
    assert len({request.seed for request in guesser.requests}) == len(guesser.requests)
    assert 0 < result.summary["pass@1"] < 1
    drawn = [sample.turns for sample in result.samples if not sample.greedy]
    assert result.summary["mean_turns"] == pytest.approx(sum(drawn) / len(drawn))


@pytest.mark.parametrize("stop_after", [1, 17, 18, 19, 25, 40, 41])
def test_an_eval_killed_at_any_turn_goes_on_with_the_next(evaluator, tmp_path, stop_after):
    journal = tmp_path / "journal.jsonl"
    whole = Guesser()
    expected = evaluator.run(whole, model={"name": "m"})
    with pytest.raises(KeyboardInterrupt):
        evaluator.run(Guesser(stop_after), model={"name": "m"}, journal=journal)
    rest = Guesser()
    assert evaluator.run(rest, model={"name": "m"}, journal=journal).samples == expected.samples
    assert len(rest.requests) == len(whole.requests) - stop_after
    asked_twice = {(r.task_id, r.seed) for r in rest.requests}
    again = {(r.task_id, r.seed): r.past for r in whole.requests if (r.task_id, r.seed) in asked_twice}
    assert {(r.task_id, r.seed): r.past for r in rest.requests} == again  # tokens and all
    cached = Guesser()
    assert evaluator.run(cached, model={"name": "m"}, journal=journal).samples == expected.samples
    assert not cached.requests


def test_a_journal_with_holes_costs_what_follows_on_them(evaluator, tmp_path):
    journal = tmp_path / "journal.jsonl"
    expected = evaluator.run(Guesser(), model={"name": "m"}, journal=journal).samples
    lines = journal.read_text().splitlines()
    for hole in range(1, len(lines), 7):
        damaged = [*lines[:hole], '{"place": [1]}', *lines[hole + 1 :]]
        journal.write_text("\n".join(damaged) + "\n")
        assert evaluator.run(Guesser(), model={"name": "m"}, journal=journal).samples == expected


def test_saved_and_loaded_is_the_same(evaluator, tmp_path):
    result = evaluator.run(Guesser()).save(tmp_path / "e")
    assert EvalResult.load(tmp_path / "e").samples == result.samples


def test_an_endpoint_is_told_the_whole_chat(evaluator):
    def answer(body):
        return guess_from(body["messages"], seed=1)

    with ChatServer(answer=answer) as server:
        result = evaluator.run(EndpointSampler(server.name))
        assert result.summary["pass@1"] == 1.0
        roles = {tuple(message["role"] for message in body["messages"]) for body in server.bodies}
    talk = ("user", "assistant")
    assert {("user",), (*talk, "user"), (*talk, *talk, "user")} >= roles and len(roles) > 1


def test_an_endpoint_whose_context_is_full_cuts_the_episode(evaluator):
    def one(fault, past):
        with ChatServer([fault]) as server:
            request = Request("t", [{"role": "user", "content": "say 1"}], 3, past)
            (sampled,) = EndpointSampler(server.name).sample([request], Sampling(9), lambda *_: None)
        return sampled.finish_reason

    past = (Exchange(Sampled("a", 1, "stop"), "b"),)
    full = {"error": {"message": "This model's maximum context length is 4096 tokens"}}
    assert one((400, full), past) == "context" and one((400, full), ()) == "failed"
    assert one(400, past) == "failed"


def test_a_sampler_that_gives_up_half_way_is_our_fault(evaluator):
    class Down(Guesser):
        def _one(self, index, request, on_sampled):
            if not request.past:
                return super()._one(index, request, on_sampled)
            sampled = Sampled("", 0, "failed", "the endpoint is down")
            on_sampled(index, sampled)
            return sampled

    result = evaluator.run(Down())
    lost = [sample for sample in result.samples if sample.turns > 1]
    assert lost and {sample.reason for sample in lost} == {"the endpoint is down"}
    assert result.summary["unscorable"] == len(lost)


@pytest.fixture(scope="module")
def tiny():
    torch = pytest.importorskip("torch")
    from grpo.policy.model import load_policy

    torch.set_num_threads(1)
    return load_policy("builtin:tiny")


@pytest.fixture
def scripted():
    from gymtests.training.scripted import ScriptedEngine

    return ScriptedEngine


def test_eval_and_training_play_the_same_tokens(evaluator, tiny, scripted):
    ours, theirs = scripted(), scripted()
    result = evaluator.run(EngineSampler(ours, tiny.renderer))
    slots = [slot for slot in evaluator._slots() if not slot.greedy]
    episodes = [Transcript(slot.task_id, slot.messages, slot.seed, Sampling(8)) for slot in slots]
    EpisodePlayer(EngineSampler(theirs, tiny.renderer), evaluator._verifiers()).play(episodes)
    drawn = [sample for sample in result.samples if not sample.greedy]
    assert [sample.completion for sample in drawn] == [episode.text for episode in episodes]
    assert [sample.score for sample in drawn] == [episode.reward.score for episode in episodes]
    assert {tuple(p) for call in theirs.calls for p in call} <= {tuple(p) for call in ours.calls for p in call}


def test_a_full_context_cuts_the_episode(tiny, scripted):
    with Evaluator(GUESS, EvalSettings(tasks=4, samples=2, max_tokens=8)) as evaluator:
        longest = max(len(tiny.renderer.prompt_ids(slot.messages)) for slot in evaluator._slots())
        engine = scripted(max_model_len=longest + 8 + 20)
        result = evaluator.run(EngineSampler(engine, tiny.renderer))
        assert {sample.finish_reason for sample in result.samples} == {"context"}
        assert {sample.outcome for sample in result.samples} == {"unfinished"}
        assert result.summary["rates"]["truncated"] == 1.0 and result.summary["unscorable"] == 0
        assert all(len(prompt) + 8 <= engine.max_model_len for call in engine.calls for prompt in call)
        with pytest.raises(UsageError, match="does not fit"):
            evaluator.run(EngineSampler(scripted(max_model_len=20), tiny.renderer))


@pytest.mark.parametrize("name", ["guess", "calculator", "chain", "math"])
def test_the_oracle_is_the_gold(name):
    with Evaluator(EnvSpec(name), EvalSettings(tasks=8)) as evaluator:
        report = evaluator.gold()
    assert report.sound and report.checked == 8
