"""`grpo push` to a stand-in of the hub's HTTP API: one commit of what may leave, or one line and nothing."""

import json
import re
import shutil

import pytest

from gymtests.hub.checkpointed import checkpointed
from gymtests.hub.hub_server import TOKEN, Repo
from gymtests.places import SUPPORT

OLD = SUPPORT / "gymtests" / "runs_of_old" / "lora-2-steps"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return checkpointed(tmp_path_factory.mktemp("runs") / "mine", 3)


def test_what_is_pushed_is_the_model_and_its_card(hub, run):
    code, out, err = hub.grpo("push", run, "lab/mine", "--private", "--json")
    assert code == 0, err
    pushed, files = json.loads(out), hub.files("lab/mine")
    assert pushed["pushed"] == f"lab/mine@{hub.head('lab/mine')}" and hub.repos["lab/mine"].private
    checkpoint = (run / "checkpoints" / "last").resolve()
    kept = {file.name: file.read_bytes() for file in checkpoint.iterdir() if file.is_file()}
    assert {name: data for name, data in files.items() if name in kept} == kept
    assert files.keys() - kept.keys() == {".gitattributes", "README.md", "grpo_training.json"}
    assert len(hub.repos["lab/mine"].branches["main"]) == 2  # one commit
    for name, data in files.items():
        assert TOKEN.encode() not in data and str(run.parent).encode() not in data, name
    assert TOKEN not in out + err and list(run.glob(".push*")) == []
    assert not any(TOKEN.encode() in file.read_bytes() for file in run.rglob("*") if file.is_file())


TWICE = """
from pathlib import Path
from envs.core.errors import UsageError
from evals.reporting.publish import push_run
from grpo import Run
from evals.sampling.policies import find_policy
from grpo.policy.adapter import saved_weights
from grpo.policy.model import load_policy
run, empty, said = Path({run!r}), Path({empty!r}), []
print(push_run(run, 'ada/tiny', with_state=True, revision='dev/1', say=said.append).name)
places = (str(run / 'checkpoints/step-000002'), 'ada/tiny@dev/1')
ours, theirs = (saved_weights(load_policy(name).model) for name in places)
assert ours.keys() == theirs.keys() and all(ours[name].equal(theirs[name]) for name in ours)
assert find_policy('ada/tiny@dev/1').base
print(Run(run).push('ada/tiny', merge=True, dtype='bfloat16', revision='dev/1'))
try:
    push_run(empty, 'ada/none', say=said.append)
except UsageError as error:
    print(error)
"""


@pytest.mark.slow
def test_a_later_push_leaves_nothing_of_an_earlier_one(hub, tmp_path):
    pytest.importorskip("peft")
    run, empty = shutil.copytree(OLD, tmp_path / "old"), checkpointed(tmp_path / "empty")
    code, out, err = hub.python(TWICE.format(run=str(run), empty=str(empty)))
    assert code == 0, err
    (_, first, earlier), (_, second, later) = hub.repos["ada/tiny"].branches["dev/1"][-2:]
    assert first == second == "Step 2 of a run with grpo-gym"
    state = {name for name in earlier if name.startswith("trainer_state/")}
    assert {"trainer_state/state.json", "trainer_state/optimizer.pt", "trainer_state/metrics.jsonl"} < state
    assert not any("rollouts" in name or "parquet" in name for name in earlier)
    assert "adapter_model.safetensors" in earlier and "model.safetensors" not in earlier
    assert "model.safetensors" in later and "adapter_model.safetensors" not in later
    assert not any(name.startswith("trainer_state/") for name in later)
    assert hub.files("ada/tiny", "main") == {".gitattributes": b""}
    assert "has no checkpoint yet" in out.splitlines()[-1] and "ada/none" not in hub.repos


@pytest.mark.parametrize(
    "name", ["../x", "tiny", "ada/tiny@main", "ada/../x", "/etc/passwd", "ada/a b", "ada/--x", "a/b/c"]
)
def test_a_name_that_is_none_is_said_before_anything_is_asked(grpo, run, name):
    code, _, err = grpo("push", run, "--", name)
    assert code == 2 and len(err.splitlines()) == 1 and "is no name of a repository" in err


def test_a_run_that_is_none_is_said_in_one_line(grpo, tmp_path):
    for words, says in [(["ada/x"], "holds no run"), (["ada/x", "--revision", "../y"], "is no name of a branch")]:
        code, _, err = grpo("push", tmp_path, *words)
        assert code == 2 and says in err and len(err.splitlines()) == 1


LOGIN = """
from envs.core.errors import UsageError
from grpo.runs.hub.upload import check_push
for repo in {repos}:
    try:
        check_push(repo)
        print('fine')
    except UsageError as error:
        print(error)
import sys
assert 'torch' not in sys.modules
"""


def test_a_login_that_will_not_do_is_told_for_what_it_is(hub):
    def said(*repos, **more):
        code, out, err = hub.python(LOGIN.format(repos=repos), **more)
        assert code == 0 and TOKEN not in out + err and "hf_wrong" not in out + err, err
        return out.splitlines()

    hub.faults = {"whoami": [500, 403, "drop", "hang"]}
    told = said(*["ada/x"] * 4, "ada/x", "lab/x", "bob/x", HF_HUB_ETAG_TIMEOUT="1")
    assert "the hub failed (500" in told[0] and "does not let this token write to ada/x (403" in told[1]
    assert "cannot be reached" in told[2] and "cannot be reached (it does not answer)" in told[3]
    assert told[4:6] == ["fine", "fine"] and "may not push to bob: push to ada/x, or log in" in told[6]
    assert "does not take the token (401" in said("ada/x", HF_TOKEN="hf_wrong")[0]
    assert "needs a login to the hub: log in with `hf auth login`, or set HF_TOKEN" in said("ada/x", HF_TOKEN="")[0]
    hub.role = "read"
    assert "the token is for reading alone" in said("ada/x")[0]
    assert "cannot be reached" in said("ada/x", HF_ENDPOINT="http://127.0.0.1:9")[0]
    assert "cannot be reached" in said("ada/x", HF_HUB_OFFLINE="1")[0]
    assert hub.repos == {}


UPLOAD = """
from pathlib import Path
import grpo.runs.hub.upload as upload
from envs.core.errors import UsageError
upload._SENDING_S = 1.0
for repo, private in {rounds}:
    try:
        done = upload.push_folder(Path({folder!r}), repo, private=private, message='m', say=lambda line: None)
        print(done.name)
    except UsageError as error:
        print(error)
"""


def test_a_hub_that_fails_on_the_way_is_said_in_one_line_and_nothing_is_pushed(hub, run):
    hub.repos["ada/x"] = Repo(private=False)
    stale = {name: b"" for name in ("adapter_config.json", "trainer_state/state.json", "model-1.safetensors")}
    earlier = hub.repos["ada/x"].commit("main", "earlier", {**stale, "notes.md": b"mine", "README.md": b"old"})
    hub.faults = {"preupload": [404], "lfs/objects": [403], "/commit/": [409, 503, "drop", "hang"]}
    rounds = [*[("ada/x", False)] * 7, ("ada/x", True), ("bob/x", False)]
    code, out, err = hub.python(UPLOAD.format(rounds=rounds, folder=str((run / "checkpoints" / "last").resolve())))
    assert code == 0 and TOKEN not in out + err and "\x1b" not in out, err
    told = out.splitlines()
    assert len(told) == len(rounds)
    for status, line in zip(("404", "403", "409", "503"), told[:4], strict=True):
        assert re.search(rf"\({status} planted", line), told
    assert "cannot be reached" in told[4] and "it does not answer" in told[5]
    assert told[6] == f"ada/x@{hub.head('ada/x')}" and hub.repos["ada/x"].branches["main"][-2][0] == earlier
    files = hub.files("ada/x")
    assert files["notes.md"] == b"mine" and "model.safetensors" in files and "model-1.safetensors" not in files
    assert "adapter_config.json" not in files and len([name for name in files if "state.json" in name]) == 1
    assert "ada/x is public already" in told[7] and "does not let this token write to bob/x (403" in told[8]


def test_a_hub_that_is_busy_for_ever_is_not_asked_for_ever(hub, run):
    hub.faults = {"repos/create": 409}
    hub.fault_message = "Cannot create repo: another conflicting operation is in progress"
    program = UPLOAD.format(rounds=[("ada/x", False)], folder=str((run / "checkpoints" / "last").resolve()))
    code, out, err = hub.python(program.replace("_SENDING_S = 1.0", "_ASKING = 0.2"), HF_HUB_ETAG_TIMEOUT="1")
    assert code == 0 and "cannot be reached (no answer within 0.2 s)" in out, out + err
