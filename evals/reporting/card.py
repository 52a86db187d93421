"""The model card of a checkpoint: what it is, and how sure one may be of it, from the run's own files."""

from __future__ import annotations

import json
import platform
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from envs.core.errors import UsageError
from envs.core.registry import codeless
from evals.reporting.report import Report, collect, eval_table
from grpo.policy.builtin import PREFIX, builtin_folder
from grpo.policy.hub import hub_name
from grpo.runs.checkpoint import STATE_DIR
from grpo.runs.hub.export import Form, Source, base_of
from grpo.runs.hub.record import discreet, shown
from grpo.runs.rundir import RunDir
from grpo.settings.config import TrainConfig, load_config, toml_of
from grpo.settings.environments import EnvTable, codeless_setting
from grpo.settings.presets import describe_algorithm

_PACKAGES = ("grpo-gym", "torch", "transformers", "peft", "vllm")
_NOT_OF_THE_ALGORITHM = {"loggers", "project", "run_name", "chat_template", "device", "keep"}
_LICENSE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,63}")
_LONGEST_CARD = 100_000
_PIPELINE = "text-generation"
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~&$])")


@dataclass(frozen=True, slots=True)
class _Known:
    """What a card is made of.

    Attributes:
        source: The checkpoint.
        form: What was made of it.
        state: The trainer's facts beside it.
        last_step: Of the run.
    """

    source: Source
    form: Form
    state: Mapping[str, Any]
    last_step: int

    @property
    def config(self) -> TrainConfig:
        return self.source.config

    @property
    def stays_adapter(self) -> bool:
        return self.source.is_adapter and not self.form.merge


def card(source: Source, form: Form, name: str = "") -> str:
    """Returns the text of a model card: metadata that is YAML, and Markdown in which no text of the run is any.

    Args:
        source: The checkpoint.
        form: What is made of it.
        name: Of its repository; empty where it has none.
    """
    import yaml

    steps = [line["step"] for line in RunDir(source.run).metrics()]
    known = _Known(source, form, _state(source.checkpoint), max(steps, default=source.step))
    called, evals = name or source.run.resolve().name, _evals(known)
    metadata = {**_metadata(known), **_model_index(called, evals)}
    head = yaml.safe_dump(metadata, sort_keys=False, allow_unicode=False, width=1000)
    parts = [
        f"# {_plain(called)}",
        _opening(known),
        _table(["", ""], _facts(known)),
        "## Held-out results",
        *_held_out(evals),
        "## How to use it",
        _usage(known, name),
        "## How it was trained",
        "The settings that differ from the defaults, as `run.toml`; `grpo train --config run.toml` trains it again.",
        _fenced("toml", _settings(known.config)),
        "## Versions",
        _versions(source.checkpoint),
    ]
    return f"---\n{head}---\n\n" + _without_paths("\n\n".join(parts), known) + "\n"


def _state(checkpoint: Path) -> dict[str, Any]:
    try:
        found = json.loads((checkpoint / STATE_DIR / "state.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _metadata(known: _Known) -> dict[str, Any]:
    base = hub_name(known.config.model) if not Path(known.config.model).exists() else None
    found: dict[str, Any] = {}
    if base is not None:
        relation = "adapter" if known.stays_adapter else "finetune"
        found |= {"base_model": base.repo, "base_model_relation": relation}
    if said := _license(known.config.model):
        found["license"] = said
    algorithm = known.config.algo if known.config.algo != "default" else "grpo"
    lora = ["lora"] if known.source.is_adapter else []
    tags = dict.fromkeys(["grpo-gym", "grpo", algorithm, "reinforcement-learning", *lora])
    library = "peft" if known.stays_adapter else "transformers"
    return {**found, "library_name": library, "pipeline_tag": _PIPELINE, "tags": list(tags)}


def _license(model: str) -> str:
    """Returns the license that the base's own card names; empty where it names none."""
    import yaml

    file = _card_of(model)
    try:
        text = file.read_text(encoding="utf-8", errors="replace")[:_LONGEST_CARD] if file is not None else ""
        head = re.match(r"---\s*\n(.*?)\n---", text, re.DOTALL)
        said = yaml.safe_load(head[1]).get("license") if head else None
    except (OSError, yaml.YAMLError, AttributeError, RecursionError):
        return ""
    return said if isinstance(said, str) and _LICENSE.fullmatch(said) else ""


def _card_of(model: str) -> Path | None:
    if model.startswith(PREFIX):
        return builtin_folder(model) / "README.md"
    name = hub_name(model)
    if Path(model).is_dir() or name is None:
        return Path(model) / "README.md"
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(name.repo, "README.md", revision=name.revision)
    return Path(found) if isinstance(found, str) else None


def _opening(known: _Known) -> str:
    what = "A LoRA adapter" if known.stays_adapter else "A language model"
    merged = ", its LoRA adapter merged into the base" if known.source.is_adapter and known.form.merge else ""
    whole = "" if known.source.step >= known.config.steps else f" of {known.config.steps}"
    return (
        f"{what} trained with verifiable rewards by grpo-gym{merged}. "
        f"These are the weights after step {known.source.step}{whole}."
    )


def _facts(known: _Known) -> list[list[str]]:
    config = known.config
    adapter = f"a LoRA adapter of rank {config.lora_rank}, alpha {config.lora_alpha:g}"
    size = f"{config.tasks_per_step} tasks x {config.group_size} completions"
    rows = [
        ["base", base_of(known.source) if known.source.is_adapter else config.model],
        ["trained", adapter if known.source.is_adapter else "all weights"],
        *(["environment", one] for one in _environments(config)),
        *(["data", one] for one in _data(known.state)),
        ["algorithm", describe_algorithm(config).removeprefix("algorithm ")],
        ["a step", f"{size} of at most {config.max_tokens} tokens"],
        ["learning rate", f"{config.learning_rate:g}, {config.optimizer}"],
        ["dtype, seed", f"{known.form.dtype or config.dtype}, {config.seed}"],
    ]
    if config.system:
        rows.append(["system message", config.system])
    if config.shots:
        rows.append(["solved examples before every prompt", str(config.shots)])
    if isinstance(seconds := known.state.get("elapsed_s"), int | float):
        rows.append(["training time", f"{seconds:.0f} s"])
    return rows


def _environments(config: TrainConfig) -> list[str]:
    tables = [EnvTable(name=config.env, args=config.env_args)] if isinstance(config.env, str) else config.env
    told = []
    for table in tables:
        weight = f", weight {table.weight:g}" if len(tables) > 1 else ""
        arguments = ", ".join(f"{name}={value}" for name, value in _arguments(table).items())
        told.append(f"{shown(table.name)}{f' ({arguments})' if arguments else ''}{weight}")
    return told


def _arguments(table: EnvTable) -> dict[str, Any]:
    return discreet(codeless_setting(table)["args"])


def _data(state: Mapping[str, Any]) -> list[str]:
    """Says which tasks were trained on: the manifest that every checkpoint keeps."""
    manifest = state.get("manifest")
    if not isinstance(manifest, Mapping):
        return []
    several = manifest.get("environments")
    told = []
    for one in several if isinstance(several, list) else [manifest]:
        size = one.get("size")
        count = "tasks without end" if size is None else f"{size} tasks"
        label = f"{one['label']}: " if "label" in one else ""
        ids = str(one.get("ids_sha256"))[:16]
        told.append(f"{label}{one.get('version')}, {one.get('split')} split, {count}, ids {ids}")
    return told


def _evals(known: _Known) -> Report:
    """Returns the evaluations of these weights and of what they began as; none where these weights have none."""
    try:
        report = collect([known.source.run])
    except UsageError:  # no step, or an evaluation that is being written
        report = Report()
    labels = [label for label in report.evals if _is_of(label, known)]
    if not any("before" not in _kind(label) for label in labels):
        labels = []
    compared = [pair for pair in report.comparisons if pair[0] in labels and pair[1] in labels]
    return Report(evals={label: report.evals[label] for label in labels}, comparisons=compared)


def _held_out(report: Report) -> list[str]:
    """Returns evaluations as a table, and how they compare."""
    if not report.evals:
        return ["These weights were not evaluated on held-out tasks in this run."]
    frame = eval_table(report)
    frame["eval"] = [label.partition("/")[2] for label in report.evals]
    text = ["In percent, with 95% intervals over tasks.", _table(list(frame.columns), frame.to_numpy().tolist())]
    return [*text, *(f"- {_plain(row.sentence())}" for _, _, row in report.comparisons)]


def _model_index(name: str, report: Report) -> dict[str, Any]:
    """Returns the evaluations of these weights in the hub's own form, one for each environment and split.

    The hub tells results apart by data set, configuration and split; of two of the same the one after training counts.
    """
    results: dict[tuple[str, str, str], dict[str, Any]] = {}
    for label in sorted(report.evals, key=lambda label: _kind(label) == "after"):
        summary = report.evals[label].summary
        if _kind(label) == "before" or not summary["intervals"]:
            continue
        env, split = str(shown(summary["env"]["name"])), str(summary["settings"]["split"])
        kwargs = {key: value for key, value in summary["env"]["kwargs"].items() if key != "split"}
        config = ", ".join(f"{key}={value}" for key, value in discreet(codeless(kwargs)).items())
        metrics = [
            {"type": metric, "value": summary[metric], "name": f"{metric} (95% interval {low:.4f} to {high:.4f})"}
            for metric, (low, high) in summary["intervals"].items()
        ]
        results[env, config, split] = {
            "task": {"type": _PIPELINE},
            "dataset": {"type": env, "name": env, **({"config": config} if config else {}), "split": split},
            "metrics": metrics,
        }
    return {"model-index": [{"name": name.rpartition("/")[2], "results": [*results.values()]}]} if results else {}


def _kind(label: str) -> str:
    return label.partition("/")[2].partition("/")[0]


def _is_of(label: str, known: _Known) -> bool:
    step = f"{known.source.step:06d}"
    last = {"after"} if known.source.step == known.last_step else set()
    return _kind(label) in {"before", f"dev-{step}", f"after-step-{step}", *last}


def _usage(known: _Known, name: str) -> str:
    place = name or "FOLDER"
    lines = [
        "from transformers import AutoModelForCausalLM, AutoTokenizer", "",
        f"model = AutoModelForCausalLM.from_pretrained({place!r})",
        f"tokenizer = AutoTokenizer.from_pretrained({place!r})",
    ]  # fmt: skip
    env = known.config.env if isinstance(known.config.env, str) else known.config.env[0].name
    note = ""
    if known.stays_adapter and hub_name(base_of(known.source)) is None:
        note = "Its base is not on the hub: who loads the adapter needs that model's folder, too.\n\n"
    evaluated = _fenced("sh", f"grpo eval --ckpt {place} --env {_word(str(shown(env)))}")
    return f"{note}{_fenced('python', chr(10).join(lines))}\n\n{evaluated}"


def _word(text: str) -> str:
    import shlex

    return shlex.quote(text)


def _settings(config: TrainConfig) -> str:
    """Returns what departs from the defaults, and from a built-in policy's recipe, as TOML."""
    plain = load_config(None, {"model": config.model, "algo": config.algo})
    departing = {}
    for name, field in TrainConfig.model_fields.items():
        value: Any = getattr(config, name)
        usual = field.default if name in ("model", "algo") else getattr(plain, name)
        if name in _NOT_OF_THE_ALGORITHM or name.startswith("push_") or value == usual:
            continue
        if name == "env" and not isinstance(config.env, str):
            value = [{**table.model_dump(exclude_none=True), "args": _arguments(table)} for table in config.env]
        elif name == "env_args":
            value = _arguments(EnvTable(name=str(config.env), args=config.env_args))
        departing[name] = shown(value)
    own = "# a chat template of its own is in the tokenizer\n" if config.chat_template else ""
    return (own + toml_of(departing)).rstrip("\n")


def _versions(checkpoint: Path) -> str:
    found = [f"Python {platform.python_version()}"]
    for package in _PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return _plain(", ".join(found)) + "."


def _table(head: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    titles = [str(title) for title in head]
    lines = [titles, ["---"] * len(titles)]
    told = [[_plain(str(cell)) for cell in row] for row in rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [*lines, *told])


def _plain(text: str) -> str:
    """Returns text that Markdown shows as it is: nothing in it is a link, a picture, HTML or the end of a cell."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:2000]
    escaped = _SPECIAL.sub(r"\\\1", line).replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"(?i)\b(https?|www)(:|\.)", lambda found: f"{found[1]}&#{ord(found[2])};", escaped)


def _fenced(language: str, text: str) -> str:
    """Returns a block of code that nothing in it ends."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _without_paths(text: str, known: _Known) -> str:
    """Returns text in which paths of this machine are their last names."""
    config = known.config
    tables = [] if isinstance(config.env, str) else [table.name for table in config.env]
    said = {config.model, config.data, str(config.env), base_of(known.source), *tables}
    paths = {str(known.source.run.resolve()), *(one for one in said if Path(one).is_absolute())}
    for path in sorted(paths, key=len, reverse=True):
        for written in (_plain(path), path):
            text = text.replace(written, _plain(Path(path).name))
    return text
