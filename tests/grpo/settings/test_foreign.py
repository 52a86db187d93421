"""Names of other projects: every flag they lead to is one, and the documentation holds them all."""

import pytest
from typer.main import get_command

from envs import UsageError
from evals import evaluate
from evals.console.cli import app as eval_app
from grpo import train
from grpo.cli import train_options
from grpo.settings.foreign import ALGORITHMS, EVAL, EVAL_NEEDLESS, TRAIN, TRAIN_NEEDLESS, known_elsewhere
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
    for reasons in (TRAIN_NEEDLESS, EVAL_NEEDLESS):
        assert all(f"`{name}`" in text and reason in text for name, reason in reasons.get(project, {}).items())


def told(err):
    return " ".join(err.replace("│", " ").split())


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("train", "--num-generations", "4"), "--group-size"),
        (("train", "--beta", "0.1"), "--beta of TRL is --kl-coef here"),
        (("train", "--actor_rollout_ref.rollout.n", "4"), "of verl is --group-size here"),
        (("train", "--algorithm.kl_ctrl.kl_coef", "0.1"), "--algorithm.kl_ctrl.kl_coef is --kl-coef here"),
        (("train", "--logging-steps", "1"), "every step is written to metrics.jsonl"),
        (("eval", "--num-fewshot", "3"), "--shots"),
        (("eval", "--beta", "3"), "--beta of TRL is --kl-coef of `grpo train`"),
        (("eval", "--tasks", "gsm8k"), "--tasks of lm-eval is --env here"),
        (("eval", "--log_samples"), "every completion is written to samples.parquet"),
        (("eval", "--top-q", "3"), "--top-p"),
        (("train", "--algo", "ppo"), ALGORITHMS["ppo"]),
        (("train", "--dtype", "fp16"), "--dtype fp16 cannot be trained in: take bfloat16"),
        (("train", "--dtype", "bf16"), "did you mean 'bfloat16'"),
    ],
)
def test_a_name_of_another_project_gets_its_name_here(grpo, args, says):
    code, _, err = grpo(*args)
    assert code == 2 and says in told(err)


HERE = {
    "beta": "kl_coef", "num_generations": "group_size", "output_dir": "run_dir", "report_to": "loggers",
    "num_fewshot": "shots", "max_completion_length": "max_tokens", "per_device_train_batch_size": "tasks_per_step",
    "gradient_accumulation_steps": "micro_batch_tokens", "num_train_epochs": "steps", "max_steps": "steps",
    "save_steps": "save_every", "save_strategy": "save_every", "use_vllm": "engine",
    "vllm_gpu_memory_utilization": "gpu_share", "epsilon": "clip_low", "epsilon_high": "clip_high",
    "num_iterations": "epochs", "loss_type": "algo", "scale_rewards": "advantage",
    "mask_truncated_completions": "mask_truncated", "max_prompt_length": "max_prompt_tokens",
    "rollout.n": "group_size", "clip_ratio": "clip_low", "entropy_coeff": "entropy_coef",
    "model_name_or_path": "model", "bf16": "dtype", "warmup_ratio": "warmup_steps", "adam_beta1": "beta1",
    "batch_size": "tasks_per_step", "limit": "eval_tasks", "tasks": "env", "model_args": "model",
    "gen_kwargs": "temperature", "output_path": "run_dir",
}  # fmt: skip
"""What other projects call so is said by this setting, on the command line, in a file and in Python alike."""
NOT_HERE = ("logging_steps", "top_p", "apply_chat_template", "log_samples")


@pytest.mark.parametrize("name", [*HERE, *NOT_HERE])
def test_the_common_names_are_answered_alike_at_every_door(grpo, tmp_path, name):
    says = f"is {HERE[name]} here" if name in HERE else "needs no setting here: "
    config = tmp_path / "run.toml"
    config.write_text(f'"{name}" = 1\n')
    code, _, err = grpo("train", "--config", config)
    assert code == 2 and says in told(err)
    with pytest.raises(UsageError, match=says):
        train(**{name: 1})
    code, _, err = grpo("train", f"--{name}", "1")
    flag = {"loggers": "--logger"}.get(HERE.get(name), f"--{HERE.get(name, '').replace('_', '-')}")
    assert code == 2 and (f"is {flag} here" if name in HERE else says) in told(err)


def test_a_key_of_another_project_in_a_file(grpo, tmp_path):
    config = tmp_path / "run.toml"
    for text, says in (
        ("num_generations = 4", "num_generations of TRL is group_size here"),
        ("[actor_rollout_ref.rollout]\nn = 4", "actor_rollout_ref.rollout.n of verl is group_size here"),
    ):
        config.write_text(text)
        code, _, err = grpo("train", "--config", config)
        assert code == 2 and says in told(err)
    config.write_text("num_fewshot = 4")
    code, _, err = grpo("eval", "--config", config)
    assert code == 2 and "num_fewshot of lm-eval is --shots here" in told(err)
    with pytest.raises(UsageError, match="num_fewshot of lm-eval is shots here"):
        evaluate("builtin:tiny", num_fewshot=4)
    assert known_elsewhere("learning_rte", TRAIN) == ""
