"""Our environments as servers in OpenEnv's form: what goes over the wire, who may ask, and OpenEnv's own client."""

import contextlib
import json
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

import envs
from envs import Observation, Reward
from gymtests.bridged.secret_env import SECRET
from gymtests.places import ROOT, SUPPORT, environment

pytest.importorskip("starlette", reason="needs `pip install starlette`")
pytest.importorskip("uvicorn", reason="needs `pip install uvicorn`")
pytest.importorskip("websockets.sync.client", reason="needs `pip install websockets`")

from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

ENV = str(SUPPORT / "gymtests" / "bridged" / "secret_env.py")
TOKEN = "only-mine"


def started(*args, **variables):
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", "env", "serve", *map(str, args), "--port", "0"],
        cwd=ROOT, env=environment(**variables), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    line = process.stdout.readline()
    return process, line.split()[-1] if line else pytest.fail(process.stderr.read())


@pytest.fixture(scope="module")
def url():
    process, address = started(ENV, "--deadline", "1", "--sessions", "3", OPENENV_TOKEN=TOKEN)
    yield address
    process.terminate()
    process.communicate()


class Raw:
    """A client that sees every frame."""

    def __init__(self, url, token=TOKEN, **headers):
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        self.held = contextlib.ExitStack()
        opened = connect(url.replace("http", "ws") + "/ws", additional_headers=headers, proxy=None)
        self.socket = self.held.enter_context(opened)
        self.frames = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.held.close()

    def ask(self, kind, data=None):
        self.send(json.dumps({"type": kind, "data": {} if data is None else data}))
        return self.heard()

    def send(self, raw):
        self.socket.send(raw)

    def heard(self):
        self.frames.append(self.socket.recv(timeout=60))
        return json.loads(self.frames[-1])


def page(url, path, body=None, **headers):
    headers = {"Authorization": f"Bearer {TOKEN}", **headers}
    data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url + path, data, headers), timeout=60) as reply:
            return reply.status, json.loads(reply.read())
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_an_episode_is_reset_and_stepped_to_the_judges_reward(url):
    with Raw(url) as raw:
        first = raw.ask("reset", {"seed": 4, "episode_id": "mine"})["data"]
        assert first["observation"]["text"] == "Question 4" and (first["reward"], first["done"]) == (None, False)
        assert first["metadata"] == {"seed": 4, "messages": [{"role": "user", "content": "Question 4"}]}
        heard = raw.ask("step", {"text": "a"})["data"]
        assert heard == {"observation": {"text": "heard a", "metadata": {}}, "reward": None, "done": False}
        ended = raw.ask("step", {"text": "right", "metadata": {"x": 1}})["data"]
        verdict = {"status": "ok", "outcome": "judged", "parts": {"right": 1.0}, "truncated": False}
        assert (ended["reward"], ended["done"], ended["metadata"]) == (1.0, True, verdict)
        assert raw.ask("state") == {"type": "state", "data": {"episode_id": "mine", "step_count": 2}}
        assert raw.ask("step", {"text": "more"})["data"]["code"] == "EXECUTION_ERROR"


VERDICTS = {"right": (1.0, "ok"), "wrong": (0.0, "ok"), "hang": (0.0, "timeout"), "raise": (None, "unscorable"),
            "die": (None, "unscorable"), "nan": (None, "unscorable")}  # fmt: skip


@pytest.mark.parametrize("said", VERDICTS)
def test_the_judge_is_killable_and_what_we_cause_is_no_reward(said, url):
    with Raw(url) as raw:
        raw.ask("reset", {"seed": 1})
        raw.ask("step", {"text": "x"})
        ended = raw.ask("step", {"text": said})["data"]
        assert (ended["reward"], ended["metadata"]["status"]) == VERDICTS[said] and ended["done"]
        assert raw.ask("reset", {"seed": 2})["data"]["observation"]["text"] == "Question 2"


def test_the_gold_never_leaves_the_server(url):
    with Raw(url) as raw:
        for said in VERDICTS:
            raw.ask("reset", {"seed": 3})
            raw.ask("step", {"text": "x"})
            raw.ask("step", {"text": said})
        raw.ask("state")
        assert len(raw.frames) == 3 * len(VERDICTS) + 1 and not any(SECRET in frame for frame in raw.frames)
    pages = [page(url, path) for path in ("/metadata", "/schema", "/state", "/health")]
    pages += [page(url, "/reset", {"seed": 3}), page(url, "/step", {"seed": 3, "action": {"text": "x"}})]
    assert [status for status, _ in pages] == [200, 200, 200, 200, 200, 409] and SECRET not in repr(pages)


MESSAGES = {
    "nonsense": "INVALID_JSON", "[" * 9_999: "INVALID_JSON", '{"type":"step","data":{"text":NaN}}': "INVALID_JSON",
    "[]": "VALIDATION_ERROR", "3": "VALIDATION_ERROR", '{"type":"step","data":3}': "VALIDATION_ERROR",
    '{"type":"dance"}': "UNKNOWN_TYPE", '{"type":["step"]}': "UNKNOWN_TYPE",
    '{"type":"reset","data":{"seed":-1}}': "VALIDATION_ERROR",
    '{"type":"reset","data":{"seed":true}}': "VALIDATION_ERROR",
    '{"type":"reset","data":{"seed":9999999999999999999999}}': "VALIDATION_ERROR",
    '{"type":"reset","data":{"episode_id":7}}': "VALIDATION_ERROR", '{"type":"step","data":{}}': "VALIDATION_ERROR",
    '{"type":"step","data":{"text":"a","gold":1}}': "VALIDATION_ERROR",
    '{"type":"step","data":{"text":"a"}}': "EXECUTION_ERROR",
}  # fmt: skip


def test_a_message_that_is_none_is_named_and_the_session_goes_on(url):
    with Raw(url) as raw:
        for message, code in MESSAGES.items():
            raw.send(message)
            assert raw.heard()["data"]["code"] == code, message[:50]
        assert raw.ask("reset", {"seed": 5})["data"]["observation"]["text"] == "Question 5"
        assert raw.ask("step", {"text": "\ud800" * 3})["data"]["done"] is False
        long = raw.ask("step", {"text": "x" * 1_200_000})["data"]
        assert (long["reward"], long["metadata"]["outcome"]) == (0.0, "too_long")


def test_a_server_that_is_full_says_so_and_has_room_again(url):
    open_now = [Raw(url) for _ in range(3)]
    for raw in open_now:
        raw.ask("reset")
    with Raw(url) as turned_away:
        assert turned_away.heard()["data"]["code"] == "CAPACITY_REACHED"
    for raw in open_now:
        raw.send('{"type":"close"}')
        with pytest.raises(Exception, match="1000"):
            raw.socket.recv(timeout=60)
        raw.held.close()
    with Raw(url) as raw:
        assert raw.ask("reset")["type"] == "observation"


def test_tasks_without_a_seed_come_one_after_the_other(url):
    with Raw(url) as one, Raw(url) as other:
        seeds = [raw.ask("reset")["data"]["metadata"]["seed"] for raw in (one, other, one)]
    assert seeds == list(range(seeds[0], seeds[0] + 3))


def test_only_who_has_the_token_comes_in_and_no_web_page(url):
    for token, headers in (("", {}), ("wrong", {}), (TOKEN, {"Origin": "http://evil.example"})):
        with pytest.raises(InvalidStatus):
            Raw(url, token, **headers)
        assert page(url, "/schema", Authorization=f"Bearer {token}", **headers)[0] == 401
    assert page(url, "/health", Authorization="")[0] == 200


def test_bodies_over_http_are_bounded_and_read_strictly(url):
    assert page(url, "/reset", b" " * (4 * 2**20 + 1))[0] == 422
    assert [page(url, "/reset", body)[0] for body in (b"[]", b"{", b"\xff", {"seed": "7"}, {})] == [422] * 4 + [200]
    assert page(url, "/step", {"action": {"text": "x"}})[0] == 409


def test_our_own_bridge_trains_on_what_is_served(url, monkeypatch):
    monkeypatch.setenv("OPENENV_TOKEN", TOKEN)
    env = envs.make("openenv", url=url, seeds=10, divide="seed", max_turns=3)
    task = env.tasks.task(0)
    assert task.prompt == f"Question {task.gold['seed']}"
    assert env.respond(task, ("a",)) == Observation("heard a")
    parts = {"return": 1.0, "steps": 2.0}
    assert env.respond(task, ("a", "right")) == Reward(1.0, parts, outcome="ended")
    assert env.respond(task, ("a", "raise")).outcome == "server_fault"


def test_ctrl_c_ends_it_and_its_workers_even_while_one_hangs():
    process, address = started(ENV, "--deadline", "600", "--workers", "1")
    workers = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True).stdout
    with Raw(address, token="") as raw:
        assert raw.ask("reset", {"seed": 7})["data"]["observation"]["text"] == "Question 7"
        raw.send('{"type":"step","data":{"text":"hang"}}')
        assert page(address, "/health")[0] == 200
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130 and "Traceback" not in err
    alive = subprocess.run(["ps", "-o", "stat=", "-p", ",".join(workers.split())], capture_output=True, text=True)
    assert workers.split() and not re.search(r"^[^Z]", alive.stdout, re.MULTILINE)


@pytest.mark.parametrize(
    ("args", "line"),
    [
        (["mth"], "did you mean 'math'?"),
        (["math", "--split", "tset"], "no split 'tset'"),
        (["math", "--host", "0.0.0.0"], "set a token in OPENENV_TOKEN, or say --open"),
        (["math", "--host", "203.0.113.7", "--open"], "cannot serve at 203.0.113.7:8000"),
    ],
)
def test_what_cannot_be_served_is_one_line(args, line, grpo):
    code, _, err = grpo("env", "serve", *args)
    assert code == 2 and line in err and err.count("\n") == 1


def test_a_port_that_is_taken_is_one_line(grpo):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, out, err = grpo("env", "serve", "math", "--port", taken.getsockname()[1])
    assert code == 2 and "try --port 0 for a free one" in err and (out, err.count("\n")) == ("", 1)


@pytest.mark.parametrize("package", ["starlette", "uvicorn", "websockets"])
def test_a_package_that_is_absent_is_named_with_its_extra(package, grpo, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    code, _, err = grpo("env", "serve", "math")
    assert code == 2 and f"the package {package}: pip install 'grpo-gym[openenv]'" in err


def test_openenvs_own_client_gets_the_local_scores(url):
    core = pytest.importorskip("openenv.core", reason="needs `pip install openenv`, in an environment of its own")
    headers = {"Authorization": f"Bearer {TOKEN}"}
    env = envs.make(ENV)
    with core.GenericEnvClient(base_url=url, headers=headers).sync() as client:
        for seed, turns in enumerate([("a", "right"), ("b", "wrong"), ("c", "right"), ("\x00", "")]):
            assert client.reset(seed=seed).observation["text"] == env.reset(seed=seed)[0]
            for turn in turns:
                text, score, ended, _, info = env.step(turn)
                result = client.step({"text": turn})
                assert (result.observation["text"], result.done) == (text, ended)
            assert (result.reward, result.metadata["parts"]) == (score, info["parts"])
            with pytest.raises(RuntimeError, match="no episode is on"):
                client.step({"text": "more"})
        assert client.state()["step_count"] == 2
