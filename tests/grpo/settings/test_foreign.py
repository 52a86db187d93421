"""Names of other projects: every flag they lead to is one, and the documentation holds them all."""

import pytest
from typer.main import get_command

from evals.console.cli import app as eval_app
from grpo.cli import train_options
from grpo.settings.foreign import ALGORITHMS, EVAL, TRAIN, known_elsewhere
from gymtests.places import DOCS


def test_every_flag_that_is_named_is_one():
    options = [parameter.annotation.__metadata__[0] for parameter in train_options()]
    own = {option.default.split("/")[0] for option in options} | {"--run-dir", "--resume"}
    assert {flag for names in TRAIN.values() for flag in names.values()} <= own
    taken = {name for parameter in get_command(eval_app).params for name in parameter.opts}
    assert {flag for names in EVAL.values() for flag in names.values()} <= taken


@pytest.mark.parametrize("project", [*TRAIN, *EVAL])
def test_the_documentation_holds_every_name(project):
    text = (DOCS / "coming-from.md").read_text()
    for table in (TRAIN, EVAL):
        assert all(f"`{name}`" in text and f"`{flag}`" in text for name, flag in table.get(project, {}).items())


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("train", "--num-generations", "4"), "--group-size"),
        (("train", "--beta", "0.1"), "--beta of TRL is --kl-coef here"),
        (("train", "--actor_rollout_ref.rollout.n", "4"), "of verl is --group-size here"),
        (("eval", "--num-fewshot", "3"), "--shots"),
        (("eval", "--top-q", "3"), "--top-p"),
        (("train", "--algo", "ppo"), ALGORITHMS["ppo"]),
    ],
)
def test_a_name_of_another_project_gets_its_name_here(grpo, args, says):
    code, _, err = grpo(*args)
    assert code == 2 and says in " ".join(err.replace("│", " ").split())


def test_a_key_of_another_project_in_a_file(grpo, tmp_path):
    config = tmp_path / "run.toml"
    config.write_text("num_generations = 4\n")
    code, _, err = grpo("train", "--config", config)
    assert code == 2 and "num_generations of TRL is --group-size here" in err
    assert known_elsewhere("learning_rte", TRAIN) == ""
