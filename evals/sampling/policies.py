"""The policies an eval can be run on: a checkpoint, any model folder or hub name, a LoRA adapter, an endpoint."""

from __future__ import annotations

import contextlib
import hashlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from envs.core.errors import RunError, UsageError
from envs.core.extras import heavy_imports
from evals.sampling.endpoint import PREFIX, EndpointSampler, parse_endpoint
from grpo.rollouts.sampler import EngineSampler, Sampler

if TYPE_CHECKING:
    from envs.core.environment import TextEnv
    from envs.core.registry import EnvSpec
    from envs.core.task import Task
    from grpo.policy.model import Policy

DEFAULT_MAX_TOKENS = 512
_IDENTITY_FILES = ("*.safetensors", "*.bin", "*.gguf", "*.json", "*.jinja", "*.model")


@dataclass(frozen=True, slots=True)
class PolicySource:
    """Where a policy comes from.

    Attributes:
        name: As the user gave it.
        path: Model folder, hub name or endpoint.
        base: The base model of a LoRA adapter, None for anything else.
    """

    name: str
    path: str
    base: str | None = None

    @property
    def is_endpoint(self) -> bool:
        """Whether completions come over HTTP."""
        return self.path.startswith(PREFIX)

    @property
    def is_base_model(self) -> bool:
        """Whether it is a model folder whose tokenizer brings no chat template: it continues text, no more."""
        if self.is_endpoint or not Path(self.base or self.path).is_dir():
            return False
        folder = Path(self.base or self.path)
        config = folder / "tokenizer_config.json"
        templates = [*folder.glob("chat_template*"), *folder.glob("*.gguf")]
        return not templates and config.is_file() and '"chat_template"' not in config.read_text(encoding="utf-8")

    def describe(self, engine: str, dtype: str) -> dict[str, Any]:
        """Returns what identifies the policy and what it runs on, for summaries and caches; an endpoint has no hash.

        Raises:
            UsageError: An unknown engine, or one that is not installed.
            RunError: The model's files cannot be read.
        """
        from grpo.engines import choose_engine

        if self.is_endpoint:
            return {"name": self.name, "path": self.path}
        facts: dict[str, Any] = {"name": self.name, "path": self.path, "engine": choose_engine(engine), "dtype": dtype}
        folder = Path(self.path)
        if folder.is_dir():
            facts["sha256"] = model_hash(folder)
        if self.base is not None:
            facts["base"] = self.base
            if Path(self.base).is_dir():
                facts["sha256"] = hashlib.sha256((facts["sha256"] + model_hash(Path(self.base))).encode()).hexdigest()
        return facts


def find_policy(name: str) -> PolicySource:
    """Returns where a policy is, without loading it.

    Raises:
        UsageError: There is no such policy, or the checkpoint is damaged.
    """
    if name.startswith(PREFIX):
        parse_endpoint(name)
        return PolicySource(name, name)
    with heavy_imports():
        from grpo.policy.adapter import ADAPTER_FILE, adapter_base
        from grpo.policy.model import resolve_model
        from grpo.runs.checkpoint import resolve_checkpoint

    path = resolve_checkpoint(name)
    if (Path(path) / ADAPTER_FILE).is_file():
        return PolicySource(name, path, resolve_model(adapter_base(Path(path))))
    return PolicySource(name, resolve_model(path))


def model_hash(folder: Path) -> str:
    """Returns a hash of a model folder's weights, configs and tokenizer; trainer state apart.

    Raises:
        RunError: A file cannot be read.
    """
    files = sorted({file for pattern in _IDENTITY_FILES for file in folder.glob(pattern) if file.is_file()})
    total = hashlib.sha256()
    try:
        for file in files:
            with file.open("rb") as stream:
                total.update(f"{file.name}\n{hashlib.file_digest(stream, 'sha256').hexdigest()}\n".encode())
    except OSError as error:
        raise RunError(f"the model in {folder} cannot be read: {error}") from error
    return total.hexdigest()


def trained_max_tokens(source: PolicySource) -> int:
    """Returns the completion length a policy was trained with, 512 where nothing says."""
    if source.is_endpoint:
        return DEFAULT_MAX_TOKENS
    from grpo.policy.builtin import recipe_for
    from grpo.runs.checkpoint import STATE_DIR

    state = Path(source.path) / STATE_DIR / "state.json"
    if state.is_file():
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            return int(json.loads(state.read_text(encoding="utf-8"))["config"]["max_tokens"])
    return int(recipe_for(source.name).get("max_tokens", DEFAULT_MAX_TOKENS))


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


class Subject(Protocol):
    """Tasks that a policy is loaded for; `evals.evaluate.Evaluator` is one."""

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
    shots = [examples(subject) for subject in subjects]
    if source.is_endpoint:
        limits = {"per_minute": how.per_minute, "timeout_s": how.request_timeout}
        yield [EndpointSampler(source.path, some, **limits) for some in shots]
        return
    from grpo.engines import choose_engine, make_engine
    from grpo.policy.model import load_policy

    with _model_folder(source) as folder:
        with_model = choose_engine(how.engine) == "transformers"
        policy = load_policy(folder, dtype=how.dtype, device=_device(how.device), with_model=with_model)
        renderers = [replace(policy.renderer, shots=some) for some in shots]
        context = max(_context(policy, r, s) for r, s in zip(renderers, subjects, strict=True))
        running = make_engine(how.engine, policy, max_model_len=context, dtype=how.dtype)
        try:
            yield [EngineSampler(running, renderer) for renderer in renderers]
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

    if name != "auto":
        return name
    return "cuda" if torch.cuda.is_available() else "cpu"


def _context(policy: Policy, renderer: Any, subject: Subject) -> int:
    from grpo.rollouts.context import check_fits, context_for

    longest, longest_id = 0, ""
    for task in subject.tasks:
        length = len(renderer.prompt_ids(subject.env.messages(task)))
        if length > longest:
            longest, longest_id = length, task.id
    check_fits(longest, subject.settings.max_tokens, policy.max_model_len, longest_id)
    needed = context_for(longest, subject.settings.max_tokens, subject.env.max_turns)
    return min(policy.max_model_len, needed)


def examples(subject: Subject) -> tuple[tuple[str, str], ...]:
    """Returns solved tasks of the environment's training split, to show before every prompt.

    Raises:
        UsageError: The environment knows fewer solutions.
    """
    if not subject.settings.shots:
        return ()
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
