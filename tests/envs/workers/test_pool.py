"""The verifier pool: whatever a verifier does, the next item is right and the run goes on."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envs import EnvSpec, RunError, Status, UsageError
from envs.core.episode import Episode
from envs.workers.pool import VerifierPool, poll_all
from gymtests.places import PLANTED

PLANTED = EnvSpec(PLANTED)


@pytest.fixture(scope="module")
def pool():
    with VerifierPool(PLANTED, workers=2, deadline_s=0.5, memory_mb=512) as pool:
        yield pool


def test_results_come_back_in_order(pool):
    items = [(f"t{i % 10}", f"t{i % 10}" if i % 3 else "wrong") for i in range(500)]
    rewards = pool.score(items)
    assert [reward.score for reward in rewards] == [float(i % 3 != 0) for i in range(500)]
    assert rewards[1].parts == {"match": 1.0} and rewards[1].answer == "t1"


@pytest.mark.parametrize("fault", ["raise", "nan", "inf", "string", "none", "two", "bad-part", "die"])
def test_a_faulty_verifier_is_our_fault_and_the_others_are_scored(pool, fault):
    first, faulty, last = pool.score([("t1", "t1"), ("t1", fault), ("t2", "t2")])
    assert (first.score, last.score) == (1.0, 1.0)
    assert faulty.status is Status.UNSCORABLE and faulty.score == 0.0 and faulty.reason


@pytest.mark.parametrize("fault", ["hang", "spin"])
def test_a_hang_is_killed_and_counts_as_the_completions(pool, fault):
    rewards = pool.score([("t1", fault)] + [("t1", "t1")] * 40)
    assert rewards[0].status is Status.TIMEOUT and rewards[0].score == 0.0
    assert [reward.score for reward in rewards[1:]] == [1.0] * 40


def test_running_out_of_memory_scores_zero(pool):
    greedy, honest = pool.score([("t1", "memory"), ("t1", "t1")])
    assert greedy.status is Status.ERROR and greedy.score == 0.0
    assert honest.score == 1.0


def test_an_unknown_task_is_unscorable(pool):
    (reward,) = pool.score([("nope", "x")])
    assert reward.status is Status.UNSCORABLE and "nope" in reward.reason


def test_a_giant_completion_is_refused_without_taking_a_worker(pool):
    giant, honest = pool.score([("t1", "x" * 1_000_001), ("t1", "t1")])
    assert giant.status is Status.ERROR and giant.outcome == "too_long"
    assert honest.score == 1.0


def test_lone_surrogates_survive_the_trip(pool):
    (reward,) = pool.score([("t1", "surrogate")])
    assert reward.answer == "\udcff"
    assert pool.score([("t1", "\ud800\x00")])[0].score == 0.0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=20), max_size=12))
def test_any_text_gets_a_verdict(pool, texts):
    rewards = pool.score([("t3", text) for text in texts])
    assert len(rewards) == len(texts)
    assert all(reward.status is Status.OK for text, reward in zip(texts, rewards, strict=True) if len(text) > 9)


def test_every_result_is_announced_once(pool):
    seen = []
    pool.score([("t1", "t1")] * 30 + [("t1", "hang")], on_result=lambda index, reward: seen.append(index))
    assert sorted(seen) == list(range(31))


def test_it_works_off_the_main_thread(pool):
    results = []
    thread = threading.Thread(target=lambda: results.extend(pool.score([("t1", "spin"), ("t1", "t1")])))
    thread.start()
    thread.join()
    assert [reward.status for reward in results] == [Status.TIMEOUT, Status.OK]


def test_a_killed_worker_and_a_killed_server_are_replaced(pool):
    os.kill(pool._workers[0].pid, 9)
    assert [reward.score for reward in pool.score([("t1", "t1")] * 50)] == [1.0] * 50
    pool._server.kill()
    pool._server.wait()
    assert [reward.score for reward in pool.score([("t1", "t1")] * 50 + [("t1", "hang")])][:50] == [1.0] * 50


def _alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_nothing_outlives_a_killed_trainer():
    program = (
        "import sys, threading\n"
        "from envs import EnvSpec\n"
        "from envs.workers.pool import VerifierPool\n"
        f"pool = VerifierPool(EnvSpec({PLANTED.name!r}), workers=2, deadline_s=60)\n"
        "print(pool._server.pid, *[w.pid for w in pool._workers], flush=True)\n"
        "pool.score([('t1', 'spin'), ('t1', 'spin')])\n"
    )
    trainer = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    pids = [int(word) for word in trainer.stdout.readline().split()]
    assert all(_alive(pid) for pid in pids)
    trainer.kill()
    trainer.wait()
    end = time.monotonic() + 20
    while any(_alive(pid) for pid in pids) and time.monotonic() < end:
        time.sleep(0.02)
    assert not any(_alive(pid) for pid in pids)


def test_an_environment_that_cannot_be_built_is_said_at_once():
    with pytest.raises(UsageError, match="did you mean 'math'"):
        VerifierPool(EnvSpec("maths"))
    with pytest.raises(UsageError, match="takes no argument"):
        VerifierPool(EnvSpec(PLANTED.name, {"colour": "red"}))
    with pytest.raises(UsageError, match="at least 1 worker"):
        VerifierPool(PLANTED, workers=0)


def test_a_server_that_cannot_start_is_a_run_error(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(RunError, match="did not start"):
        VerifierPool(PLANTED)


def test_a_batch_given_up_in_its_middle_is_asked_of_nobody_any_more(pool):
    def give_up(index, result):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pool.score([(f"t{n % 10}", "x") for n in range(40)], give_up)
    assert [reward.score for reward in pool.score([("t1", "t1"), ("t2", "x")])] == [1.0, 0.0]


def test_answers_come_as_they_are_known_and_nobody_waits_behind_a_slow_one():
    with VerifierPool(PLANTED, workers=2, deadline_s=30) as pool:
        pool._most_held = 1  # as in an environment of several turns
        for key in range(12):
            pool.submit(key, Episode(f"t{key % 10}", ("hang" if key == 3 else f"t{key % 10}",)))
        told = {}
        while len(told) < 11:
            told.update(pool.poll(None))
        assert pool.pending == 1 and 3 not in told
        assert all(answer.score == 1.0 for answer in told.values())
        pool.cancel()
        assert not pool.pending and pool.poll(None) == []
        assert pool.score([("t1", "t1")])[0].score == 1.0


def test_two_pools_are_waited_for_together(pool):
    with VerifierPool(PLANTED, deadline_s=30) as other:
        pool.submit(1, Episode("t1", ("hang",)))
        other.submit(2, Episode("t1", ("t1",)))
        ((key, answer),) = poll_all([pool, other], None)
        assert (key, answer.score) == (2, 1.0)
        ((key, answer),) = poll_all([pool, other], None)
        assert (key, answer.status) == (1, Status.TIMEOUT)
