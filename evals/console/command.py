"""What `grpo eval` does once its flags are read: policies through benchmarks, results on disk."""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from envs.core.errors import RunError, UsageError
from envs.core.task import SPLITS
from evals.console.benchmark import Benchmark
from evals.console.request import Sampling
from evals.evaluator import Evaluator
from evals.gold import GoldReport, merged
from evals.results.contamination import check_contamination, overlap_words
from evals.results.result import SUMMARY_FILE, EvalResult, read_summary
from evals.results.summary import tasks_words
from evals.sampling.endpoint import PREFIX
from evals.sampling.opening import has_train_split, opened_samplers
from evals.sampling.policies import PolicySource, find_policy, trained_max_tokens
from evals.sampling.trained import other_than_trained
from evals.statistics.power import power_sentence
from grpo.console.names import check_sampling_names
from grpo.policy.place import check_reachable
from grpo.rollouts.episodes import OnProgress
from grpo.rollouts.prompts import stopped_solution

_CUT_OFF = 0.95
CACHE_DIR = ".cache"


@dataclass(frozen=True, slots=True)
class EvalRequest(Sampling):
    """One call of `grpo eval`.

    Attributes:
        policies: What to evaluate; see `evals.sampling.policies`. The first is the one the others are compared with.
        benchmarks: On what.
        base_shots: Solved training tasks shown to a policy without a chat template, at least.
    """

    policies: tuple[str, ...]
    benchmarks: tuple[Benchmark, ...]
    base_shots: int = 0


@dataclass(frozen=True, slots=True)
class Evaluated:
    """One finished eval.

    Attributes:
        policy: As it was asked for.
        env: Name of the environment.
        folder: Where it was written.
        result: Rows and summary.
        cached: Whether it was there already.
    """

    policy: str
    env: str
    folder: Path
    result: EvalResult
    cached: bool


def evaluate(request: EvalRequest, say: Callable[[str], None], progress: OnProgress) -> list[Evaluated]:
    """Evaluates every policy on every benchmark asked for; what is there already is read, not made again.

    Args:
        request: What to evaluate.
        say: Told in one line what begins, and what looks wrong.
        progress: Told how far sampling and scoring are.

    Returns:
        Policies in order, each with its benchmarks in order.

    Raises:
        UsageError: The request cannot work; nothing has been sampled for the policy it is about.
        RunError: It broke off; the samples made so far are kept, and the same command goes on from there.
    """
    # A misspelt one ends it before hours of the others.
    check_sampling_names(request.engine, request.dtype, request.device)
    for name in request.policies:
        if not name.startswith(PREFIX):
            check_reachable(name, say)
    sources = [find_policy(name, request.chat) for name in request.policies]
    done = []
    for source in sources:
        done += _evaluate_policy(request, source, say, progress)
    return done


def _evaluate_policy(
    request: EvalRequest, source: PolicySource, say: Callable[[str], None], progress: OnProgress
) -> list[Evaluated]:
    model = source.describe(request.engine, request.dtype)
    start_s = 0.0
    with contextlib.ExitStack() as stack:
        evaluators = [stack.enter_context(_evaluator(request, source, one, say)) for one in request.benchmarks]
        models = [_described(source, model, evaluator) for evaluator in evaluators]
        folders = [_folder(request, source, *one) for one in zip(evaluators, models, strict=True)]
        ready = [None if request.fresh else _finished(folder) for folder in folders]
        if all(ready):
            samplers = [None] * len(evaluators)
        else:
            for evaluator in evaluators:
                say(_plan(evaluator))
                if other := other_than_trained(source, evaluator.spec):
                    say(f"note: {other}")
                if warning := stopped_solution(evaluator.env, source.form.stop):
                    say(f"warning: {evaluator.spec.name}: {warning}")
            say(f"loading {source.name} ...")
            began = time.perf_counter()
            samplers = stack.enter_context(opened_samplers(source, evaluators, request))
            start_s = time.perf_counter() - began
        done = []
        for evaluator, sampler, own, folder, result in zip(evaluators, samplers, models, folders, ready, strict=True):
            cached = result is not None
            if result is None:
                result = _evaluate_one(evaluator, sampler, folder, request, source, own, start_s, say, progress)
                start_s = 0.0  # once for all of them
            done.append(Evaluated(source.name, evaluator.spec.name, folder, result, cached))
        return done


def _described(source: PolicySource, model: Mapping[str, Any], evaluator: Evaluator) -> dict[str, Any]:
    """Returns what the policy is as this evaluator puts it; log-likelihoods know no chat and one engine."""
    facts = source.described_for(model, evaluator.spec)
    if not evaluator.by_likelihood:
        return facts
    return {name: "transformers" if name == "engine" else value for name, value in facts.items() if name != "chat"}


def _evaluator(
    request: EvalRequest, source: PolicySource, benchmark: Benchmark, say: Callable[[str], None]
) -> Evaluator:
    length = trained_max_tokens(source, benchmark.spec) if benchmark.max_tokens is None else benchmark.max_tokens
    shots = benchmark.settings.shots
    if source.is_base_model and not benchmark.own_shots:
        shots = max(shots, request.base_shots)
    settings = replace(benchmark.settings, max_tokens=length, shots=shots)
    evaluator = Evaluator(
        benchmark.spec, settings, workers=request.workers, deadline_s=request.deadline_s, rollouts=request.rollouts
    )
    if evaluator.by_likelihood:
        if shots and benchmark.own_shots:
            raise UsageError(f"{benchmark.spec.name} shows examples of its own: --env-arg num_fewshot={shots}")
        if any(request.chat.values()):
            say(f"{benchmark.spec.name} is asked in plain text: what is laid around chats is left out")
        return evaluator
    if shots and not benchmark.own_shots and not has_train_split(benchmark.spec):
        say(f"{benchmark.spec.name} has no training split to take examples from: its prompts are shown without")
        evaluator.settings = replace(settings, shots=0)
    return evaluator


def _evaluate_one(
    evaluator: Evaluator,
    sampler: Any,
    folder: Path,
    request: EvalRequest,
    source: PolicySource,
    model: dict[str, Any],
    start_s: float,
    say: Callable[[str], None],
    progress: OnProgress,
) -> EvalResult:
    gold = evaluator.gold()
    if gold.checked and not gold.sound:
        say(f"warning: {evaluator.spec.name}: {gold.sentence()}: see `grpo eval --gold --env {evaluator.spec.name}`")
    journal = _journal(request, folder, evaluator.identity(model))
    if request.fresh:
        journal.unlink(missing_ok=True)
    result = evaluator.run(sampler, model=model, journal=journal, progress=progress)
    _require_some(result, evaluator.spec.name)
    result.summary["model"] = {**model, "template": sampler.template}
    if warning := _cut_off(result, evaluator.settings.max_tokens):
        say(f"warning: {evaluator.spec.name}: {warning}")
    if result.summary["tasks_left_out"]:
        say(f"warning: {evaluator.spec.name}: the figures are over {tasks_words(result.summary)}")
    contamination = check_contamination(Path(source.path), result.sampled_of(evaluator.tasks))
    result.summary["seconds"]["start"] = round(start_s, 3)
    result.summary["gold"] = {"checked": gold.checked, "passed": gold.passed}
    result.summary["contamination"] = contamination
    if contamination["status"] == "contaminated":
        say(f"warning: {evaluator.spec.name}: {overlap_words(contamination)}")
    elif contamination["status"] == "unknown" and not source.is_endpoint:
        say(f"{evaluator.spec.name}: what it was trained on is unknown: {contamination['reason']}")
    return result.save(folder)


def _cut_off(result: EvalResult, limit: int) -> str | None:
    """Returns what to say where hardly a completion comes to an end of its own."""
    cut = sum(sample.finish_reason == "length" for sample in result.samples) / len(result.samples)
    return f"{cut:.0%} of completions are cut off at {limit} tokens: raise --max-tokens" if cut >= _CUT_OFF else None


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
    one = len(request.benchmarks) == len(request.policies) == 1
    folder = request.out if one else request.out / f"{_short_name(source)}-{name}"
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
    if source.place != source.path:  # a commit's snapshot, whose folder is called by its hash
        text = source.name.partition("/")[2]
    return "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in text).strip(".") or "model"


def _journal(request: EvalRequest, folder: Path, identity: str) -> Path:
    """Returns the cache of an identity, shared by evals of more or fewer tasks and samples."""
    if request.out is not None:
        return folder / "journal.jsonl"
    return folder.parent / CACHE_DIR / f"{identity[:16]}.jsonl"


def _finished(folder: Path) -> EvalResult | None:
    """Returns the eval in a folder; None where there is none, or where samples were given up that can be had now."""
    if not (folder / SUMMARY_FILE).is_file():
        return None
    result = EvalResult.load(folder)
    return None if any(sample.finish_reason == "failed" for sample in result.samples) else result


def _require_some(result: EvalResult, env: str) -> None:
    """Raises RunError where an eval came to nothing, with what most samples died of."""
    if result.summary["intervals"]:
        return
    reasons = Counter(sample.reason or sample.outcome for sample in result.samples)
    reason, count = reasons.most_common(1)[0]
    raise RunError(f"{env}: none of {len(result.samples)} samples could be scored; {count} of them: {reason}")


def check_gold(request: EvalRequest, whole: bool, progress: OnProgress) -> dict[str, GoldReport]:
    """Scores the reference solutions of environments, by name.

    Args:
        request: Whose benchmarks to check; its policies do not matter.
        whole: Whether to check all splits that a finite benchmark's data holds beside the one asked for: MBPP's one
            file makes all three, GSM8K's test file makes one.
        progress: Told how far it is.

    Raises:
        UsageError: An environment cannot be built as asked.
    """
    reports = {}
    for benchmark in request.benchmarks:
        found = []
        for split in _splits_of_data(benchmark) if whole else [benchmark.settings.split]:
            settings = replace(benchmark.settings, split=split)
            with Evaluator(benchmark.spec, settings, workers=request.workers, deadline_s=request.deadline_s) as one:
                found.append(one.gold(progress))
        reports[benchmark.spec.name] = merged(found)
    return reports


def _splits_of_data(benchmark: Benchmark) -> list[str]:
    asked = benchmark.settings.split
    tasks = benchmark.spec.split(asked).build().tasks
    if tasks.size is None or benchmark.settings.tasks is not None:
        return [asked]
    splits = [asked]
    for split in SPLITS:
        with contextlib.suppress(UsageError):  # a split that this benchmark does not have
            if split != asked and benchmark.spec.split(split).build().tasks.version == tasks.version:
                splits.append(split)
    return splits
