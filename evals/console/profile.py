"""What `grpo profile` does once its flags are read: a policy through training tasks, a profile on disk."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from envs.core.errors import RunError, UsageError
from evals.console.benchmark import Benchmark
from evals.console.request import Sampling
from evals.evaluator import Evaluator
from evals.results.profile import (
    PROFILE_FILE,
    Profiled,
    profile_rows,
    profile_summary,
    profiled_tasks,
    read_facts,
    save_profile,
)
from evals.sampling.endpoint import PREFIX
from evals.sampling.opening import opened_samplers
from evals.sampling.policies import PolicySource, find_policy, trained_max_tokens
from grpo.console.names import check_sampling_names
from grpo.policy.place import check_reachable
from grpo.rollouts.drawing.cells import cell_of
from grpo.rollouts.drawing.selection import read_profile
from grpo.rollouts.episodes import OnProgress

if TYPE_CHECKING:
    import pandas as pd

JOURNAL_FILE = "journal.jsonl"


@dataclass(frozen=True, slots=True)
class ProfileRequest(Sampling):
    """One call of `grpo profile`.

    Attributes:
        policy: Whose pass rates; see `evals.sampling.policies`.
        benchmark: The environment and how it is sampled.
        tasks: How many of a finite split, or of each family and level of a source without end; None for the default.
    """

    policy: str
    benchmark: Benchmark
    tasks: int | None = None


@dataclass(frozen=True, slots=True)
class ProfileResult:
    """A finished profile.

    Attributes:
        folder: Where it is.
        rows: One for each task, or for each family and level.
        facts: What it is of, with a summary.
    """

    folder: Path
    rows: Sequence[Mapping[str, Any]]
    facts: Mapping[str, Any]

    @property
    def train_flags(self) -> str:
        """The flags of `grpo train` that mean what was profiled, and choose by it."""
        spec = self.facts["manifest"]["env"]
        given = {name: value for name, value in spec["kwargs"].items() if name != "split"}
        texts = {name: ",".join(map(str, value)) if isinstance(value, list) else value for name, value in given.items()}
        arguments = [part for name, text in texts.items() for part in ("--env-arg", f"{name}={text}")]
        sampled = self.facts["settings"]
        flags = ["--env", spec["name"], *arguments, "--select", str(self.file), "--pass-rate", "0.1:0.9"]
        said = {"max_tokens": "--max-tokens", "temperature": "--temperature", "shots": "--shots"}
        told = [name for name in said if sampled.get(name) and (name, sampled[name]) != ("temperature", 1)]
        flags += [part for name in told for part in (said[name], f"{sampled[name]:g}")]
        return shlex.join(flags)

    @property
    def file(self) -> Path:
        """What `--select` takes."""
        return self.folder / PROFILE_FILE

    @property
    def frame(self) -> pd.DataFrame:
        """One row for each task, or for each family and level: how often it was tried and solved."""
        return read_profile(self.file).frame


def only_one(benchmarks: Sequence[Benchmark]) -> Benchmark:
    """Returns the benchmark that was named.

    Raises:
        UsageError: There are several.
    """
    if len(benchmarks) != 1:
        raise UsageError("a profile is of one environment: make one for each, and select by each")
    return benchmarks[0]


def check_request(request: ProfileRequest) -> None:
    """Refuses what can be no profile.

    Raises:
        UsageError: A file for a folder, or samples that are all one.
    """
    if request.out is not None and request.out.exists() and not request.out.is_dir():
        raise UsageError(f"--out {request.out} is a file: give a folder")
    settings = request.benchmark.settings
    if settings.temperature == 0 and settings.samples > 1:
        raise UsageError("at --temperature 0 all samples of a task are one: take --n 1, or the temperature of the run")


def profile(request: ProfileRequest, say: Callable[[str], None], progress: OnProgress) -> ProfileResult:
    """Samples training tasks and writes down how often each is solved; one that is there already is read.

    Args:
        request: What to profile.
        say: Told in one line what begins, and what looks wrong.
        progress: Told how far sampling and scoring are.

    Raises:
        UsageError: The request cannot work; nothing has been sampled.
        RunError: It broke off; the samples made so far are kept, and the same command goes on from there.
    """
    check_sampling_names(request.engine, request.dtype, request.device)
    if not request.policy.startswith(PREFIX):
        check_reachable(request.policy, say)
    source = find_policy(request.policy, request.chat)
    benchmark = request.benchmark
    length = benchmark.max_tokens
    length = trained_max_tokens(source, benchmark.spec) if length is None else length
    settings = replace(benchmark.settings, max_tokens=length, tasks=1)  # those of a profile are chosen otherwise
    with Evaluator(benchmark.spec, settings, workers=request.workers, deadline_s=request.deadline_s) as evaluator:
        profiled = profiled_tasks(evaluator.env, request.tasks, settings.seed)
        evaluator.tasks = [task for _, task in profiled.tasks]
        model = source.described_for(source.describe(request.engine, request.dtype), evaluator.spec)
        facts = _facts(evaluator, profiled, model)
        folder = request.out or _folder(source, facts)
        if there := None if request.fresh else _finished(folder, facts):
            return there
        say(_plan(evaluator, profiled))
        say(f"loading {source.name} ...")
        with opened_samplers(source, [evaluator], request) as (sampler,):
            journal = folder / JOURNAL_FILE
            if request.fresh:
                journal.unlink(missing_ok=True)
            result = evaluator.run(sampler, model=model, journal=journal, progress=progress)
    rows = profile_rows(profiled, result.samples)
    if not any(row["samples"] for row in rows):
        reason, count = Counter(sample.reason or sample.outcome for sample in result.samples).most_common(1)[0]
        raise RunError(f"none of {len(result.samples)} samples could be scored; {count} of them: {reason}")
    facts |= {"summary": profile_summary(rows), "tasks_left_out": result.summary["tasks_left_out"]}
    save_profile(folder, rows, facts)
    return ProfileResult(folder, rows, facts)


def _facts(evaluator: Evaluator, profiled: Profiled, model: dict[str, Any]) -> dict[str, Any]:
    manifest = {"env": evaluator.spec.without_code().to_json(), **evaluator.env.manifest()}
    return {
        "by": "task" if profiled.by_task else "cell",
        "manifest": manifest,
        "model": model,
        "settings": evaluator.settings_facts(),
        "identity": evaluator.identity(model),
    }


def _folder(source: PolicySource, facts: Mapping[str, Any]) -> Path:
    """Returns where a profile is written: its name holds a hash of all but how many tasks and samples it has.

    So one of more samples goes on from one of fewer.
    """
    env = Path(facts["manifest"]["env"]["name"]).stem
    policy = source.path.rpartition("#")[2] if source.is_endpoint else Path(source.path).resolve().name
    plain = "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in policy).strip(".") or "model"
    return Path("profiles") / f"{env}-{plain}-{facts['identity'][:8]}"


def _finished(folder: Path, facts: Mapping[str, Any]) -> ProfileResult | None:
    """Returns the profile in a folder where it is the one that is asked for.

    Raises:
        UsageError: It is of something else.
    """
    there = read_facts(folder)
    if there is None:
        return None
    if there["identity"] != facts["identity"] or there["manifest"] != facts["manifest"]:
        raise UsageError(f"{folder} holds another profile: give another --out, or --fresh to replace it")
    if there["settings"] != facts["settings"]:
        return None  # of more or fewer tasks or samples: the journal has what they have in common
    frame = read_profile(folder / PROFILE_FILE).frame
    rows = [{name: _plain(value) for name, value in row.items()} for row in frame.to_dict("records")]
    return ProfileResult(folder, rows, there)


def _plain(value: Any) -> Any:
    return None if value != value else value  # pandas writes what is missing as NaN


def _plan(evaluator: Evaluator, profiled: Profiled) -> str:
    settings, size = evaluator.settings, evaluator.env.tasks.size
    of = "" if size in (None, len(profiled.tasks)) else f" of {size}"
    cells = {cell_of(task.meta) for _, task in profiled.tasks}
    by = "" if profiled.by_task else f", of {len(cells)} families and levels"
    return f"{evaluator.spec.name}/{settings.split}: {len(profiled.tasks)}{of} tasks x {settings.samples}{by}"
