"""Loads a policy and opens what samples from it, or asks it how likely it holds texts, for each set of tasks."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from envs.bridges.likelihood import LikelihoodEnv
from envs.core.errors import RunError, UsageError
from evals.sampling.endpoint import EndpointSampler
from evals.sampling.policies import PolicySource
from grpo.policy.form import Shots
from grpo.rollouts.sampler import EngineSampler, Sampler

if TYPE_CHECKING:
    from envs.core.environment import TextEnv
    from envs.core.registry import EnvSpec
    from envs.core.task import Task
    from grpo.policy.model import Policy


class Loading(Protocol):
    """How a policy is to be run."""

    @property
    def engine(self) -> str:
        """`auto`, `vllm` or `transformers`."""
        ...

    @property
    def dtype(self) -> str:
        """Of the weights."""
        ...

    @property
    def device(self) -> str:
        """`auto`, `cpu` or `cuda`."""
        ...

    @property
    def per_minute(self) -> int:
        """Most requests to an endpoint started in a minute; 0 for no limit."""
        ...

    @property
    def request_timeout(self) -> float:
        """Seconds one request to an endpoint may take before it is tried again."""
        ...


class Limits(Protocol):
    """What a set of tasks asks of a policy's context."""

    @property
    def max_tokens(self) -> int:
        """Longest turn."""
        ...

    @property
    def shots(self) -> int:
        """Solved training tasks shown before every prompt."""
        ...

    @property
    def max_prompt_tokens(self) -> int:
        """Longest prompt; 0 for whatever fits."""
        ...


class Subject(Protocol):
    """Tasks that a policy is loaded for; `evals.evaluator.Evaluator` is one."""

    spec: EnvSpec
    env: TextEnv
    tasks: list[Task]

    @property
    def settings(self) -> Limits:
        """How much of the context they take."""
        ...


@contextlib.contextmanager
def opened_samplers(source: PolicySource, subjects: Sequence[Subject], how: Loading) -> Iterator[list[Sampler]]:
    """Loads a policy once and yields one sampler for each set of tasks, with that environment's examples.

    Args:
        source: From `find_policy`.
        subjects: Whose prompts must fit the context.
        how: Engine and weights.

    Raises:
        UsageError: The model, the engine or the prompts do not fit.
        RunError: The weights cannot be read.
    """
    if source.is_endpoint:
        if asking := [subject for subject in subjects if isinstance(subject.env, LikelihoodEnv)]:
            raise UsageError(
                f"an endpoint tells no log-likelihoods of texts: give {asking[0].spec.name} a model's folder"
            )
        shots = [examples(subject) for subject in subjects]
        if any(subject.settings.max_prompt_tokens for subject in subjects):
            raise UsageError("an endpoint does not say how long a prompt is in tokens: leave out --max-prompt-tokens")
        limits = {"per_minute": how.per_minute, "timeout_s": how.request_timeout}
        forms = [source.form_for(subject.spec) for subject in subjects]
        yield [EndpointSampler(source.path, some, form=form, **limits) for some, form in zip(shots, forms, strict=True)]
        return
    from grpo.policy.model import load_policy

    engine = _engine_for(how.engine, subjects)
    writing = [subject for subject in subjects if not isinstance(subject.env, LikelihoodEnv)]
    shots = [examples(subject) for subject in writing]
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(_model_folder(source))
        with_model = engine == "transformers"
        policy = load_policy(
            folder, dtype=how.dtype, device=_device(how.device), with_model=with_model, form=source.form
        )
        writers = iter(stack.enter_context(_engine_samplers(source, policy, writing, shots, engine, how.dtype)))
        yield [next(writers) if subject in writing else _likelihood_sampler(policy, subject) for subject in subjects]


def _engine_for(name: str, subjects: Sequence[Subject]) -> str:
    """Returns the engine that all of some tasks can be evaluated with.

    Raises:
        UsageError: One is asked for, or needed by others, that tells no log-likelihoods.
    """
    from grpo.engines import choose_engine

    engine = choose_engine(name)
    asking = [subject for subject in subjects if isinstance(subject.env, LikelihoodEnv)]
    if engine == "transformers" or not asking:
        return engine
    if name == "auto" and len(asking) == len(subjects):
        return "transformers"
    raise UsageError(
        f"{asking[0].spec.name} is scored by log-likelihood, which --engine {engine} does not do: take --engine "
        "transformers" + ("" if len(asking) == len(subjects) else ", or evaluate it by itself")
    )


def _likelihood_sampler(policy: Policy, subject: Subject) -> Sampler:
    from evals.sampling.likelihood_sampler import LikelihoodSampler

    assert isinstance(subject.env, LikelihoodEnv)
    return LikelihoodSampler(policy, subject.env)


@contextlib.contextmanager
def _engine_samplers(
    source: PolicySource,
    policy: Policy,
    subjects: Sequence[Subject],
    shots: Sequence[Shots],
    engine: str,
    dtype: str,
) -> Iterator[list[Sampler]]:
    if not subjects:
        yield []
        return
    from grpo.engines import make_engine

    written = policy.renderer.form
    forms = [replace(written, system=source.form_for(subject.spec).system) for subject in subjects]
    renderers = [replace(policy.renderer, shots=some, form=form) for some, form in zip(shots, forms, strict=True)]
    context = max(_context(policy, r, s) for r, s in zip(renderers, subjects, strict=True))
    running = make_engine(engine, policy, max_model_len=context, dtype=dtype)
    try:
        yield [
            EngineSampler(running, renderer, subject.settings.max_prompt_tokens)
            for renderer, subject in zip(renderers, subjects, strict=True)
        ]
    finally:
        running.close()


@contextlib.contextmanager
def _model_folder(source: PolicySource) -> Iterator[str]:
    """Yields a folder an engine can load: the policy's own, or a temporary one with the adapter merged in."""
    if source.base is None:
        yield source.path
        return
    try:
        from peft import PeftModel
    except ImportError as error:
        raise UsageError(f"{source.name} is a LoRA adapter, which needs peft: pip install peft") from error
    from grpo.policy.model import load_policy

    with tempfile.TemporaryDirectory(prefix="grpo-merged-") as folder:
        base = load_policy(source.base)
        try:
            merged = PeftModel.from_pretrained(base.model, source.path).merge_and_unload()
        except Exception as error:
            raise RunError(f"the adapter {source.name} does not fit its base {source.base}: {error}") from error
        merged.save_pretrained(folder)
        base.renderer.tokenizer.save_pretrained(folder)
        yield folder


def _device(name: str) -> str:
    import torch

    if name.startswith("cuda") and not torch.cuda.is_available():
        raise UsageError(f"--device {name}: PyTorch sees no GPU here; use --device cpu, or run `grpo doctor`")
    if name != "auto":
        return name
    return "cuda" if torch.cuda.is_available() else "cpu"


def _context(policy: Policy, renderer: Any, subject: Subject) -> int:
    from grpo.rollouts.context import Room, context_for

    room = Room(policy.max_model_len, subject.settings.max_tokens, subject.settings.max_prompt_tokens)
    lengths = renderer.prompt_lengths([subject.env.messages(task) for task in subject.tasks])
    room.check_some_fit(lengths)
    longest = max(length for length in lengths if length <= room.limit)
    return min(policy.max_model_len, context_for(longest, room.max_tokens, subject.env.max_turns))


def examples(subject: Subject) -> Shots:
    """Returns solved tasks of the environment's training split, to show before every prompt.

    Raises:
        UsageError: The environment knows fewer solutions.
    """
    if not subject.settings.shots:
        return Shots()
    from grpo.session import solved_shots

    env: TextEnv = subject.spec.split("train").build()
    return solved_shots(env, subject.settings.shots)


def has_train_split(spec: EnvSpec) -> bool:
    """Returns whether an environment has training tasks to take examples from."""
    try:
        spec.split("train").build()
    except UsageError:
        return False
    return True
