"""What `grpo eval` does once its flags are read: policies through benchmarks, results on disk."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from envs.errors import UsageError
from envs.registry import EnvSpec
from evals.contamination import check_contamination
from evals.evaluate import EvalSettings, Evaluator, Progress
from evals.gold import GoldReport
from evals.policies import PolicySource, find_policy, opened_samplers, trained_max_tokens
from evals.power import power_sentence
from evals.result import SUMMARY_FILE, EvalResult, read_summary

CACHE_DIR = ".cache"


@dataclass(frozen=True, slots=True)
class EvalRequest:
    """One call of `grpo eval`.

    Attributes:
        policy: What to evaluate; see `evals.policies`.
        specs: On which environments.
        settings: Tasks and sampling; `max_tokens` is replaced where `max_tokens` below is None.
        max_tokens: Longest completion, or None for what the policy was trained with.
        engine: `auto`, `vllm` or `transformers`.
        dtype: Of the weights.
        device: `auto`, `cpu` or `cuda`.
        workers: Verifier processes.
        deadline_s: Seconds one completion may take to verify.
        out: Where to write; None for a folder named after what is evaluated.
        fresh: Sample anew even what is cached.
    """

    policy: str
    specs: tuple[EnvSpec, ...]
    settings: EvalSettings
    max_tokens: int | None = None
    engine: str = "auto"
    dtype: str = "float32"
    device: str = "auto"
    workers: int = 1
    deadline_s: float = 10.0
    out: Path | None = None
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Evaluated:
    """One finished eval.

    Attributes:
        env: Name of the environment.
        folder: Where it was written.
        result: Rows and summary.
        cached: Whether it was there already.
    """

    env: str
    folder: Path
    result: EvalResult
    cached: bool


def evaluate(request: EvalRequest, say: Callable[[str], None], progress: Progress) -> list[Evaluated]:
    """Evaluates a policy on every environment asked for; what is there already is read, not made again.

    Args:
        request: What to evaluate.
        say: Told in one line what begins, and what looks wrong.
        progress: Told how far sampling and scoring are.

    Raises:
        UsageError: The request cannot work; nothing has been sampled.
        RunError: It broke off; the samples made so far are kept, and the same command goes on from there.
    """
    source = find_policy(request.policy)
    max_tokens = request.max_tokens if request.max_tokens is not None else trained_max_tokens(source)
    settings = replace(request.settings, max_tokens=max_tokens)
    model = source.describe(request.engine, request.dtype)
    with contextlib.ExitStack() as stack:
        evaluators = [
            stack.enter_context(Evaluator(spec, settings, workers=request.workers, deadline_s=request.deadline_s))
            for spec in request.specs
        ]
        folders = [_folder(request, source, evaluator, model) for evaluator in evaluators]
        ready = [None if request.fresh else _finished(folder) for folder in folders]
        if all(ready):
            samplers = [None] * len(evaluators)
        else:
            for evaluator in evaluators:
                say(_plan(evaluator))
            say(f"loading {source.name} ...")
            options = {"engine": request.engine, "dtype": request.dtype, "device": request.device}
            samplers = stack.enter_context(opened_samplers(source, evaluators, **options, shots=settings.shots))
        done = []
        for evaluator, sampler, folder, result in zip(evaluators, samplers, folders, ready, strict=True):
            cached = result is not None
            if result is None:
                result = _evaluate_one(evaluator, sampler, folder, request, source, model, say, progress)
            done.append(Evaluated(evaluator.spec.name, folder, result, cached))
        return done


def _evaluate_one(
    evaluator: Evaluator,
    sampler: Any,
    folder: Path,
    request: EvalRequest,
    source: PolicySource,
    model: dict[str, Any],
    say: Callable[[str], None],
    progress: Progress,
) -> EvalResult:
    gold = evaluator.gold()
    if gold.checked and not gold.sound:
        say(f"warning: {evaluator.spec.name}: {gold.sentence()}: see `grpo eval --gold --env {evaluator.spec.name}`")
    journal = _journal(request, folder, evaluator.identity(model))
    if request.fresh:
        journal.unlink(missing_ok=True)
    result = evaluator.run(sampler, model=model, journal=journal, progress=progress)
    contamination = check_contamination(Path(source.path), evaluator.tasks)
    result.summary["gold"] = {"checked": gold.checked, "passed": gold.passed}
    result.summary["contamination"] = contamination
    if contamination["status"] == "contaminated":
        say(f"warning: {evaluator.spec.name}: tested on what it was trained on: {', '.join(contamination['examples'])}")
    return result.save(folder)


def _plan(evaluator: Evaluator) -> str:
    settings = evaluator.settings
    sentence = power_sentence(len(evaluator.tasks), settings.samples)
    return f"{evaluator.spec.name}/{settings.split}: {sentence} (paired, 80% power, mid-range difficulty)"


def _folder(request: EvalRequest, source: PolicySource, evaluator: Evaluator, model: dict[str, Any]) -> Path:
    """Returns where an eval is written: its name holds a hash of everything that decides it.

    Raises:
        UsageError: `--out` holds an eval of something else.
    """
    env = Path(evaluator.spec.name).stem
    settings = evaluator.settings_facts()
    text = json.dumps([evaluator.identity(model), settings], sort_keys=True)
    name = f"{env}-{evaluator.settings.split}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
    if request.out is None:
        return _root(source) / f"{_short_name(source)}-{name}"
    folder = request.out if len(request.specs) == 1 else request.out / name
    if (folder / SUMMARY_FILE).is_file() and not request.fresh:
        there = read_summary(folder)
        if there["identity"] != evaluator.identity(model) or there["settings"] != settings:
            raise UsageError(f"{folder} holds another eval: give another --out, or --fresh to replace it")
    return folder


def _root(source: PolicySource) -> Path:
    """Returns the evals of the run a checkpoint belongs to, or `runs/evals` for any other policy."""
    folder = Path(source.path).resolve()
    return folder.parent.parent / "evals" if folder.parent.name == "checkpoints" else Path("runs") / "evals"


def _short_name(source: PolicySource) -> str:
    text = source.path.rpartition("#")[2] if source.is_endpoint else Path(source.path).resolve().name
    return "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in text).strip(".") or "model"


def _journal(request: EvalRequest, folder: Path, identity: str) -> Path:
    """Returns the cache of an identity, shared by evals of more or fewer tasks and samples."""
    if request.out is not None:
        return folder / "journal.jsonl"
    return folder.parent / CACHE_DIR / f"{identity[:16]}.jsonl"


def _finished(folder: Path) -> EvalResult | None:
    return EvalResult.load(folder) if (folder / SUMMARY_FILE).is_file() else None


def check_gold(
    specs: Sequence[EnvSpec], settings: EvalSettings, workers: int, deadline_s: float, progress: Progress
) -> dict[str, GoldReport]:
    """Scores the reference solutions of environments, by name.

    Raises:
        UsageError: An environment cannot be built as asked.
    """
    reports = {}
    for spec in specs:
        with Evaluator(spec, settings, workers=workers, deadline_s=deadline_s) as evaluator:
            reports[spec.name] = evaluator.gold(progress)
    return reports
