"""Evaluating from Python: what `grpo eval` and `grpo profile` do in the shell, through the same code."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from envs.builtin.datasets.place import checked_data, data_arguments
from envs.core.errors import UsageError, did_you_mean, told_alone
from envs.core.registry import EnvSpec
from evals.console.benchmark import Benchmark
from evals.evaluator import EvalSettings
from evals.sampling.trained import environments_of
from grpo.console.python import Env, spec_of
from grpo.settings.chats import ChatConfig
from grpo.settings.foreign import EVAL, known_elsewhere

if TYPE_CHECKING:
    import pandas as pd

    from evals.console.command import EvalRequest, Evaluated
    from evals.console.profile import ProfileResult

Policy = str | os.PathLike[str]


@told_alone()
def evaluate(
    policy: Policy | Sequence[Policy],
    env: Env | Sequence[Env] | None = None,
    n: int = 8,
    *,
    tasks: int | None = None,
    split: str = "test",
    k: Sequence[int] | None = None,
    max_tokens: int | None = None,
    temperature: float = 1.0,
    top_p: float = 1.0,
    top_k: int = 0,
    shots: int = 0,
    greedy: bool = True,
    seed: int = 0,
    max_prompt_tokens: int = 0,
    data: str | os.PathLike[str] = "",
    engine: str = "auto",
    dtype: str = "float32",
    device: str = "auto",
    rollouts: str = "exact",
    verify_workers: int = 0,
    verify_deadline: float = 10.0,
    out: str | os.PathLike[str] | None = None,
    fresh: bool = False,
    verbose: bool = False,
    **chat: Any,
) -> pd.DataFrame:
    """Evaluates policies on held-out tasks; what `grpo eval` does in the shell, cache and files included.

    Args:
        policy: A run of `grpo.train`, its folder, a checkpoint, a model's folder, a hub name, `builtin:tiny` or an
            endpoint; or several of them.
        env: A name, names separated by commas, or what else `grpo.train` takes; or a list of them. Left out, that of
            the run.
        n: Samples of each task.
        tasks: How many tasks; all of a finite split if left out, 200 of an endless one.
        split: `test`, or `dev` for tuning.
        k: The k of pass@k; the powers of 4 up to n if left out.
        max_tokens: Longest completion; what the policy was trained with if left out.
        temperature: Of the samples.
        top_p: Nucleus mass.
        top_k: Most likely tokens kept; 0 keeps all.
        shots: Solved training tasks shown before every prompt.
        greedy: Whether a greedy completion is made beside the samples.
        seed: Decides tasks and samples.
        max_prompt_tokens: Longest prompt; 0 for whatever fits.
        data: A benchmark's file or folder, the folder of such folders, or `hf:`.
        engine: `vllm`, `transformers` or `auto`.
        dtype: Of the weights.
        device: `cpu`, `cuda` or `auto`.
        rollouts: `exact`, turns in rounds, or `streaming`, each episode at its own pace.
        verify_workers: Verifier processes; 0 for as many as suit the environment.
        verify_deadline: Seconds one completion may take to verify.
        out: Where to write; a folder named after what is evaluated if left out.
        fresh: Sample anew what is there already.
        verbose: Let the libraries print.
        **chat: What is laid around every chat, such as `system="..."`; otherwise as the policy was trained.

    Returns:
        One row for each policy and environment: metrics with their intervals, and in `eval` the folder of its samples,
        for `evals.load_eval` and `evals.compare`.

    Raises:
        UsageError: The request cannot work.
        RunError: It broke off; the same call goes on from there.
    """
    from evals.console.command import EvalRequest
    from grpo.rollouts.schedule import checked_rollouts

    policies = [policy] if isinstance(policy, str | os.PathLike) else list(policy)
    if not policies:
        raise UsageError("name a policy: evaluate('builtin:tiny', env='math'), or a run that was trained")
    settings = EvalSettings(
        split=split, tasks=tasks, samples=n, ks=None if k is None else tuple(k), temperature=temperature, top_p=top_p,
        top_k=top_k, shots=shots, greedy=greedy, seed=seed, max_prompt_tokens=max_prompt_tokens,
    )  # fmt: skip
    _check_chat(evaluate, chat)
    specs = _specs(policies, env, os.fspath(data))
    benchmarks = tuple(Benchmark(spec, settings, max_tokens, own_shots=shots > 0) for spec in specs)
    request = EvalRequest(
        tuple(dict.fromkeys(os.fspath(one) for one in policies)), benchmarks, engine=engine, dtype=dtype,
        device=device, workers=verify_workers, deadline_s=verify_deadline, chat=chat,
        out=None if out is None else Path(out), fresh=fresh, rollouts=checked_rollouts(rollouts),
    )  # fmt: skip
    return _frame(_evaluated(request, verbose))


@told_alone()
def profile(
    policy: Policy,
    env: Env | None = None,
    n: int = 8,
    *,
    tasks: int | None = None,
    split: str = "train",
    max_tokens: int | None = None,
    temperature: float = 1.0,
    shots: int = 0,
    seed: int = 0,
    max_prompt_tokens: int = 0,
    data: str | os.PathLike[str] = "",
    engine: str = "auto",
    dtype: str = "float32",
    device: str = "auto",
    verify_workers: int = 0,
    verify_deadline: float = 10.0,
    out: str | os.PathLike[str] | None = None,
    fresh: bool = False,
    verbose: bool = False,
    **chat: Any,
) -> ProfileResult:
    """Samples training tasks and returns how often each is solved; what `grpo profile` does in the shell.

    Args:
        policy: What `evaluate` takes.
        env: One environment, as `grpo.train` takes it. Left out, that of the run.
        n: Samples of each task.
        tasks: How many of a finite split; of each family and level of an endless one. All, and 32, if left out.
        split: Whose tasks.
        max_tokens: Longest completion; what the policy was trained with if left out.
        temperature: Of the samples.
        shots: Solved training tasks shown before every prompt.
        seed: Decides tasks and samples.
        max_prompt_tokens: Longest prompt; 0 for whatever fits.
        data: A benchmark's file or folder, the folder of such folders, or `hf:`.
        engine: `vllm`, `transformers` or `auto`.
        dtype: Of the weights.
        device: `cpu`, `cuda` or `auto`.
        verify_workers: Verifier processes; 0 for as many as suit the environment.
        verify_deadline: Seconds one completion may take to verify.
        out: Where to write; a folder named after what is profiled if left out.
        fresh: Sample anew what is there already.
        verbose: Let the libraries print.
        **chat: What is laid around every chat, such as `system="..."`; otherwise as the policy was trained.

    Returns:
        The profile: `frame` has a row for each task, or for each family and level; `file` is what `grpo.train` selects
        by, as in `select=[str(profile.file)]`.

    Raises:
        UsageError: The request cannot work.
        RunError: It broke off; the same call goes on from there.
    """
    from evals.console.profile import ProfileRequest, check_request, only_one
    from evals.console.profile import profile as profiled
    from evals.console.screen import EvalScreen

    settings = EvalSettings(
        split=split, samples=n, temperature=temperature, shots=shots, greedy=False, seed=seed,
        max_prompt_tokens=max_prompt_tokens,
    )  # fmt: skip
    _check_chat(profile, chat)
    specs = _specs([policy], env, os.fspath(data))
    benchmark = only_one([Benchmark(spec, settings, max_tokens, own_shots=shots > 0) for spec in specs])
    request = ProfileRequest(
        os.fspath(policy), benchmark, tasks, engine=engine, dtype=dtype, device=device, workers=verify_workers,
        deadline_s=verify_deadline, chat=chat, out=None if out is None else Path(out), fresh=fresh,
    )  # fmt: skip
    check_request(request)
    with EvalScreen(verbose) as screen:
        return profiled(request, screen.say, screen.progress)


def _check_chat(door: Callable[..., Any], chat: Mapping[str, Any]) -> None:
    """Refuses a setting that is none, by the name that it has elsewhere or the closest here."""
    for name in chat:
        if name not in ChatConfig.model_fields:
            told = known_elsewhere(name, EVAL).replace("--ckpt", "policy").replace("--", "").replace("limit", "tasks")
            told = "it is tasks here" if name == "limit" else told  # the shell takes both
            raise UsageError(
                f"{door.__module__.partition('.')[0]}.{door.__name__}: no setting {name!r}: "
                f"{told or did_you_mean(name, _known(door))}"
            )


def _evaluated(request: EvalRequest, verbose: bool) -> list[Evaluated]:
    from evals.console.command import evaluate
    from evals.console.screen import EvalScreen

    with EvalScreen(verbose) as screen:
        return evaluate(request, screen.say, screen.progress)


def _frame(done: Sequence[Evaluated]) -> pd.DataFrame:
    import pandas as pd

    from evals.results.frames import load_summaries

    return pd.concat([load_summaries(one.folder).assign(model=one.policy) for one in done], ignore_index=True)


def _known(door: Callable[..., Any]) -> list[str]:
    import inspect

    own = [name for name, one in inspect.signature(door).parameters.items() if one.kind is not one.VAR_KEYWORD]
    return [*own, *ChatConfig.model_fields]


def _specs(policies: Sequence[Policy], env: Env | Sequence[Env] | None, data: str) -> list[EnvSpec]:
    """Returns the environments that are asked for, with their data; of a run its own, where none is."""
    if env is None:
        return _trained_on(policies)
    several: list[Env] = list(env) if isinstance(env, list | tuple) else [cast(Env, env)]
    named = [name.strip() for one in several if isinstance(one, str) for name in one.split(",") if name.strip()]
    place = checked_data(data)
    specs = [spec_of(one) for one in several if not isinstance(one, str)]
    found = [*(EnvSpec(name, data_arguments(place, name, named)) for name in named), *specs]
    if not found:
        raise UsageError(f"name an environment, as in env='math': env={env!r} names none")
    return found


def _trained_on(policies: Sequence[Policy]) -> list[EnvSpec]:
    names = [os.fspath(policy) for policy in policies]
    if specs := environments_of(names, code=True):
        return specs
    raise UsageError(f"name an environment: {', '.join(names)} is no run that would have one, as in env='math'")
