"""Coverage of the intervals and error rates of the tests, in simulation.

    python benchmarks/evaluation/eval_statistics.py

Tasks have pass rates drawn from a population with mean p, samples are Bernoulli. The populations are none that the
constants of `evals/statistics/intervals.py` were chosen on, beta-binomial ones apart, which everybody uses. Rates
above 1/2 are mirror images: the interval mirrors exactly. One sample per task is enumerated and so exact; beside each
such cell stands the coverage nearest to 95% that any interval of counts (nearest set of consecutive counts) can have at
that p, and below the table what the known intervals of a binomial proportion do on a grid of rates.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from itertools import product

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy import optimize, special, stats

from evals.statistics.intervals import score_interval, wilson
from evals.statistics.paired import difference_interval, mcnemar, paired_bootstrap_interval, sign_flip_p, unpaired_z_p

RATES = (0.02, 0.05, 0.1, 0.3, 0.5)
TASKS = (30, 100, 300, 1000)
SAMPLES = (1, 4, 16)
PAIRED_RATES = (0.1, 0.5, 0.9)
PAIRED_RHO = 0.3
"""Intra-class correlation for the paired comparisons, whose two policies find the same tasks hard."""

Draw = Callable[[np.random.Generator, tuple[int, int], float], np.ndarray]
"""Draws each task's pass rate, given generator, shape and mean."""


def beta_rates(rho: float) -> Draw:
    """Beta rates of intra-class correlation rho: 0 is the same rate everywhere, 0.6 is nearly all or nothing."""

    def draw(rng: np.random.Generator, shape: tuple[int, int], p: float) -> np.ndarray:
        if rho == 0:
            return np.full(shape, p)
        return rng.beta(p * (1 / rho - 1), (1 - p) * (1 / rho - 1), size=shape)

    return draw


def logit_normal_rates(sd: float) -> Draw:
    """Normal log-odds, as item-response models have them."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    weights = weights / weights.sum()

    def draw(rng: np.random.Generator, shape: tuple[int, int], p: float) -> np.ndarray:
        centre = optimize.brentq(lambda mu: float(weights @ special.expit(mu + sd * nodes)) - p, -40, 40)
        return special.expit(rng.normal(centre, sd, size=shape))

    return draw


def some_solvable(rng: np.random.Generator, shape: tuple[int, int], p: float) -> np.ndarray:
    """Most tasks are out of reach; those in reach have any rate between 0.2 and 1."""
    return np.where(rng.random(shape) < p / 0.6, rng.uniform(0.2, 1.0, size=shape), 0.0)


def rare_carriers(rng: np.random.Generator, shape: tuple[int, int], p: float) -> np.ndarray:
    """Half of the score comes from few tasks at a rate of 0.9; an eval that happens to miss them cannot know."""
    share = p / 2 / 0.9
    return np.where(rng.random(shape) < share, 0.9, p / 2 / (1 - share))


POPULATIONS: dict[str, Draw] = {
    **{f"beta, rho {rho:g}": beta_rates(rho) for rho in (0.0, 0.1, 0.3, 0.6)},
    **{f"logit-normal, sd {sd:g}": logit_normal_rates(sd) for sd in (1.5, 3.0)},
    "some solvable": some_solvable,
    "rare carriers": rare_carriers,
}


def coverage_of_counts(tasks: int, p: float, ends_C: np.ndarray) -> float:
    """Returns the coverage of an interval of a count, given its ends for each count, (tasks + 1, 2)."""
    held_C = (ends_C[:, 0] <= p) & (p <= ends_C[:, 1])
    return float(stats.binom.pmf(np.arange(tasks + 1), tasks, p)[held_C].sum())


def attainable(tasks: int, p: float) -> float:
    """Returns the coverage nearest to 95% that an interval of a count can have at p."""
    below = np.concatenate([[0.0], stats.binom.cdf(np.arange(tasks + 1), tasks, p)])
    shares = (below[None, 1:] - below[:-1, None]).ravel()
    return float(shares[np.abs(shares - 0.95).argmin()])


def our_ends(tasks: int) -> np.ndarray:
    """Returns the ends of `score_interval` for each count of one sample a task, (tasks + 1, 2)."""
    return np.array([score_interval(np.arange(tasks) < count) for count in range(tasks + 1)])


def known_ends(tasks: int) -> dict[str, np.ndarray]:
    """Returns the ends of the binomial intervals that Brown, Cai and DasGupta (2001) compare, and mid-p's."""
    counts, z = np.arange(tasks + 1), stats.norm.ppf(0.975)

    def tail(count: int, level: float) -> float:  # the p at which the count's mid-p is `level`
        def excess(p: float) -> float:
            return stats.binom.cdf(count, tasks, p) - stats.binom.pmf(count, tasks, p) / 2 - level

        return optimize.brentq(excess, 1e-12, 1 - 1e-12)

    padded = (counts + z * z / 2) / (tasks + z * z)
    half = z * np.sqrt(padded * (1 - padded) / (tasks + z * z))
    jeffreys = stats.beta.ppf([[0.025], [0.975]], counts + 0.5, tasks - counts + 0.5).T
    jeffreys[0, 0], jeffreys[-1, 1] = 0.0, 1.0
    exact = np.nan_to_num(
        stats.beta.ppf([[0.025], [0.975]], [counts, counts + 1], [tasks - counts + 1, tasks - counts]).T
    )
    exact[-1, 1] = 1.0
    mid = [[tail(c, 0.975) if c else 0.0, tail(c, 0.025) if c < tasks else 1.0] for c in counts.tolist()]
    return {
        "Wilson": np.array([wilson(count, tasks) for count in counts.tolist()]),
        "Jeffreys": jeffreys,
        "Agresti-Coull": np.stack([padded - half, padded + half], axis=1),
        "Clopper-Pearson": exact,
        "mid-p": np.array(mid),
    }


def coverage(rng: np.random.Generator, draw: Draw, tasks: int, samples: int, p: float, trials: int) -> float:
    """Returns the share of simulated evals whose interval holds p."""
    values_RT = rng.binomial(samples, draw(rng, (trials, tasks), p)) / samples
    held = 0
    for values_T in values_RT:
        low, high = score_interval(values_T)
        held += low <= p <= high
    return held / trials


def _cell(value: float, beside: str = "") -> str:
    text = f"{100 * value:.1f}{beside}"
    return text if _inside(value) else f"[red]{text}[/red]"


def _inside(value: float) -> bool:
    return 0.93 <= round(value, 3) <= 0.97


def one_sample_table(console: Console) -> None:
    """Prints the exact coverage with one sample a task, what is attainable, and what known intervals do."""
    table = Table(title="coverage of 95% intervals, 1 sample a task, exact (in brackets: nearest attainable at that p)")
    for column in ("tasks", *(f"p={p} or {1 - p:g}" for p in RATES)):
        table.add_column(column, justify="right")
    values = {(tasks, p): coverage_of_counts(tasks, p, our_ends(tasks)) for tasks in TASKS for p in RATES}
    best = {(tasks, p): attainable(tasks, p) for tasks, p in values}
    for tasks in TASKS:
        table.add_row(str(tasks), *(_cell(values[tasks, p], f" ({100 * best[tasks, p]:.1f})") for p in RATES))
    console.print(table)
    console.print(
        f"{sum(map(_inside, values.values()))} of {len(values)} cells in 93-97%; in "
        f"{sum(not _inside(value) for value in best.values())} no interval of counts can be"
    )
    grid = np.linspace(0.02, 0.98, 481)
    known = Table(
        title="share of 481 rates p from 0.02 to 0.98 with coverage in 93-97%, and mean coverage, 1 sample a task"
    )
    for column in ("interval", *(f"{tasks} tasks" for tasks in TASKS[:3])):
        known.add_column(column, justify="right")
    ends = {tasks: known_ends(tasks) for tasks in TASKS[:3]}
    for name in ends[TASKS[0]]:
        cells = []
        for tasks in TASKS[:3]:
            found = [coverage_of_counts(tasks, p, ends[tasks][name]) for p in grid]
            cells.append(f"{100 * np.mean(list(map(_inside, found))):.0f}%, {100 * np.mean(found):.1f}")
        known.add_row(name, *cells)
    console.print(known)


def coverage_table(console: Console, trials: int) -> None:
    """Prints the coverage of `score_interval` for several samples a task, population by population."""
    rng = np.random.default_rng(1)
    table = Table(title=f"coverage of 95% intervals, {trials} simulated evals a cell")
    for column in ("tasks", "samples", "population", *(f"p={p} or {1 - p:g}" for p in RATES)):
        table.add_column(column, justify="right")
    cells: dict[str, list[float]] = {name: [] for name in POPULATIONS}
    for tasks, samples, name in product(TASKS, SAMPLES[1:], POPULATIONS):
        row = [coverage(rng, POPULATIONS[name], tasks, samples, p, trials) for p in RATES]
        cells[name] += row
        table.add_row(str(tasks), str(samples), name, *map(_cell, row))
    console.print(table)
    for name, values in cells.items():
        console.print(
            f"{name}: {sum(map(_inside, values))} of {len(values)} cells in 93-97%, "
            f"min {100 * min(values):.1f}, max {100 * max(values):.1f}, mean {100 * np.mean(values):.1f}"
        )
    console.print(f"simulation error of one cell: +-{100 * 2 * np.sqrt(0.05 * 0.95 / trials):.1f}")


def paired_values(
    rng: np.random.Generator, trials: int, tasks: int, samples: int, p: float, rho: float, gain: float
) -> tuple[np.ndarray, np.ndarray]:
    """Draws two evals of the same tasks; the second's mean rate is higher by `gain` times the paired standard error."""
    rates_RT = beta_rates(rho)(rng, (trials, tasks), p)
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
        float(np.mean([_holds_zero(paired_bootstrap_interval(b - a, resamples=500)) for a, b in null[:1000]])),
    ]


def paired_table(console: Console, trials: int) -> None:
    """Prints false-positive rate and power of the paired test beside the unpaired z-test, and interval coverage."""
    rng = np.random.default_rng(2)
    title = f"paired tests at 5%, rho {PAIRED_RHO}, {trials} simulated comparisons a cell ({trials // 4} for power)"
    table = Table(title=title)
    for column in ("tasks", "samples", "p", "false pos", "power", "unpaired z", "interval", "bootstrap-t"):
        table.add_column(column, justify="right")
    cells = []
    for tasks, samples, p in product(TASKS, SAMPLES, PAIRED_RATES):
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
    parser.add_argument("--trials", type=int, default=5_000, help="simulated evals per cell")
    parser.add_argument("--paired-trials", type=int, default=20_000, help="simulated comparisons per cell")
    parser.add_argument("--only", choices=("coverage", "paired"), help="one of the two parts")
    arguments = parser.parse_args()
    console = Console(width=140)
    if arguments.only != "paired":
        one_sample_table(console)
        coverage_table(console, arguments.trials)
    if arguments.only != "coverage":
        paired_table(console, arguments.paired_trials)


if __name__ == "__main__":
    main()
