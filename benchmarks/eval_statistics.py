"""Coverage of the intervals and error rates of the tests, in simulation: `python benchmarks/eval_statistics.py`.

Tasks are beta-binomial: a task's pass rate is drawn from a beta distribution with mean p and intra-class correlation
rho, its samples are Bernoulli. One sample per task is enumerated instead, and so exact; for those cells the table adds
the coverage nearest to 95% that any interval of counts (nearest set of consecutive counts) can have.
"""

from __future__ import annotations

import argparse
from itertools import product

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy import stats

from evals.intervals import score_interval
from evals.paired import difference_interval, mcnemar, paired_bootstrap_interval, sign_flip_p, unpaired_z_p

RATES = (0.02, 0.1, 0.3, 0.5, 0.9, 0.98)
TASKS = (30, 100, 300, 1000)
SAMPLES = (1, 4, 16)
SHAPES = (0.0, 0.1, 0.3, 0.6)
"""Intra-class correlations: 0 is the same rate everywhere, 0.6 is nearly all or nothing."""
PAIRED_RHO = 0.3
"""The same for the paired comparisons, whose two policies find the same tasks hard."""


def task_rates(rng: np.random.Generator, shape: tuple[int, int], p: float, rho: float) -> np.ndarray:
    """Draws each task's pass rate."""
    if rho == 0:
        return np.full(shape, p)
    return rng.beta(p * (1 / rho - 1), (1 - p) * (1 / rho - 1), size=shape)


def exact_coverage(tasks: int, p: float) -> tuple[float, float]:
    """Returns the coverage with one sample per task, and the attainable one nearest to 95%."""
    counts = np.arange(tasks + 1)
    mass = stats.binom.pmf(counts, tasks, p)
    inside = np.empty(tasks + 1, dtype=bool)
    for count in counts:
        low, high = score_interval(np.arange(tasks) < count)
        inside[count] = low <= p <= high
    below = np.concatenate([[0.0], mass.cumsum()])
    attainable = (below[None, 1:] - below[:-1, None]).ravel()
    return float(mass[inside].sum()), float(attainable[np.abs(attainable - 0.95).argmin()])


def coverage(rng: np.random.Generator, tasks: int, samples: int, p: float, rho: float, trials: int) -> float:
    """Returns the share of simulated evals whose interval holds p."""
    values_RT = rng.binomial(samples, task_rates(rng, (trials, tasks), p, rho)) / samples
    held = 0
    for values_T in values_RT:
        low, high = score_interval(values_T)
        held += low <= p <= high
    return held / trials


def coverage_table(console: Console, trials: int) -> None:
    """Prints the coverage of `score_interval` in every cell, and the extremes."""
    rng = np.random.default_rng(1)
    table = Table(title=f"coverage of 95% intervals, {trials} simulated evals a cell (1 sample: exact)")
    for column in ("tasks", "samples", "rho", *(f"p={p}" for p in RATES)):
        table.add_column(column, justify="right")
    cells, impossible = [], 0
    for tasks in TASKS:
        for samples in SAMPLES:
            for rho in SHAPES if samples > 1 else (0.0,):
                row = []
                for p in RATES:
                    if samples == 1:
                        value, nearest = exact_coverage(tasks, p)
                        row.append(f"{100 * value:.1f} ({100 * nearest:.1f})")
                        impossible += not 0.93 <= nearest <= 0.97
                    else:
                        value = coverage(rng, tasks, samples, p, rho, trials)
                        row.append(f"{100 * value:.1f}")
                    if not 0.93 <= round(value, 3) <= 0.97:
                        row[-1] = f"[red]{row[-1]}[/red]"
                    cells.append(value)
                table.add_row(str(tasks), str(samples), f"{rho:g}" if samples > 1 else "-", *row)
    console.print(table)
    inside = sum(0.93 <= round(value, 3) <= 0.97 for value in cells)
    console.print(
        f"{inside} of {len(cells)} cells in 93-97%, min {100 * min(cells):.1f}, max {100 * max(cells):.1f}; "
        f"{impossible} cells where no interval of counts can be (in brackets: the nearest attainable)"
    )


def paired_values(
    rng: np.random.Generator, trials: int, tasks: int, samples: int, p: float, rho: float, gain: float
) -> tuple[np.ndarray, np.ndarray]:
    """Draws two evals of the same tasks; the second's mean rate is higher by `gain` times the paired standard error."""
    rates_RT = task_rates(rng, (trials, tasks), p, rho)
    first_RT = rng.binomial(samples, rates_RT) / samples
    noise = np.sqrt(2 * p * (1 - p) * (1 - rho) / samples)  # of a difference, within tasks
    shift = gain * noise / np.sqrt(tasks) / (p * (1 - p) * (1 - rho))
    second_RT = rng.binomial(samples, np.clip(rates_RT + shift * rates_RT * (1 - rates_RT), 0, 1)) / samples
    return first_RT, second_RT


def paired_p(first_T: np.ndarray, second_T: np.ndarray, samples: int) -> float:
    """Returns the p-value that `grpo eval compare` uses."""
    if samples == 1:
        return mcnemar(int((second_T > first_T).sum()), int((second_T < first_T).sum())).p
    return sign_flip_p(second_T - first_T, samples)


def paired_cell(rng: np.random.Generator, trials: int, tasks: int, samples: int, p: float) -> list[float]:
    """Returns false positives, power, power of the unpaired z-test, and coverage of the two intervals, as shares."""
    null = list(zip(*paired_values(rng, trials, tasks, samples, p, PAIRED_RHO, 0.0), strict=True))
    shifted = list(zip(*paired_values(rng, trials // 4, tasks, samples, p, PAIRED_RHO, 2.5), strict=True))
    return [
        float(np.mean([paired_p(a, b, samples) < 0.05 for a, b in null])),
        float(np.mean([paired_p(a, b, samples) < 0.05 for a, b in shifted])),
        float(np.mean([unpaired_z_p(a, b) < 0.05 for a, b in shifted])),
        float(np.mean([_holds_zero(difference_interval(b - a)) for a, b in null])),
        float(np.mean([_holds_zero(paired_bootstrap_interval(b - a, resamples=500)) for a, b in null[: trials // 8]])),
    ]


def paired_table(console: Console, trials: int) -> None:
    """Prints false-positive rate and power of the paired test beside the unpaired z-test, and interval coverage."""
    rng = np.random.default_rng(2)
    title = f"paired tests at 5%, rho {PAIRED_RHO}, {trials} simulated comparisons a cell ({trials // 4} for power)"
    table = Table(title=title)
    for column in ("tasks", "samples", "p", "false pos", "power", "unpaired z", "interval", "bootstrap-t"):
        table.add_column(column, justify="right")
    cells = []
    for tasks, samples, p in product(TASKS, SAMPLES, (0.1, 0.5, 0.9)):
        figures = paired_cell(rng, trials, tasks, samples, p)
        cells.append(figures)
        table.add_row(str(tasks), str(samples), f"{p:g}", *(f"{100 * value:.1f}" for value in figures))
    console.print(table)
    error = 100 * 2 * np.sqrt(0.05 * 0.95 / trials)
    console.print(
        f"largest false-positive rate {100 * max(cell[0] for cell in cells):.1f}% (simulation error of one cell: "
        f"+-{error:.1f}); paired beats unpaired in {sum(cell[1] > cell[2] for cell in cells)} of {len(cells)} cells"
    )


def _holds_zero(interval: tuple[float, float]) -> bool:
    return interval[0] <= 0 <= interval[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=4000, help="simulated evals per cell")
    parser.add_argument("--paired-trials", type=int, default=8000, help="simulated comparisons per cell")
    arguments = parser.parse_args()
    console = Console(width=120)
    coverage_table(console, arguments.trials)
    paired_table(console, arguments.paired_trials)


if __name__ == "__main__":
    main()
