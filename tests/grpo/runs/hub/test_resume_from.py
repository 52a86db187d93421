"""`--resume-from`: what cannot be gone on from is one line, whatever the repository holds, and no folder."""

import json

import pytest

from envs.core.registry import CODE
from gymtests.hub.checkpointed import checkpointed
from gymtests.hub.hub_server import Repo

PROGRAM = """
from pathlib import Path
from envs.core.errors import GymError
from grpo.runs.hub.arrival import take_up
for name in {names}:
    try:
        take_up(name, Path({place!r}), print)
        print('taken up')
    except GymError as error:
        print(error.exit_code, error)
"""


def test_what_cannot_be_gone_on_from_leaves_nothing(hub, tmp_path):
    run = checkpointed(tmp_path / "run", 3)
    checkpoint = (run / "checkpoints" / "last").resolve()
    whole = {str(f.relative_to(checkpoint)): f.read_bytes() for f in checkpoint.rglob("*") if f.is_file()}
    state, sums = json.loads(whole["trainer_state/state.json"]), json.loads(whole["trainer_state/checksums.json"])

    def kept(name, files):
        hub.repos[name] = Repo(private=False)
        hub.repos[name].commit("main", "m", files)

    kept("ada/none", {name: data for name, data in whole.items() if not name.startswith("trainer_state")})
    kept("ada/bent", {**whole, "config.json": b"{}"})
    kept("ada/lost", {name: data for name, data in whole.items() if name != "config.json"})
    kept("ada/evil", {**whole})
    listing = f"../../trees/{hub.head('ada/evil')}.json"  # a file that newer releases keep beside a snapshot
    hub.files("ada/evil")["trainer_state/checksums.json"] = json.dumps({**sums, listing: "0" * 64}).encode()
    kept("ada/step", {**whole, "trainer_state/state.json": json.dumps({**state, "step": "../x"}).encode()})
    kept("ada/odd", {**whole, "trainer_state/state.json": json.dumps({"step": 3, "config": {"x": 1}}).encode()})
    shipped = {"name": "f", CODE: "eJw="}
    for name, settings in [
        ("ada/code", {"env": "own", "env_args": {"factory": shipped}}),
        ("ada/deep", {"env": [{"name": "math", "args": {"x": [{"y": shipped}]}}, {"name": "guess"}]}),
        ("ada/file", {"env": "checkpoints/evil.py"}),
        ("ada/attn", {"attn": "evil/kernel"}),
        ("ada/sent", {"engine_args": {"trust_remote_code": True}, "push_to": "evil/x", "loggers": ["wandb"]}),
    ]:
        said = {**state, "config": {**state["config"], **settings}}
        kept(name, {**whole, "trainer_state/state.json": json.dumps(said).encode(), "evil.py": b"raise SystemExit"})
    kept("ada/text", {**whole, "trainer_state/state.json": b"not json"})
    names = ["../x", "ada/gone", "ada/none", "ada/bent", "ada/lost", "ada/evil", "ada/step", "ada/odd", "ada/text"]
    names += ["ada/code", "ada/deep", "ada/file", "ada/attn", "ada/sent"]
    code, out, err = hub.python(PROGRAM.format(names=names, place=str(tmp_path / "place")))
    assert code == 0, err
    told = [line for line in out.splitlines() if not line.startswith("asking the hub ")]
    left_out = "left out of the run's settings, say them again: engine_args, loggers, push_to"
    assert "state.json does not match its checksum" in told[-1] and told.pop(-2) == left_out
    assert len(told) == len(names) and all(line.startswith("2 ") for line in told), out
    for line, says in zip(
        told,
        ("write OWNER/NAME", "cannot be had", "without --with-state", "does not match", "'config.json' is missing",
         "'../../trees/", "of no step", "no setting 'x'", "cannot be read", "carries code", "carries code",
         "add --env checkpoints/evil.py if its code is yours", "from elsewhere", "ada/sent is damaged"),
        strict=True,
    ):  # fmt: skip
        assert says in line
    assert {path.name for path in tmp_path.iterdir()} == {"run", "home"}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--resume-from", "ada/x"), "add --run-dir DIR"),
        (("--resume-from", "ada/x", "--resume", "--run-dir", "nowhere"), "leave out one of them"),
        (("--resume-from", "../x", "--run-dir", "nowhere"), "write OWNER/NAME"),
    ],
)
def test_where_it_goes_on_is_asked_for(grpo, words, says):
    code, _, err = grpo("train", *words)
    assert code == 2 and says in err and len(err.splitlines()) == 1
