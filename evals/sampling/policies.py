"""The policies an eval can be run on: a checkpoint, any model folder or hub name, a LoRA adapter, an endpoint."""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from envs.core.errors import RunError, UsageError
from envs.core.extras import heavy_imports
from evals.sampling.endpoint import PREFIX, EndpointSampler, parse_endpoint
from evals.sampling.trained import config_of
from grpo.policy.chat import is_plain
from grpo.policy.form import DATE_FUNCTION, ChatForm, Shots
from grpo.policy.hub import HubName, commit_of, hub_name
from grpo.rollouts.sampler import EngineSampler, Sampler
from grpo.settings.chats import ChatConfig

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
        form: What is laid around every chat.
        tables: What it was trained on, as its run's config has it, where that were several environments.
    """

    name: str
    path: str
    base: str | None = None
    form: ChatForm = field(default_factory=ChatForm)
    tables: tuple[Mapping[str, Any], ...] = ()

    def trained_on(self, spec: EnvSpec) -> Mapping[str, Any]:
        """Returns what its run set for an environment alone: of its name and arguments, or the only one of its name."""
        arguments = {name: value for name, value in spec.kwargs.items() if name != "split"}
        named = [table for table in self.tables if table["name"] == spec.name]
        same = [table for table in named if table["args"] == arguments]
        return (same or (named if len(named) == 1 else []) or [{}])[0]

    def form_for(self, spec: EnvSpec) -> ChatForm:
        """Returns what is laid around the chats of an environment."""
        system = self.trained_on(spec).get("system")
        return self.form if system is None else replace(self.form, system=system)

    def described_for(self, facts: Mapping[str, Any], spec: EnvSpec) -> dict[str, Any]:
        """Returns what `describe` gave, as it is put to an environment."""
        chat = self.form_for(spec).facts()
        return {name: value for name, value in facts.items() if name != "chat"} | ({"chat": chat} if chat else {})

    @property
    def place(self) -> str:
        """What it is called in writing: its path, or of one on the hub the name with the commit."""
        name, commit = hub_name(self.name), commit_of(self.path)
        return str(HubName(name.repo, commit)) if name and commit else self.path

    @property
    def is_endpoint(self) -> bool:
        """Whether completions come over HTTP."""
        return self.path.startswith(PREFIX)

    @property
    def is_base_model(self) -> bool:
        """Whether it is a model folder whose tokenizer brings no chat template: it continues text, no more."""
        folder = Path(self.base or self.path)
        if self.is_endpoint or self.form.template or not folder.is_dir() or [*folder.glob("*.gguf")]:
            return False
        config = folder / "tokenizer_config.json"
        if not config.is_file():
            return False
        own = [file.read_text(encoding="utf-8") for file in folder.glob("chat_template*")]
        has_one = bool(own) or '"chat_template"' in config.read_text(encoding="utf-8")
        return not has_one or any(map(is_plain, own))

    def describe(self, engine: str, dtype: str) -> dict[str, Any]:
        """Returns what identifies the policy and what it runs on, for summaries and caches; an endpoint has no hash.

        Raises:
            UsageError: An unknown engine, or one that is not installed.
            RunError: The model's files cannot be read.
        """
        from grpo.engines import choose_engine

        facts: dict[str, Any] = {"name": self.name, "path": self.place}
        if chat := self.form.facts():
            facts["chat"] = chat
        if self.is_endpoint:
            return facts
        facts |= {"engine": choose_engine(engine), "dtype": dtype}
        folder = Path(self.path)
        if folder.is_dir():
            facts["sha256"] = model_hash(folder)
        if self.base is not None:
            facts["base"] = self.base
            if Path(self.base).is_dir():
                facts["sha256"] = hashlib.sha256((facts["sha256"] + model_hash(Path(self.base))).encode()).hexdigest()
        return facts


def find_policy(name: str, chat: Mapping[str, Any] | None = None) -> PolicySource:
    """Returns where a policy is, without loading it.

    Args:
        name: As the user gave it.
        chat: Settings of `grpo.settings.chats` that were asked for; the others are those it was trained with.

    Raises:
        UsageError: There is no such policy, the checkpoint is damaged, or a setting is wrong.
    """
    from grpo.settings.config import check_config

    if name.startswith(PREFIX):
        parse_endpoint(name)
        form = check_config(dict(chat or {}), "the command line").chat_form
        if form.template or form.date:
            raise UsageError(
                f"{name} writes its own chat template: leave out --chat-template and --chat-date, or serve it with it"
            )
        return PolicySource(name, name, form=form)
    with heavy_imports():
        from grpo.policy.adapter import adapter_base
        from grpo.policy.hub import fetched
        from grpo.policy.place import ADAPTER_FILE, resolve_model
        from grpo.runs.checkpoint import resolve_checkpoint

    path = fetched(resolve_model(resolve_checkpoint(name)))
    base = fetched(resolve_model(adapter_base(Path(path)))) if (Path(path) / ADAPTER_FILE).is_file() else None
    config = config_of(path)
    trained = {key: value for key, value in config.items() if key in ChatConfig.model_fields}
    args = {**trained.get("chat_args", {}), **(chat or {}).get("chat_args", {})}
    values = {**trained, **(chat or {}), "chat_args": args, "max_prompt_tokens": 0}
    form = check_config(values, "the command line").chat_form
    tables = config["env"] if isinstance(config.get("env"), list) else []
    asked = {"system": None} if "system" in (chat or {}) else {}
    own = tuple({**table, **asked} for table in tables)
    source = PolicySource(name, path, base, form, own)
    if not form.date and _writes_date(source):
        return replace(source, form=replace(form, date=date.today().isoformat()))
    return source


def _writes_date(source: PolicySource) -> bool:
    from grpo.policy.model import load_tokenizer
    from grpo.policy.template import writes_date

    if source.form.template:
        return writes_date(source.form.template)
    folder = Path(source.base or source.path)
    if folder.is_dir() and not [*folder.glob("*.gguf")]:
        files = [*folder.glob("chat_template*"), *folder.glob("tokenizer_config.json")]
        return any(DATE_FUNCTION in file.read_text(encoding="utf-8") for file in files if file.is_file())
    template = load_tokenizer(source.name, str(folder)).chat_template
    return DATE_FUNCTION in str(template)


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


def trained_max_tokens(source: PolicySource, spec: EnvSpec | None = None) -> int:
    """Returns the completion length a policy was trained with, in this environment, 512 where nothing says."""
    if source.is_endpoint:
        return DEFAULT_MAX_TOKENS
    from grpo.policy.builtin import recipe_for

    default = recipe_for(source.name).get("max_tokens", DEFAULT_MAX_TOKENS)
    own = source.trained_on(spec).get("max_tokens") if spec is not None else None
    return int(own or config_of(source.path).get("max_tokens", default))


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
    shots = [examples(subject) for subject in subjects]
    if source.is_endpoint:
        if any(subject.settings.max_prompt_tokens for subject in subjects):
            raise UsageError("an endpoint does not say how long a prompt is in tokens: leave out --max-prompt-tokens")
        limits = {"per_minute": how.per_minute, "timeout_s": how.request_timeout}
        forms = [source.form_for(subject.spec) for subject in subjects]
        yield [EndpointSampler(source.path, some, form=form, **limits) for some, form in zip(shots, forms, strict=True)]
        return
    from grpo.engines import choose_engine, make_engine
    from grpo.policy.model import load_policy

    with _model_folder(source) as folder:
        with_model = choose_engine(how.engine) == "transformers"
        policy = load_policy(
            folder, dtype=how.dtype, device=_device(how.device), with_model=with_model, form=source.form
        )
        written = policy.renderer.form
        forms = [replace(written, system=source.form_for(subject.spec).system) for subject in subjects]
        renderers = [replace(policy.renderer, shots=some, form=form) for some, form in zip(shots, forms, strict=True)]
        context = max(_context(policy, r, s) for r, s in zip(renderers, subjects, strict=True))
        running = make_engine(how.engine, policy, max_model_len=context, dtype=how.dtype)
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
