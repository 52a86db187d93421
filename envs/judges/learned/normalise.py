"""From a reward model's raw score to a score in [0, 1], by a stated rule.

- `sigmoid`: 1 / (1 + exp(-raw)). Right for models trained on preferences by Bradley and Terry's model (and for those
  with two labels): the raw score is a log-odds there. Its middle is wherever training left it.
- calibration: Phi((raw - mean) / std), the share of a normal distribution below the raw score, where mean and standard
  deviation were measured on typical completions. 0.5 is a typical completion.

Both rise strictly with the raw score, so neither changes an order; only how far apart scores lie.
"""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from envs.core.errors import UsageError

RULES = ("sigmoid",)


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a model's raw scores look like on typical completions.

    Attributes:
        mean: Their mean.
        std: Their standard deviation (ddof=1), above 0.
        count: How many there were.
        model: Whose they are.
    """

    mean: float
    std: float
    count: int
    model: str = ""

    @classmethod
    def of(cls, raw_scores: Sequence[float], model: str = "") -> Calibration:
        """Measures raw scores.

        Raises:
            UsageError: There are fewer than two, or all are the same.
        """
        if len(raw_scores) < 2 or not (std := statistics.stdev(raw_scores)) > 0:
            raise UsageError(f"cannot calibrate on {len(raw_scores)} raw scores without any spread: give more")
        return cls(statistics.fmean(raw_scores), std, len(raw_scores), model)

    @classmethod
    def read(cls, path: Path) -> Calibration:
        """Reads a calibration file.

        Raises:
            UsageError: It is not there, or is none.
        """
        try:
            found = cls(**json.loads(path.read_text(encoding="utf-8")))
            if not (math.isfinite(found.mean) and 0 < found.std < math.inf):
                raise ValueError("mean and std must be finite, and std above 0")
        except (OSError, ValueError, TypeError) as error:
            raise UsageError(f"normalise is 'sigmoid' or a calibration file, and {path} is neither: {error}") from error
        return found


def normalised(raw: float, calibration: Calibration | None = None) -> float:
    """Returns a finite raw score as a score in [0, 1]; without a calibration by the sigmoid."""
    if calibration is None:
        if raw >= 0:
            return 1.0 / (1.0 + math.exp(-min(raw, 700.0)))
        return math.exp(max(raw, -700.0)) / (1.0 + math.exp(max(raw, -700.0)))
    return 0.5 * math.erfc((calibration.mean - raw) / (calibration.std * math.sqrt(2.0)))
