"""What counts as equal where mathematics alone does not decide. `docs/math-judge.md` gives examples of each flag."""

from __future__ import annotations

from dataclasses import dataclass, fields

from envs.core.errors import UsageError, did_you_mean


@dataclass(frozen=True, slots=True)
class Policy:
    """The flags of the judge.

    Attributes:
        decimal_digits: A decimal that is the rounding or truncation of the exact value to at least this many digits
            after the point, and has as many significant ones, is equal to it; 0 allows no rounding at all.
        percent_as_number: `50%` answers a gold of `50` and the other way round.
        percent_as_fraction: `50%` is `0.5`.
        unit_optional: An answer or a gold without a unit agrees with one that has a unit.
        unit_convert: `50 mm` is `5 cm`.
        count_nouns: `5 apples` answers `5` though neither gold nor question speaks of apples.
        degrees: `90°` is `pi/2`, and `90` answers `90°`.
        unreduced: `2/4` is `1/2`, and a ratio `6:8` is `3:4`.
        unevaluated: `17*23` answers a gold of `391`. Off by default: repeating the question is no answer.
        rename_variables: `y = 5` answers `x = 5`, and `2n` answers `2k`.
        unit_letters: A slanted letter behind a number and a blank is a unit in the gold: `5 m` is five metres, not 5m.
        decimal_comma: `1,5` is one and a half; a list needs a blank or a semicolon.
        ordered_lists: `2, 1` is not `1, 2` where neither has brackets.
        deadline_s: Seconds one verdict may take.
    """

    decimal_digits: int = 6
    percent_as_number: bool = True
    percent_as_fraction: bool = True
    unit_optional: bool = True
    unit_convert: bool = True
    count_nouns: bool = True
    degrees: bool = True
    unreduced: bool = True
    unevaluated: bool = False
    rename_variables: bool = False
    unit_letters: bool = False
    decimal_comma: bool = False
    ordered_lists: bool = False
    deadline_s: float = 0.8


PRESETS: dict[str, Policy] = {
    "default": Policy(),
    "gsm8k": Policy(percent_as_fraction=False, unit_convert=False, unit_letters=True),
    "math": Policy(),
    "strict": Policy(decimal_digits=0, percent_as_number=False, unit_optional=False, count_nouns=False),
}


def preset(name: str) -> Policy:
    """Returns the policy of a data set.

    Raises:
        UsageError: There is no preset with this name.
    """
    if name not in PRESETS:
        raise UsageError(f"no judge policy {name!r}: {did_you_mean(name, PRESETS)}")
    return PRESETS[name]


def flags() -> list[str]:
    """Returns the names of all flags, in the order of the documentation."""
    return [flag.name for flag in fields(Policy)]
