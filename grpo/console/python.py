"""What `grpo.train` is given, made into the request that the shell makes of its flags."""

from __future__ import annotations

import inspect
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from envs.builtin.datasets.place import absolute
from envs.builtin.own import packed
from envs.core.environment import TextEnv
from envs.core.errors import UsageError, told_alone
from envs.core.registry import EnvSpec, entries, find
from envs.core.rubric import Rubric
from envs.core.task import Task
from envs.workers.shipping import ship
from grpo.policy.builtin import PREFIX

if TYPE_CHECKING:
    from envs.authoring.auditing.run import AuditReport

RewardFunction = Callable[[Task, str], Any]
Env = str | EnvSpec | TextEnv | Callable[..., TextEnv]
"""What stands for an environment."""
Weighted = Env | tuple[Env, float] | Mapping[str, Any]
"""One of several: with a weight, or a table as in a config file, whose `name` is whatever stands for an environment."""
Envs = Env | Sequence[Weighted]
START = "start"
"""The folder in a run that holds a model which was given as an object."""


@told_alone()
def dataset(
    data: str | Path,
    prompt: str,
    answer: str | None = None,
    reward: RewardFunction | Rubric | str = "math",
    *,
    answer_format: str | None = None,
    dev_data: str | Path | None = None,
    test_data: str | Path | None = None,
    id_column: str | None = None,
    split_column: str | None = None,
) -> EnvSpec:
    r"""Returns an environment over a file of questions, with a reward of your own: the `env` of `grpo.train`.

    The reward runs in verifier workers, with a deadline, whatever it was defined in: it travels there by value. So
    what it changes outside itself stays in the worker.

    Args:
        data: A CSV, JSONL or parquet file, a folder of them named after splits, or `hf:owner/name:configuration`.
        prompt: Template of the prompt, such as `{question}`.
        answer: Template of the answer, such as `{answer}`, which is the task's `gold`. Left out, the gold is the whole
            record, a dictionary; a verifier's name needs one.
        reward: `reward(task, completion)`, which returns True or False or a number from 0 to 1; a `Rubric`; or a
            verifier's name: math, exact, numeric, regex, code or json_schema.
        answer_format: `tags` and `boxed` ask for the answer in `<answer>` or `\boxed{}`; `none` leaves the prompt as
            it is, which is what a reward of one's own gets unless told otherwise.
        dev_data: A file that is the dev split; 10% of the prompts, chosen by a hash, if left out.
        test_data: A file that is the test split, likewise.
        id_column: A field with a stable id; by default a hash of the prompt.
        split_column: A field that names each record's split.

    Returns:
        What `grpo.train`, `evals.evaluate` and `envs.authoring.audit` take; `.build()` gives the environment itself.

    Raises:
        UsageError: The reward is no function of a task and a completion, or it cannot travel to a worker.
    """
    if not isinstance(reward, str):
        _check_signature(reward)
    given: dict[str, Any] = {
        "data": absolute(str(data)) if Path(data).exists() else str(data),
        "prompt": prompt,
        "answer": answer,
        "answer_format": answer_format,
        "dev_data": _place(dev_data),
        "test_data": _place(test_data),
        "id_column": id_column,
        "split_column": split_column,
        **({"verifier": reward} if isinstance(reward, str) else {"reward": ship(reward)}),
    }
    return EnvSpec("dataset", {name: value for name, value in given.items() if value is not None})


def _place(path: str | Path | None) -> str | None:
    return None if path is None else absolute(str(path))


def _check_signature(reward: Any) -> None:
    if not callable(reward):
        raise UsageError(f"a reward is a function, a Rubric or a verifier's name, not {type(reward).__name__}")
    name = getattr(reward, "__name__", type(reward).__name__)
    if inspect.iscoroutinefunction(reward) or inspect.iscoroutinefunction(getattr(reward, "__call__", None)):  # noqa: B004
        raise UsageError(
            f"the reward {name!r} is async and returns no number: make it a plain function, which may block"
        )
    try:
        wanted = inspect.signature(reward)
    except ValueError:  # some functions written in C do not say what they take
        return
    if list(wanted.parameters)[:2] == ["prompts", "completions"]:
        raise UsageError(
            f"the reward {name!r} is of TRL's form, for a batch: write reward(task, completion) for one completion, "
            "with the answer in task.gold (docs/python.md)"
        )
    try:
        wanted.bind(None, "")
    except TypeError as error:
        raise UsageError(
            f"the reward {name!r} must take a task and a completion, (task, completion): {error}"
        ) from None


def spec_of(env: Env) -> EnvSpec:
    """Returns how verifier workers and held-out evaluations build the environment that a user means.

    Args:
        env: A name from `grpo env list`, the path of a .py file, what `dataset` returns, an environment, or a class or
            function that makes one when called with `split="train"`.

    Raises:
        UsageError: It is none of these, or it cannot travel to a worker.
    """
    if isinstance(env, str):
        return EnvSpec(env)
    if isinstance(env, EnvSpec):
        return env
    if isinstance(env, TextEnv) and env.spec is not None:  # envs.make made it, and can make the other splits
        entry, kwargs = find(env.spec.id), env.spec.kwargs
        kept = {name: value for name, value in kwargs.items() if name not in ("split", "render_mode")}
        return EnvSpec(entry.target if entry.origin == "file" else entry.name, kept)
    if not isinstance(env, TextEnv) and not callable(env):
        raise UsageError(
            f"env is a name, what grpo.dataset returns, an environment, or what makes one, not {type(env).__name__}"
        )
    return EnvSpec("own", packed(env))


def settings_of(env: Envs, settings: dict[str, Any]) -> dict[str, Any]:
    """Returns the settings of `TrainConfig` that mean an environment, or several, beside the others."""
    if isinstance(env, Sequence) and not isinstance(env, str):
        return {**settings, "env": [one if isinstance(one, str) else _table(one) for one in env]}
    spec = spec_of(env)
    arguments = _arguments(spec)
    given = settings.get("env_args") or {}
    return {**settings, "env": spec.name, **({"env_args": {**arguments, **given}} if arguments or given else {})}


def _table(one: Weighted) -> dict[str, Any]:
    """Returns one of several environments as a table of settings.

    Raises:
        UsageError: It is no environment.
    """
    if isinstance(one, tuple):
        env, weight = one if len(one) == 2 else (None, None)
        return {**_table(cast(Env, env)), "weight": weight}
    own: dict[str, Any] = dict(one) if isinstance(one, Mapping) else {"name": one}
    env: Any = own.get("name")
    spec = spec_of(env)
    called = {"label": env.__name__} if _has_plain_name(env) else {}
    return {**called, **own, "name": spec.name, "args": {**_arguments(spec), **(own.get("args") or {})}}


def _has_plain_name(env: Any) -> bool:
    return callable(env) and not isinstance(env, TextEnv) and getattr(env, "__name__", "").isidentifier()


def _arguments(spec: EnvSpec) -> dict[str, Any]:
    return {name: value for name, value in spec.kwargs.items() if name not in ("split", "render_mode")}


@told_alone()
def audit(env: Env, **options: Any) -> AuditReport:
    """Tries to fool the reward of an environment, as `grpo env audit` does; the next run says what came out.

    Args:
        env: What `grpo.train` takes.
        **options: Those of `envs.authoring.audit`, such as `tasks=24` and `thorough=True`.

    Raises:
        UsageError: The environment cannot be built.
    """
    from envs.authoring.auditing.run import audit
    from envs.authoring.auditing.state import remember

    spec = spec_of(env)
    report = audit(spec, **options)
    remember(spec, report.clean, sorted({finding.code for finding in report.open_findings}), report.date)
    return report


def check_call(model: Any, env: Any, callbacks: Any) -> None:
    """Refuses what stands in another's place, before anything is looked for.

    Raises:
        UsageError: A model is given as the environment or the other way round, or a callback is none.
    """
    if isinstance(env, str) and env.startswith(PREFIX):
        other = repr(model) if isinstance(model, str) else "env"
        raise UsageError(f"{env!r} is a model, and the model comes first: grpo.train({env!r}, {other})")
    if isinstance(model, EnvSpec | TextEnv):
        raise UsageError("an environment stands in the model's place: grpo.train(model, env), or grpo.train(env=env)")
    if isinstance(model, str) and not Path(model).exists() and any(entry.name == model for entry in entries()):
        raise UsageError(
            f"{model!r} is an environment, and the model comes first: grpo.train('builtin:tiny', {model!r}), or "
            f"grpo.train(env={model!r})"
        )
    if not isinstance(callbacks, Sequence):
        raise UsageError(f"callbacks is a list of grpo.Callback, not {type(callbacks).__name__}")
    for callback in callbacks:
        told = all(callable(getattr(callback, name, None)) for name in ("on_step", "on_checkpoint", "on_end"))
        if isinstance(callback, type) or not told:
            name = getattr(callback, "__name__", type(callback).__name__)
            raise UsageError(
                f"the callback {name} is no grpo.Callback: make a subclass with def on_step(self, metrics, rollouts), "
                "and give an object of it, callbacks=[Mine()]"
            )


def saved_model(model: Any, tokenizer: Any, run: Path) -> str:
    """Writes a model that was given as an object into the run's folder, once, and returns where it is.

    The run trains what it loads from there; the object stays as it is.

    Raises:
        UsageError: It is no model of transformers, or its tokenizer is missing.
    """
    for what, thing in (("model", model), ("tokenizer", tokenizer)):
        if not hasattr(thing, "save_pretrained"):
            raise UsageError(
                f"{what} is {type(thing).__name__}: give a model's folder or name, or a model of transformers with its "
                "tokenizer: grpo.train(model, env, tokenizer=tokenizer)"
            )
    folder = run / START
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder.resolve())
