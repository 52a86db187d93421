"""Did it really get better? Two evals of the same tasks, compared task by task."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from math import lcm
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from envs.core.errors import UsageError, told_alone
from evals.results.contamination import contamination_warning
from evals.results.result import SUMMARY_FILE, EvalResult, read_summary
from evals.results.summary import task_metrics, tasks_words
from evals.statistics.paired import (
    difference_interval,
    effect_size,
    holm,
    mcnemar,
    paired_bootstrap_interval,
    sign_flip_p,
    unpaired_z_p,
)
from evals.statistics.power import tasks_needed

if TYPE_CHECKING:
    import pandas as pd

ALPHA = 0.05
CONFIG_FILE = "config.toml"
_LARGEST_DENOMINATOR = 4096


@dataclass(frozen=True, slots=True)
class Comparison:
    """One benchmark, two evals.

    Attributes:
        benchmark: Environment and split.
        metric: What is compared, such as `pass@1`.
        tasks: Tasks both have.
        first: The metric in the first eval, over those tasks.
        second: The same in the second.
        difference: Second minus first.
        low: Lower end of its 95% interval.
        high: Upper end.
        bootstrap_low: Lower end of the paired, task-clustered bootstrap-t interval.
        bootstrap_high: Upper end.
        test: Which test gave `p`: `mcnemar` (one binary outcome per task) or `sign-flip` (means of several).
        p: Two-sided p-value of no difference.
        p_holm: The same after Holm's correction over the benchmarks compared together.
        p_unpaired: Of the unpaired z-test that other harnesses print, for comparison only.
        gained: Tasks that are better in the second.
        lost: Tasks that are worse in the second.
        effect: Cohen's d_z.
        needed: Tasks that would show a difference this small with 80% power; None where none was seen.
        verdict: `better`, `worse` or `too close to tell`.
        warnings: What makes the comparison unfair or doubtful, one line each.
    """

    benchmark: str
    metric: str
    tasks: int
    first: float
    second: float
    difference: float
    low: float
    high: float
    bootstrap_low: float
    bootstrap_high: float
    test: str
    p: float
    p_holm: float
    p_unpaired: float
    gained: int
    lost: int
    effect: float
    needed: int | None
    verdict: str = ""
    warnings: tuple[str, ...] = field(default=())

    def sentence(self) -> str:
        """Returns the verdict in words."""
        points = f"{100 * self.difference:+.1f} points [{100 * self.low:+.1f}, {100 * self.high:+.1f}]"
        start = f"{self.benchmark}: {self.metric} {100 * self.first:.1f}% -> {100 * self.second:.1f}%, {points}"
        if self.verdict != "too close to tell":
            return f"{start}: {self.verdict} (p = {self.p_holm:.2g}, {self.tasks} tasks)"
        if self.needed is None:
            alike = "do not differ on any" if not self.gained + self.lost else "gain on some and lose as much on others"
            return f"{start}: too close to tell: the two {alike} of {self.tasks} tasks"
        return (
            f"{start}: too close to tell: this test would need ~{self.needed:,} tasks to see a difference this small "
            f"(p = {self.p_holm:.2g}, {self.tasks} tasks)"
        )


def find_evals(path: Path) -> dict[str, Path]:
    """Returns the eval folders a path stands for, by benchmark: the folder itself, or those directly in it.

    A run stands for the evaluation after its training.

    Raises:
        UsageError: There is none, or two of the same benchmark.
    """
    path = path / "evals" / "after" if (path / CONFIG_FILE).is_file() else path
    if (path / SUMMARY_FILE).is_file():
        return {benchmark_name(read_summary(path)): path}
    found: dict[str, Path] = {}
    for folder in sorted(child.parent for child in path.glob(f"*/{SUMMARY_FILE}")):
        name = benchmark_name(read_summary(folder))
        if name in found:
            raise UsageError(f"{path} holds two evals of {name}: name one, such as {found[name]} or {folder}")
        found[name] = folder
    if not found:
        read_summary(path)  # raises with where evals are
    return found


def benchmark_name(summary: dict[str, Any]) -> str:
    """Returns the environment and split of an eval."""
    return f"{summary['env']['name']}/{summary['settings']['split']}"


def compare_folders(first: Path, second: Path, metric: str = "pass@1", strict: bool = False) -> list[Comparison]:
    """Compares two evals, or two folders of evals, benchmark by benchmark.

    Raises:
        UsageError: No benchmark or no task in common, an unknown metric, or, with `strict`, contamination.
    """
    ours, theirs = find_evals(first), find_evals(second)
    common = [name for name in ours if name in theirs]
    if not common:
        raise UsageError(
            f"nothing to compare: {first} has {', '.join(ours)} and {second} has {', '.join(theirs)}; "
            "evaluate both on the same environment and split"
        )
    pairs = [(name, EvalResult.load(ours[name]), EvalResult.load(theirs[name])) for name in common]
    return with_verdicts([compare_results(name, a, b, metric, strict) for name, a, b in pairs])


def compare_results(
    benchmark: str, first: EvalResult, second: EvalResult, metric: str = "pass@1", strict: bool = False
) -> Comparison:
    """Compares two evals of one benchmark on the tasks both have; the verdict is left to `with_verdicts`.

    Raises:
        UsageError: No task in common, an unknown metric, or, with `strict`, contamination.
    """
    first_T, second_T = _common_values(benchmark, first, second, metric)
    warnings = _warnings(first, second, len(first_T))
    contaminated = [warning for warning in warnings if "contaminat" in warning]
    if strict and contaminated:
        raise UsageError(f"{benchmark}: {contaminated[0]}; leave out --strict to compare all the same")
    differences_T = second_T - first_T
    test, p = _test(differences_T, _denominator(first, second, metric))
    low, high = difference_interval(differences_T)
    bootstrap_low, bootstrap_high = paired_bootstrap_interval(differences_T)
    difference = float(differences_T.mean())
    return Comparison(
        benchmark=benchmark,
        metric=metric,
        tasks=len(differences_T),
        first=float(first_T.mean()),
        second=float(second_T.mean()),
        difference=difference,
        low=low,
        high=high,
        bootstrap_low=bootstrap_low,
        bootstrap_high=bootstrap_high,
        test=test,
        p=p,
        p_holm=p,
        p_unpaired=unpaired_z_p(first_T, second_T) if len(first_T) > 1 else 1.0,
        gained=int((differences_T > 0).sum()),
        lost=int((differences_T < 0).sum()),
        effect=effect_size(differences_T),
        needed=tasks_needed(difference, float(differences_T.std())) if difference else None,
        warnings=tuple(warnings),
    )


def with_verdicts(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """Corrects the p-values of comparisons made together (Holm) and says better, worse or too close to tell."""
    adjusted = holm([comparison.p for comparison in comparisons])
    judged = []
    for comparison, p in zip(comparisons, adjusted, strict=True):
        verdict = "too close to tell"
        if p < ALPHA and comparison.difference:
            verdict = "better" if comparison.difference > 0 else "worse"
        judged.append(replace(comparison, p_holm=p, verdict=verdict))
    return judged


@told_alone()
def compare(
    first: str | os.PathLike[str],
    second: str | os.PathLike[str] | None = None,
    metric: str = "pass@1",
    strict: bool = False,
) -> pd.DataFrame:
    """Compares two evals and returns one row for each benchmark, with the columns of `Comparison` and `sentence`.

    Args:
        first: An eval folder, a folder of eval folders, or a run, which stands for its evaluation after training; the
            baseline.
        second: The same; the candidate. Left out, the run `first` is compared with itself, before and after training.
        metric: `pass@1`, `greedy`, `mean_reward`, `pass@K`, `maj@K`, or a part of the reward.
        strict: Refuse contaminated evals.

    Raises:
        UsageError: See `compare_folders`.
    """
    import pandas as pd

    baseline, candidate = Path(first), Path(first if second is None else second)
    if second is None:
        _check_measured(baseline)
        baseline, candidate = baseline / "evals" / "before", baseline / "evals" / "after"
    found = compare_folders(baseline, candidate, metric, strict)
    return pd.DataFrame([{**asdict(comparison), "sentence": comparison.sentence()} for comparison in found])


def _check_measured(run: Path) -> None:
    """Refuses a run without the evaluations that it is compared with itself by."""
    lacking = [label for label in ("before", "after") if not (run / "evals" / label).is_dir()]
    if lacking and (run / CONFIG_FILE).is_file():
        raise UsageError(
            f"{run} holds no evaluation {' or '.join(lacking)} training: a run makes both unless eval_tasks=0, or it "
            "was stopped; measure it against its model: grpo.Run and evals.evaluate, then compare their folders"
        )


def _common_values(benchmark: str, first: EvalResult, second: EvalResult, metric: str) -> tuple[np.ndarray, np.ndarray]:
    values = [_task_values(result, metric) for result in (first, second)]
    for result, found in zip((first, second), values, strict=True):
        if not found:
            known = ", ".join(result.summary["intervals"]) or "none: no sample was scorable"
            raise UsageError(f"{benchmark}: an eval has no metric {metric!r}; it has {known}")
    common = [task_id for task_id in values[0] if task_id in values[1]]
    if not common:
        raise UsageError(f"{benchmark}: no task in common; evaluate both with the same --seed, --tasks and --env-arg")
    first_T, second_T = (np.array([found[task_id] for task_id in common]) for found in values)
    return first_T, second_T


def _task_values(result: EvalResult, metric: str) -> dict[str, float]:
    kind, _, k = metric.partition("@")
    ks = [int(k)] if kind in ("pass", "maj") and k.isdigit() else []
    found = task_metrics((sample for sample in result.samples if sample.scorable), ks, [metric])
    return {task_id: values[metric] for task_id, values in found.items() if metric in values}


def _denominator(first: EvalResult, second: EvalResult, metric: str) -> int | None:
    """Returns what all differences are multiples of, where they have something simple."""
    if metric == "greedy":
        return 1
    if metric != "pass@1" or first.summary["unscorable"] or second.summary["unscorable"]:
        return None
    common = lcm(first.summary["samples"], second.summary["samples"])
    return common if common <= _LARGEST_DENOMINATOR else None


def _test(differences_T: np.ndarray, denominator: int | None) -> tuple[str, float]:
    if denominator == 1:
        return "mcnemar", mcnemar(int((differences_T > 0).sum()), int((differences_T < 0).sum())).p
    return "sign-flip", sign_flip_p(differences_T, denominator)


def _warnings(first: EvalResult, second: EvalResult, common: int) -> list[str]:
    a, b = first.summary, second.summary
    found = []
    for name, what in (("version", "environment"), ("tasks", "tasks"), ("package", "grpo-gym")):
        if a["env"].get(name) != b["env"].get(name):
            found.append(f"different {what} versions: {a['env'].get(name)} and {b['env'].get(name)}")
    if a["env"]["kwargs"] != b["env"]["kwargs"]:
        found.append(f"different environment arguments: {a['env']['kwargs']} and {b['env']['kwargs']}")
    sampling = ("temperature", "top_p", "top_k", "max_tokens", "samples", "shots")
    changed = [name for name in sampling if a["settings"].get(name) != b["settings"].get(name)]
    if changed:
        told = ", ".join(f"{name} {a['settings'].get(name)} and {b['settings'].get(name)}" for name in changed)
        found.append(f"different settings: {told}")
    if a["model"].get("chat") != b["model"].get("chat"):
        found.append("their prompts are written differently: by another system message, template, argument or stop")
    if common < max(a["tasks"], b["tasks"]):
        found.append(f"only {common} tasks in common, of {a['tasks']} and {b['tasks']}")
    for label, summary in (("first", a), ("second", b)):
        if summary.get("tasks_left_out"):
            found.append(f"the {label} eval is over {tasks_words(summary)}")
        if summary["unscorable"]:
            found.append(f"{summary['unscorable']} samples of the {label} eval could not be scored and are left out")
        found.extend(contamination_warning(label, summary))
    return found


def gate(comparisons: Sequence[Comparison], max_drop: float) -> list[str]:
    """Returns why a candidate must not pass, one line for each benchmark that dropped too far; none lets it pass.

    The measured drop decides, not its significance: a gate that waits for significance lets every small eval pass.

    Args:
        comparisons: Of baseline and candidate.
        max_drop: Largest drop that may pass, as a share: 0.01 is one point.

    Raises:
        UsageError: A negative drop.
    """
    if max_drop < 0:
        raise UsageError(f"--max-drop is a share of 0 or more, not {max_drop}")
    reasons = []
    for comparison in comparisons:
        if comparison.difference < -max_drop - 1e-12:
            sure = "more than chance" if comparison.p_holm < ALPHA else "may be chance"
            reasons.append(
                f"{comparison.sentence()}; dropped {-100 * comparison.difference:.1f} points, more than the "
                f"{100 * max_drop:g} allowed ({sure})"
            )
    return reasons
