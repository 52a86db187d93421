import pytest

from envs.core.errors import UsageError
from evals.sampling.endpoint import EndpointSampler, parse_endpoint
from grpo.engines.base import Sampling
from grpo.policy.form import Shots
from grpo.rollouts.sampler import Request
from gymtests.evaluating.chat_server import ChatServer

SAMPLING = Sampling(max_tokens=9, temperature=0.5, top_p=0.9)


def requests(count):
    return [Request(f"t{i}", [{"role": "user", "content": f"say {i}"}], seed=i + 2**40) for i in range(count)]


def sample(server, count=1, **options):
    slept = []
    sampler = EndpointSampler(server.name, sleep=slept.append, **options)
    seen = []
    return sampler.sample(requests(count), SAMPLING, lambda i, s: seen.append((i, s))), slept, seen


def test_answers_come_back_in_order_with_the_sampling_asked_for():
    with ChatServer() as server:
        results, _, seen = sample(server, 40, shots=Shots(1, ((("q", "a"),),)))
        assert [result.text for result in results] == [str(i) for i in range(40)]
        assert sorted(i for i, _ in seen) == list(range(40))
        assert {result.tokens for result in results} == {5} and {result.finish_reason for result in results} == {"stop"}
        body = next(body for body in server.bodies if body["messages"][-1]["content"] == "say 3")
        assert (body["max_tokens"], body["temperature"], body["top_p"]) == (9, 0.5, 0.9)
        assert body["model"] == "served" and "top_k" not in body and 0 <= body["seed"] < 2**31
        assert [m["content"] for m in body["messages"]] == ["q", "a", "say 3"]
        assert len({body["seed"] for body in server.bodies}) == 40


@pytest.mark.parametrize(
    "fault",
    [500, 503, 429, "drop", b"not json", b"", [], {"choices": []}, {"choices": [{"message": None}]},
     {"choices": [{"message": {"content": 7}}]}, b"[" * 100_000],
)  # fmt: skip
def test_what_passes_is_tried_again(fault):
    with ChatServer([fault, fault]) as server:
        (result,), slept, _ = sample(server)
        assert result.text == "0" and len(server.bodies) == 3
        assert len(slept) == 2 and (fault != 429 or slept == [7.0, 7.0])


def test_what_does_not_pass_is_our_fault_and_says_why():
    with ChatServer([500] * 20) as server:
        (result,), slept, _ = sample(server, tries=4)
        assert result.finish_reason == "failed" and "HTTP 500" in result.error and "4 times" in result.error
        assert len(slept) == 3 and slept[2] > slept[0]


def test_a_refusal_is_not_repeated():
    with ChatServer([400]) as server:
        (result,), slept, _ = sample(server)
        assert result.finish_reason == "failed" and not slept and len(server.bodies) == 1


def test_nobody_home_is_one_clear_line():
    with ChatServer() as server:
        name = server.name
    with pytest.raises(UsageError, match="no endpoint answers"):
        EndpointSampler(name, timeout_s=2).check([], SAMPLING)


def test_a_model_it_does_not_have_is_named():
    with ChatServer() as server:
        EndpointSampler(server.name).check([], SAMPLING)
        with pytest.raises(UsageError, match="has no model 'other': it has served"):
            EndpointSampler(server.name.replace("#served", "#other")).check([], SAMPLING)


def test_the_key_is_sent_where_there_is_one(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "planted")
    with ChatServer() as server:
        sample(server)
        assert server.headers[0]["Authorization"] == "Bearer planted"


def test_the_pace_is_kept():
    with ChatServer() as server:
        _, slept, _ = sample(server, 4, per_minute=60, in_flight=1)
        assert sum(slept) > 2.5  # four requests a second apart, waited for by the fake clock


@pytest.mark.parametrize("name", ["openai:", "openai:http://x/v1", "openai:ftp://x#m", "openai:x#m"])
def test_endpoints_are_written_one_way(name):
    with pytest.raises(UsageError, match="openai:http://HOST"):
        parse_endpoint(name)
