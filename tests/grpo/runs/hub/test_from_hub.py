"""`OWNER/NAME@REVISION` names a policy of the hub, pinned to a commit; a path with an @ is a path."""

import json
import shutil
import tomllib

import pytest

from grpo.policy.hub import HubName, hub_name, same_model
from grpo.policy.model import load_policy
from gymtests.hub.hub_server import Repo
from gymtests.places import TINY

SMALL = (
    "--engine", "transformers", "--tasks-per-step", "2", "--group-size", "2", "--max-tokens", "16", "--steps", "1",
    "--no-rehearsal", "--env-arg", "levels=1", "--eval-tasks", "0",
)  # fmt: skip


@pytest.fixture
def tiny(hub):
    """A repository whose main branch holds other weights than its branch v1, where the built-in policy is."""
    files = {file.name: file.read_bytes() for file in TINY.iterdir() if file.is_file() and file.name != "recipe.toml"}
    repo = hub.repos["Org/Tiny"] = Repo(private=False)
    repo.branches["v1"] = list(repo.branches["main"])
    hub.commit = repo.commit("v1", "theirs", files)
    repo.commit("main", "broken", {**files, "model.safetensors": b"nothing"})
    return hub


@pytest.mark.parametrize(
    ("name", "is_"),
    [
        ("Org/Model", HubName("Org/Model")),
        ("Org/Model@v1.0", HubName("Org/Model", "v1.0")),
        ("Org/Model@refs/pr/1", HubName("Org/Model", "refs/pr/1")),
        *((name, None) for name in ("Model", "../Model", "Org/Model@", "Org/Model@../x", "Org/Mo del", "Org/Model@-x")),
        *((name, None) for name in ("/Org/Model", "Org/a--b", "a/b/c", "Org/Model@a b", "~/Model", "Org/..", "")),
    ],
)
def test_what_is_a_name_on_the_hub(name, is_):
    assert hub_name(name) == is_ and (is_ is None or str(is_) == name)


def test_a_run_that_goes_on_takes_its_model_by_the_name_that_it_began_with():
    one, other = "Org/Model@" + "a" * 40, "Org/Model@" + "b" * 40
    assert same_model("Org/Model@main", one) and same_model("Org/Model", one) and same_model(one, one)
    assert not same_model(other, one) and not same_model("Org/Other", one) and not same_model("builtin:tiny", one)


def test_a_path_that_holds_an_at_is_a_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(TINY, tmp_path / "Org" / "Tiny@v1")
    assert load_policy("Org/Tiny@v1", with_model=False).path == "Org/Tiny@v1"


ASKED = """
from envs.core.errors import UsageError
from grpo.policy.place import check_reachable
for name in {names}:
    try:
        check_reachable(name, print)
    except UsageError as error:
        print(error)
import sys
assert 'torch' not in sys.modules
"""


def test_a_model_that_the_hub_does_not_give_is_said_at_once(tiny):
    tiny.faults = {"/api/models/Org/Bad": 503}
    code, out, err = tiny.python(ASKED.format(names=["Org/Tiny@v1", "Org/Tiny@v9", "Org/None@v1", "Org/Bad"]))
    assert code == 0, err
    asked, *told = out.splitlines()
    assert asked == "asking the hub for Org/Tiny@v1 ..." and told[::2] == [
        "asking the hub for Org/Tiny@v9 ...", "asking the hub for Org/None@v1 ...", "asking the hub for Org/Bad ...",
    ]  # fmt: skip
    assert told[1] == "Org/Tiny on the hub has no branch, tag or commit 'v9'"
    assert "no model Org/None@v1 here or on the hub" in told[3] and "does not give Org/Bad: 503 planted" in told[5]


PINNED = """
from evals.sampling.policies import find_policy
from grpo.policy.model import load_policy
from grpo.session import adapt, settle
from grpo.settings.config import TrainConfig
config = settle(TrainConfig(model='Org/Tiny@v1', lora_rank=1))
policy = load_policy(config.model)
adapt(policy, config)
said = policy.model.peft_config['default']
print(config.model, said.base_model_name_or_path, said.revision)
print(find_policy('Org/Tiny@v1').describe('transformers', 'float32')['path'])
"""


def test_a_name_is_pinned_to_its_commit(tiny):
    pytest.importorskip("peft")
    code, out, err = tiny.python(PINNED)
    pinned = f"Org/Tiny@{tiny.commit}"
    assert code == 0 and out.split() == [pinned, "Org/Tiny", tiny.commit, pinned], err


LATER = """
import json, sys
import cli
from evals.sampling.policies import find_policy
for words in {commands}:
    sys.argv = ['grpo', *words]
    try:
        cli.main()
    except SystemExit as leaving:
        assert not leaving.code
print(json.dumps(find_policy('Org/Tiny@v1').describe('transformers', 'float32')))
"""


@pytest.mark.slow
def test_a_run_is_pinned_to_the_commit_whatever_becomes_of_the_branch(tiny, tmp_path):
    pytest.importorskip("peft")
    run, out = str(tmp_path / "run"), str(tmp_path / "out")
    code, _, err = tiny.grpo("train", "--model", "Org/Tiny@v1", "--lora-rank", "1", *SMALL, "--run-dir", run)
    assert code == 0, err
    pinned = f"Org/Tiny@{tiny.commit}"
    assert tomllib.loads((tmp_path / "run" / "config.toml").read_text())["model"] == pinned
    adapter = json.loads((tmp_path / "run" / "checkpoints" / "last" / "adapter_config.json").read_text())
    assert (adapter["base_model_name_or_path"], adapter["revision"]) == ("Org/Tiny", tiny.commit)

    tiny.repos["Org/Tiny"].branches["v1"].append(tiny.repos["Org/Tiny"].branches["main"][-1])  # the branch moves on
    commands = [
        ["train", "--run-dir", run, "--resume", "--steps", "2", "--model", "Org/Tiny@v1"],
        ["export", run, out, "--merge"],
    ]
    code, said, err = tiny.python(LATER.format(commands=commands), HF_HUB_OFFLINE="1")
    assert code == 0 and "going on after step 1 of 2" in err, err
    facts = json.loads(said.splitlines()[-1])
    assert facts["name"] == "Org/Tiny@v1" and facts["path"] == pinned  # which an eval writes into its summary
    card = (tmp_path / "out" / "README.md").read_text()
    assert "base_model: Org/Tiny\nbase_model_relation: finetune\n" in card and pinned in card
