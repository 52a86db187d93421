"""As a policy was spoken to in training an eval speaks to it, unless told otherwise; and all of it is recorded."""

import json
import tomllib
from datetime import date

import pytest

from gymtests.evaluating.chat_server import ChatServer
from gymtests.places import CROWDED, SUMS

TEMPLATE = (
    "{{ 'Day ' + strftime_now('%Y-%m-%d') }}{% if loud %}{{ 'LOUD' }}{% endif %}"
    "{% for m in messages %}{{ '<|' + m.role + '|>' + m.content }}"
    "{% if m.role == 'assistant' %}{{ eos_token }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
NO_SYSTEM = "{% if messages[0].role == 'system' %}{{ raise_exception('no system here') }}{% endif %}"
TRAIN = (
    "train", "--env", SUMS, "--engine", "transformers", "--steps", "1", "--tasks-per-step", "2", "--group-size", "2",
    "--max-tokens", "4", "--eval-tasks", "2", "--eval-samples", "1",
)  # fmt: skip
EVAL = ("eval", "--env", SUMS, "--engine", "transformers", "--limit", "2", "--n", "1", "--json")


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    file = tmp_path_factory.mktemp("template") / "own.jinja"
    file.write_text(TEMPLATE)
    return file


def chat_of(folder):
    return json.loads((folder / "summary.json").read_text())["model"].get("chat", {})


@pytest.mark.parametrize("lora", [(), ("--lora-rank", "2")], ids=["weights", "adapter"])
def test_an_eval_of_a_checkpoint_speaks_as_its_training_did(grpo, tmp_path, template, lora):
    run = tmp_path / "run"
    said = ("--system", "Be brief.", "--chat-arg", "loud=true", "--stop", "9", "--chat-template", template)
    code, _, err = grpo(*TRAIN, *said, *lora, "--run-dir", run)
    assert code == 0, err
    today = date.today().isoformat()
    config = tomllib.loads((run / "config.toml").read_text())
    assert (config["system"], config["chat_args"], config["stops"]) == ("Be brief.", {"loud": True}, ["9"])
    assert config["chat_template"] == TEMPLATE and config["chat_date"] == today
    template.rename(template.with_suffix(".moved"))  # the run keeps the text
    try:
        recorded = {"system": "Be brief.", "arguments": {"loud": True}, "stop": ["9"], "template": TEMPLATE}
        assert chat_of(run / "evals" / "before") == {**recorded, "date": today}
        code, _, err = grpo(*EVAL, "--ckpt", run, "--out", tmp_path / "as-trained")
        assert code == 0, err
        assert chat_of(tmp_path / "as-trained") == {**recorded, "date": today}
        code, _, err = grpo(
            *EVAL, "--ckpt", run, "--out", tmp_path / "other", "--system", "", "--chat-arg", "loud=false",
            "--chat-date", "2020-01-01", "--stop", "8",
        )  # fmt: skip
        assert code == 0, err
        other = {"arguments": {"loud": False}, "stop": ["8"], "template": TEMPLATE, "date": "2020-01-01"}
        assert chat_of(tmp_path / "other") == other
        code, _, err = grpo("train", "--run-dir", run, "--resume", "--steps", "2")
        assert code == 0, err
        code, _, err = grpo("train", "--run-dir", run, "--resume", "--system", "Be loud.")
        assert code == 2 and "--system Be loud. (was Be brief.)" in err
    finally:
        template.with_suffix(".moved").rename(template)


def test_a_system_message_is_another_eval(grpo, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folders = []
    for more in ((), ("--system", "Be brief."), ("--system", "Be brief.", "--system-in-user")):
        code, out, err = grpo(*EVAL, "--model", "builtin:tiny", *more)
        assert code == 0, err
        folders.append(json.loads(out)["out"])
    assert len(set(folders)) == 3 and len(list((tmp_path / "runs" / "evals" / ".cache").iterdir())) == 3
    code, out, _ = grpo("eval", "compare", *folders[:2])
    assert code == 0 and "prompts are written differently" in " ".join(out.split())


def test_an_endpoint_hears_the_same(grpo, tmp_path):
    with ChatServer() as server:
        args = ("--system", "Be brief.", "--stop", "9", "--chat-arg", "enable_thinking=False", "--shots", "1")
        code, _, err = grpo(*EVAL, "--model", server.name, *args, "--out", tmp_path / "e")
        assert code == 0, err
        body = server.bodies[-1]
        assert [m["role"] for m in body["messages"]] == ["system", "user", "assistant", "user"]
        assert body["stop"] == ["9"] and body["chat_template_kwargs"] == {"enable_thinking": False}
        code, _, err = grpo(*EVAL, "--model", server.name, "--system", "x", "--system-in-user", "--out", tmp_path / "f")
        assert [m["role"] for m in server.bodies[-1]["messages"]] == ["user"]
        for wrong in (("--chat-date", "2020-01-01"), ("--max-prompt-tokens", "9")):
            code, _, err = grpo(*EVAL, "--model", server.name, *wrong, "--out", tmp_path / "g")
            assert code == 2 and wrong[0] in err and err.count("\n") <= 3


def test_a_policy_that_had_no_template_still_has_none_after_training(grpo, tmp_path):
    import shutil

    from evals.sampling.policies import find_policy
    from gymtests.places import TINY

    base = shutil.copytree(TINY, tmp_path / "base")
    for file in base.glob("chat_template*"):
        file.unlink()
    code, _, err = grpo(*TRAIN, "--model", base, "--run-dir", tmp_path / "run")
    assert code == 0, err
    assert find_policy(str(base)).is_base_model and find_policy(str(tmp_path / "run")).is_base_model
    code, _, err = grpo(*EVAL, "--ckpt", tmp_path / "run", "--out", tmp_path / "e")
    assert json.loads((tmp_path / "e" / "summary.json").read_text())["model"]["template"].startswith("plain")


WRONG = [
    (("--chat-arg", "enable_thinking"), "NAME=VALUE"),
    (("--chat-arg", "enable_thinking=false"), "reads no such argument"),
    (("--chat-arg", "a-b=1"), "no name of an argument"),
    (("--chat-arg", "x=null"), "must be text"),
    (("--stop", ""), "empty stop string"),
    (("--chat-template", "nowhere.jinja"), "No such file"),
    (("--chat-template", "pyproject.toml"), "no chat template"),
    (("--chat-date", "1.2.2026"), "2026-01-31"),
    (("--chat-date", "2026-02-30"), "2026-01-31"),
]


@pytest.mark.parametrize(("args", "says"), WRONG, ids=lambda value: " ".join(value) if isinstance(value, tuple) else "")
@pytest.mark.parametrize("command", ["train", "eval"])
def test_a_wrong_value_is_one_line_and_exit_2(grpo, tmp_path, command, args, says):
    out = tmp_path / "out"
    if command == "train":
        code, _, err = grpo(*TRAIN, "--run-dir", out, *args)
    else:
        code, _, err = grpo(*EVAL, "--model", "builtin:tiny", "--out", out, *args)
    assert code == 2 and not out.exists()
    assert says in err.splitlines()[-1] and "Traceback" not in err


def test_a_template_without_a_system_role_says_what_to_type_and_that_helps(grpo, tmp_path, template):
    file = tmp_path / "none.jinja"
    file.write_text(NO_SYSTEM + TEMPLATE)
    args = (*EVAL, "--model", "builtin:tiny", "--system", "Be brief.", "--chat-template", file, "--out", tmp_path / "e")
    code, _, err = grpo(*args)
    assert code == 2 and "no system here" in err and "--system-in-user" in err
    code, _, err = grpo(*args, "--system-in-user")
    assert code == 0, err


def test_examples_are_no_part_of_what_is_trained_on(grpo, tmp_path):
    import pandas as pd

    run = tmp_path / "run"
    crowded = [CROWDED if arg == SUMS else arg for arg in TRAIN]
    code, _, err = grpo(*crowded, "--shots", "2", "--env-arg", "every=0", "--run-dir", run)
    assert code == 0, err
    rollouts = pd.read_parquet(run / "rollouts")
    for row in rollouts.itertuples():
        assert row.completion_tokens == len(row.mask) == len(row.completion_ids) <= 4 and all(row.mask)
        assert row.prompt_tokens > 3 * 4


def test_an_eval_whose_completions_are_all_cut_off_says_so(grpo, tmp_path):
    for limit, said in ((1, True), (48, False)):
        args = (
            "eval",
            "--model",
            "builtin:tiny",
            "--engine",
            "transformers",
            "--env",
            "math",
            "--limit",
            "4",
            "--n",
            "2",
        )
        code, _, err = grpo(*args, "--env-arg", "levels=1", "--max-tokens", limit, "--out", tmp_path / f"{limit}")
        assert code == 0 and ("cut off at 1 tokens: raise --max-tokens" in err) == said


@pytest.mark.parametrize(("stop", "said"), [("</answer>", True), ("Question:", False)])
@pytest.mark.parametrize("command", ["train", "eval"])
def test_a_stop_string_that_solutions_need_is_warned_of(grpo, tmp_path, command, stop, said):
    if command == "train":
        code, _, err = grpo(*TRAIN, "--eval-tasks", "0", "--env", "math", "--stop", stop, "--run-dir", tmp_path / "run")
    else:
        args = (*EVAL, "--env", "math", "--model", "builtin:tiny", "--max-tokens", "4")
        code, _, err = grpo(*args, "--stop", stop, "--out", tmp_path / "e")
    assert code == 0, err
    assert ("is part of this environment's own solutions" in " ".join(err.split())) == said
