"""What the bridges inward say, and do not load, where their package is not installed."""

import json
import subprocess
import sys

import pytest

import envs
from envs import UsageError

ABSENT = {
    "reasoning-gym/leg_counting": ("reasoning_gym", "reasoning-gym"),
    "lm-eval/gsm8k": ("lm_eval", "lm-eval"),
    "inspect/tasks.py@one": ("inspect_ai", "inspect"),
}


@pytest.mark.parametrize(("name", "package", "extra"), [(name, *both) for name, both in ABSENT.items()])
def test_a_package_that_is_absent_is_named_with_its_extra(name, package, extra, monkeypatch):
    for module in [one for one in sys.modules if one.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(UsageError, match=rf"the package {package}: pip install 'grpo-gym\[{extra}\]'") as caught:
        envs.make(name)
    assert "\n" not in str(caught.value)


def test_a_server_needs_websockets_when_it_is_asked(monkeypatch):
    monkeypatch.setitem(sys.modules, "websockets.sync.client", None)
    with pytest.raises(UsageError, match=r"pip install 'grpo-gym\[openenv\]'") as caught:
        envs.make("openenv", url="http://127.0.0.1:9", action={"message": "{text}"})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("family", ["lm-eval", "inspect"])
def test_an_open_family_asks_which(family):
    for name in (family, f"{family}/"):
        with pytest.raises(UsageError, match=rf"is a family: say which, as {family}/NAME"):
            envs.make(name)


def test_families_are_one_line_each_and_load_nothing(grpo):
    code, out, _ = grpo("env", "list", "--json")
    names = [entry["name"] for entry in json.loads(out)]
    assert code == 0 and {"inspect/...", "lm-eval/...", "reasoning-gym/..."} <= set(names)
    program = (
        "import sys, envs; envs.entries(); envs.find('lm-eval/gsm8k'); envs.find('inspect/x.py@y');"
        "print({'lm_eval', 'inspect_ai', 'datasets', 'torch'} & set(sys.modules))"
    )
    assert subprocess.check_output([sys.executable, "-c", program], text=True).strip() == "set()"


def test_ids_of_members_are_ones_that_gymnasium_takes():
    assert envs.find("lm-eval/a_b-c").gym_id == "grpo/LmEval.ABC-v0"
    assert envs.find("inspect/./my tasks/x.py@y").gym_id == "grpo/Inspect...My.tasks.X.py.y-v0"
    assert envs.find("inspect/x.py").member == "x.py"
