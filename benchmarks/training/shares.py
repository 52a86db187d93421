"""Several environments in one run: the shares that are drawn beside those asked for.

    python benchmarks/training/shares.py --weights 2,1 --steps 200 --slots 16 --seeds 100

Prints one JSON object for each set of weights: shares of the first seed with their exact binomial interval around what
was asked for, and over all seeds how many shares lie outside such an interval, which 5% should.
"""

import argparse
import json

from scipy.stats import binomtest

from grpo.rollouts.drawing.draws import drawn_counts

LEVEL = 0.95


def shares(weights, steps, slots, seeds):
    """Returns asked and drawn shares, and the share of seeds in which an environment lies outside its interval."""
    total, asked = steps * slots, [weight / sum(weights) for weight in weights]
    drawn = [drawn_counts(seed, weights, steps, slots) for seed in range(seeds)]
    outside = [
        sum(bool(binomtest(counts[place], total, share).pvalue < 1 - LEVEL) for counts in drawn)
        for place, share in enumerate(asked)
    ]
    return {
        "weights": weights,
        "groups": total,
        "asked": [round(share, 4) for share in asked],
        "drawn, seed 0": [round(count / total, 4) for count in drawn[0]],
        "inside, seed 0": [
            bool(binomtest(c, total, a).pvalue >= 1 - LEVEL) for c, a in zip(drawn[0], asked, strict=True)
        ],
        f"outside {LEVEL:.0%}, of {seeds} seeds": outside,
    }


def main():
    """Reads the flags and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", action="append", help="such as 2,1; repeat it for more")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--slots", type=int, default=16)
    parser.add_argument("--seeds", type=int, default=100)
    args = parser.parse_args()
    for text in args.weights or ["2,1", "1,1,1", "10,1"]:
        weights = [float(part) for part in text.split(",")]
        print(json.dumps(shares(weights, args.steps, args.slots, args.seeds)), flush=True)


if __name__ == "__main__":
    main()
