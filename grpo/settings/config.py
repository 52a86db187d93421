"""The configuration of a run: one model, a line under every field, errors that name the field.

Values come from four places, the later winning: the defaults here, the recipe of a built-in policy, a TOML file, flags.
A preset (`algo`) counts as written out by whoever names it, and gives way to what the same source says beside it.
The settings of the algorithm proper are in `grpo.settings.algorithm`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, Self

import tomli_w
from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator

from envs.builtin.datasets.place import absolute, anchored, checked_data, data_arguments
from envs.core.errors import UsageError
from envs.core.registry import EnvSpec
from grpo.policy.builtin import recipe_for
from grpo.policy.hub import HubName, hub_name
from grpo.settings.algorithm import LOSSES, AlgorithmConfig
from grpo.settings.chats import ChatConfig
from grpo.settings.drawing import NO_PROFILE, DrawingConfig
from grpo.settings.engine import EngineConfig
from grpo.settings.environments import OWN_SETTINGS, Environment, EnvTable, codeless_setting, folded, labels_of
from grpo.settings.file import settings_in, unknown_setting
from grpo.settings.presets import with_preset

SHELL = "the command line"
"""What messages call settings that were given as flags."""
PYTHON = "grpo.train"
"""What messages call settings that were given there."""


class TrainConfig(DrawingConfig, ChatConfig, AlgorithmConfig, EngineConfig):
    """Everything that decides what a run computes."""

    env: str | list[EnvTable] = "math"
    """Environment to train on: a name from `grpo env list`, or the path of a .py file; several as math:2,code:1."""
    env_args: dict[str, Any] = Field(default_factory=dict)
    """Arguments of the environment, such as levels=[1,2]."""
    data: str = ""
    """Data of the environment: a file, a folder, the folder of such folders, or hf: for the Hugging Face hub."""
    model: str = "builtin:tiny"
    """Policy to start from: builtin:tiny, a Hugging Face model folder, or a hub name such as Org/Model@revision."""
    engine: str = "auto"
    """What samples: vllm, transformers, or auto (vLLM where it is installed)."""
    seed: int = Field(0, ge=0, lt=2**63)
    """Decides tasks and samples. The same seed and config give the same run."""

    steps: int = Field(200, ge=1)
    """Optimizer batches to train for."""
    tasks_per_step: int = Field(16, ge=1)
    """Tasks in each batch (P)."""
    group_size: int = Field(8, ge=2)
    """Completions sampled for each task (G); DeepSeekMath used 64, most runs 8 to 16."""
    max_tokens: int = Field(256, ge=1)
    """Longest completion, in tokens; in episodes of several turns, the longest turn."""
    temperature: float = Field(1.0, gt=0)
    """Sampling temperature; log-probs are of logits divided by it. Top-p and top-k stay off: they bias the ratio."""
    shots: int = Field(0, ge=0, le=32)
    """Solved tasks of the train split shown before every prompt, for policies that were never taught to chat."""

    learning_rate: float = Field(1e-6, gt=0)
    """Peak learning rate of AdamW; 1e-6 (DeepSeekMath, arXiv:2402.03300) fits models from 0.5B up. With LoRA 1e-4."""
    warmup_steps: int = Field(10, ge=0)
    """Steps over which the learning rate rises linearly from 0."""
    lr_decay: float = Field(1.0, ge=0, le=1)
    """Share of the peak learning rate that is left at the last step, reached linearly; 1 is constant."""
    beta1: float = Field(0.9, ge=0, lt=1)
    """AdamW's first decay."""
    beta2: float = Field(0.999, ge=0, lt=1)
    """AdamW's second decay."""
    weight_decay: float = Field(0.0, ge=0)
    """AdamW's decoupled weight decay."""
    max_grad_norm: float = Field(1.0, gt=0)
    """Gradients are scaled down to this norm."""
    micro_batch_tokens: int = Field(8192, ge=1)
    """Most tokens, padding included, that pass the model at once; fewer take less memory and, on CPU, less time."""
    forward: Literal["auto", "shared", "packed", "padded", "apart"] = "auto"
    """How sequences pass the model: shared (a prompt once a group), packed, padded, apart; auto: the fastest exact."""
    logit_chunk: int = Field(2**22, ge=0)
    """Most logits held at once, forward and backward; they are made again rather than kept. 0 holds all of them."""
    gradient_checkpointing: bool = False
    """Make activations again in the backward pass instead of keeping them: less memory, a third more time."""
    optimizer: Literal["adamw", "adamw_8bit"] = "adamw"
    """adamw is PyTorch's fused one; adamw_8bit keeps its moments in 8 bits (bitsandbytes or torchao)."""
    max_engine_gap: float = Field(0.0, ge=0)
    """Mean nats between the engine's and the trainer's log-probs that stop a run; 0: 1e-3 in float32, else 0.1."""
    rehearsal: bool = True
    """Try sampling, new weights, the longest update and a checkpoint before the first step; all of it is undone."""

    dtype: str = "auto"
    """float32, bfloat16 (float32 master weights and sums), or auto: bfloat16 where it is faster, as a probe finds."""
    attn: str = "auto"
    """Attention of transformers to run on: sdpa, eager, flash_attention_2, flex_attention; auto is the model's own."""
    lora_rank: int = Field(0, ge=0)
    """Rank of a LoRA adapter (arXiv:2106.09685), trained instead of the weights; 0 trains the weights."""
    lora_alpha: float = Field(32.0, gt=0)
    """The adapter is scaled by lora_alpha / lora_rank."""
    lora_targets: list[str] = Field(default_factory=lambda: ["all-linear"])
    """Modules that get an adapter, such as q_proj; all-linear is every matrix but the output's."""
    device: str = "auto"
    """Where the policy is trained: cpu, cuda, or auto."""
    overlap: bool = False
    """Sample the next batch while this one trains, one update behind; needs a mismatch correction such as tis."""
    shard: bool = False
    """Spread weights, gradients and optimizer over the processes that torchrun started (FSDP2)."""
    rollouts: Literal["exact", "streaming"] = "exact"
    """exact: turns go in rounds, to the bit; streaming: each episode at its own pace, for slow tools."""
    verify_workers: int = Field(0, ge=0)
    """Verifier processes; 0 is 1, and in environments of several turns as many as episodes are played, up to 64."""
    verify_deadline: float = Field(10.0, gt=0)
    """Seconds one completion may take to verify before its worker is killed."""

    save_every: int = Field(50, ge=1)
    """Steps between checkpoints; the last step always makes one."""
    keep: int = Field(2, ge=1)
    """Checkpoints kept; older ones are removed."""
    save_optimizer: bool = True
    """Keep the optimizer's state in checkpoints: twice the weights and more, without which a resume is not exact."""
    eval_tasks: int = Field(200, ge=0)
    """Held-out tasks evaluated before and after training; 0 for none."""
    eval_samples: int = Field(8, ge=1)
    """Samples of each held-out task, for pass@1 and pass@k."""
    eval_temperature: float = Field(1.0, ge=0)
    """Temperature of those samples; a greedy pass is always made beside them."""
    eval_every: int = Field(0, ge=0)
    """Steps between evaluations on the dev split while training; the best weights stay in checkpoints/best. 0: none."""
    loggers: list[Literal["tensorboard", "wandb", "trackio", "mlflow"]] = Field(default_factory=list)
    """Also send metrics to tensorboard, wandb, trackio or mlflow."""
    project: str = "grpo-gym"
    """What wandb, trackio and mlflow file the run under."""
    run_name: str = ""
    """What they call it; the run folder's name if empty."""

    push_to: str = ""
    """Repository on the Hugging Face hub, OWNER/NAME, that the last checkpoint is pushed to; empty for none."""
    push_every: int = Field(0, ge=0)
    """Steps between checkpoints that are pushed there while training goes on; 0: the last one alone."""
    push_private: bool = False
    """Make that repository for its owner alone, and push to no public one."""
    push_state: bool = False
    """Push the trainer's state too, from which `--resume-from` goes on; it holds every setting, paths included."""

    def without_code(self) -> dict[str, Any]:
        """Returns the settings as plain data, of rewards that travel by value the name and hash alone."""
        return {name: codeless_setting(value) for name, value in self}

    @property
    def environments(self) -> tuple[Environment, ...]:
        """What is trained on, each with what it sets for itself; most runs have one."""
        tables = [EnvTable(name=self.env, args=self.env_args)] if isinstance(self.env, str) else self.env
        names = [table.name for table in tables]
        labels = labels_of([table.model_dump() for table in tables]) if len(tables) > 1 else [""]
        return tuple(
            Environment(label, table.weight, self._spec(table, names), **self._limits(table))
            for label, table in zip(labels, tables, strict=True)
        )

    def _spec(self, table: EnvTable, names: list[str]) -> EnvSpec:
        return EnvSpec(table.name, {**data_arguments(self.data, table.name, names), **table.args, "split": "train"})

    def _limits(self, table: EnvTable) -> dict[str, Any]:
        own = {name: getattr(table, name) for name in OWN_SETTINGS}
        return {name: getattr(self, name) if value is None else value for name, value in own.items()}

    @property
    def longest_turn(self) -> int:
        """Most tokens of a turn, in whichever environment."""
        tables = [] if isinstance(self.env, str) else self.env
        return max((table.max_tokens or self.max_tokens for table in tables), default=self.max_tokens)

    def pushes_after(self, step: int) -> bool:
        """Whether the checkpoint of a step is pushed while training goes on."""
        return bool(self.push_every) and step % self.push_every == 0

    def saves_after(self, step: int) -> bool:
        """Whether a checkpoint is made after a step that is not the last."""
        return step % self.save_every == 0 or self.pushes_after(step)

    @model_validator(mode="before")
    @classmethod
    def _environments_are_tables(cls, values: Any) -> Any:
        return folded(values) if isinstance(values, dict) else values

    @field_validator("data")
    @classmethod
    def _data_travels(cls, data: str) -> str:
        return absolute(data)

    @field_validator("project", "run_name")
    @classmethod
    def _trackers_take_the_name(cls, name: str, info: ValidationInfo) -> str:
        if refused := sorted(set(name) & set("/\\#?%:\n")):
            raise ValueError(f"holds {refused[0]!r}, which not every tracker takes: leave it out")
        if not name.strip() and (name or info.field_name == "project"):
            raise ValueError("is blank: give a name")
        return name

    @field_validator("env_args")
    @classmethod
    def _arguments_travel(cls, arguments: dict[str, Any]) -> dict[str, Any]:
        return anchored(arguments)

    @model_validator(mode="after")
    def _samples_divide(self) -> Self:
        samples = self.tasks_per_step * self.group_size
        if samples % self.minibatches:
            raise ValueError(
                f"minibatches = {self.minibatches} does not divide the {samples} samples of a step (tasks_per_step x "
                f"group_size): take {_nearest_divisor(samples, self.minibatches)}"
            )
        return self

    @field_validator("push_to")
    @classmethod
    def _repository_is_named(cls, name: str) -> str:
        found = hub_name(name) if name else HubName("")
        if found is None or found.revision is not None:
            raise ValueError("is no name of a repository: write OWNER/NAME, as on the hub")
        return name

    @model_validator(mode="after")
    def _pushes_go_somewhere(self) -> Self:
        if not self.push_to and (self.push_every or self.push_private or self.push_state):
            raise ValueError("push_every, push_private and push_state need to know where: add push_to=OWNER/NAME")
        return self

    @model_validator(mode="after")
    def _base_stays(self) -> Self:
        if self.lora_rank and self.ref_sync_every:
            raise ValueError(
                "ref_sync_every cannot move the base under a LoRA adapter, which is its reference: leave it out, or "
                "train the weights with lora_rank=0"
            )
        return self

    @model_validator(mode="after")
    def _staleness_is_corrected(self) -> Self:
        if self.overlap and self.mismatch == "none":
            weight = "sequence" if LOSSES[self.loss].per_sequence else "tis"
            raise ValueError(
                "overlap samples with weights one update behind, which needs a mismatch correction: add "
                f"mismatch={weight}, or leave overlap out"
            )
        return self

    @model_validator(mode="after")
    def _sleeps_while_idle(self) -> Self:
        if self.overlap and self.sleep:
            raise ValueError(
                "sleep frees the engine's memory while the policy trains, and overlap has it sample then: leave out one"
            )
        return self

    @model_validator(mode="after")
    def _can_be_sharded(self) -> Self:
        if self.shard and self.lora_rank:
            raise ValueError(
                "shard and lora_rank do not go together: an adapter has little to spread; leave out one of them"
            )
        return self

    @property
    def engine_gap_allowed(self) -> float:
        """`max_engine_gap`, or what the dtype asks for."""
        exact = self.dtype in ("float32", "auto") and self.kv_dtype == "auto"  # auto is filled in before a run begins
        return self.max_engine_gap or (1e-3 if exact else 0.1)

    def describe(self, name: str) -> str:
        """Returns the docstring line of a field."""
        return type(self).model_fields[name].description or ""


def _nearest_divisor(number: int, wanted: int) -> int:
    return min((d for d in range(1, number + 1) if number % d == 0), key=lambda d: abs(d - wanted))


def load_config(
    path: Path | None, flags: dict[str, Any], origin: str = SHELL, under: Mapping[str, Any] = MappingProxyType({})
) -> TrainConfig:
    """Merges recipe, file and flags into a checked config.

    Args:
        path: A TOML file, or None.
        flags: Settings given on the command line, or to `grpo.train`.
        origin: Where those come from, for messages.
        under: The settings of a run that goes on, below all of them.

    Raises:
        UsageError: The file cannot be read, or a key or value is wrong; the message names it, and who said it.
    """
    file = settings_in(path) if path else {}
    file.pop("run_dir", None)
    given = {**with_preset(file), **with_preset(flags)}
    model = given.get("model", TrainConfig.model_fields["model"].default)
    recipe = recipe_for(model) if isinstance(model, str) else {}
    both = f"{path} with {origin}" if flags else str(path)
    sources = {None: both if path else origin, **dict.fromkeys(file, str(path)), **dict.fromkeys(flags, origin)}
    config = check_config({**recipe, **under, **given}, origin, sources)
    if "pass_rate" in flags and not config.select:  # in a run's config.toml, where every setting stands, it is no wish
        raise UsageError(f"{origin}: {NO_PROFILE}")
    checked_data(given.get("data", ""))
    return config


def check_config(
    values: dict[str, Any], origin: str, sources: Mapping[str | None, str] = MappingProxyType({})
) -> TrainConfig:
    """Returns the config of these values.

    Args:
        values: The settings.
        origin: Where they come from, for messages.
        sources: Where single ones come from instead; under None, what is said of several together.

    Raises:
        UsageError: One line that names the first wrong key or value, and where it came from.
    """
    try:
        return TrainConfig(**values)
    except ValidationError as error:
        first = error.errors()[0]
        text = first["msg"].removeprefix("Value error, ")
        if not first["loc"]:  # settings that do not go together
            raise UsageError(f"{sources.get(None, origin)}: {text}") from error
        key = str(first["loc"][0])
        source = sources.get(key, origin)
        if first["type"] == "extra_forbidden":
            raise UsageError(f"{source}: {unknown_setting(key, values[key], TrainConfig.model_fields)}") from error
        raise UsageError(f"{source}: {key} = {values[key]!r}: {text[0].lower()}{text[1:]}") from error


def to_toml(config: TrainConfig) -> str:
    """Returns the config as TOML with its docstring lines as comments; `load_config` reads it back."""
    return toml_of({name: getattr(config, name) for name in TrainConfig.model_fields}, config.describe)


def toml_of(settings: Mapping[str, Any], about: Callable[[str], str] | None = None) -> str:
    """Returns settings as TOML.

    Args:
        settings: By name.
        about: Tells a line about a setting, for the comment above it.
    """
    rendered = {name: tomli_w.dumps({name: _plain(value)}) for name, value in settings.items()}
    # Whatever follows the heading of a table belongs to that table, so that those come last.
    ordered = sorted(rendered, key=lambda name: rendered[name].startswith("["))
    parts = []
    for name in ordered:
        apart = "\n" if rendered[name].startswith("[") else ""
        comment = f"# {about(name)}\n" if about else ""
        parts.append(apart + comment + rendered[name])
    return "".join(parts)


def _plain(value: Any) -> Any:
    if isinstance(value, EnvTable):
        return value.model_dump(exclude_none=True)
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value
