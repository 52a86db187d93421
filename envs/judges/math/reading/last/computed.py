r"""A sentence with a computation in it, `There are $5! = 120$ ways to arrange them`, read as with its result alone."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FORMULA = re.compile(r"\$([^$]{1,120})\$")
# Arithmetic alone: the commands that a number is written with, and no letters.
_COMMANDS = re.compile(r"\\(?:[dt]?frac|sqrt|[dt]?binom|times|cdot|div|left|right|pi|approx|%|\$|[,;:! ])(?![A-Za-z])")
_ARITHMETIC = re.compile(r"[\d\s+*/().,!^{}=%¤€£−–-]*")
_LINK = re.compile(r"=|\\approx(?![A-Za-z])")
_RESULT = re.compile(r"¤?\s*-?(?:\d[\d,]*(?:\.\d+)?%?|\\[dt]?frac\s*\{\d+\}\s*\{\d+\}|\d*\\sqrt\s*\{?\d+\}?)")
_PLAIN_CHAIN = re.compile(
    r"(?<![\w$.,])(?P<chain>(?:\d[\d,]*(?:\.\d+)?!|\d+/\d+|\d[\d,]*(?:\.\d+)?(?:\s[–−]\s\d[\d,]*(?:\.\d+)?)+)"
    r"\s*=\s*\d[\d,]*(?:\.\d+)?(?:/\d+)?)(?![\d/!]|\.\d|\s*[-+*/=×–−])"
)
_SAID = re.compile(r"[$¤\s(]*")


@dataclass(frozen=True, slots=True)
class Computation:
    """One computation in a line.

    Attributes:
        steps: What stands in front of its result, the last sign of equality included.
        result: Its result.
        line: The line with the result alone.
    """

    steps: str
    result: str
    line: str

    def before_result(self, said: str) -> str | None:
        """Returns what the line says with its steps in front, so that false ones are not passed over.

        Args:
            said: What the line with the result alone says; None comes back where that is not the result.
        """
        bare = _SAID.sub("", said, count=1)
        return f"{self.steps} {bare.replace('$', '')}" if bare.startswith(self.result.lstrip("$¤ ")) else None


def computation(line: str) -> Computation | None:
    """Returns the computation of a line, formulas in dollar signs; None where no formula, or more than one, is one."""
    line = _PLAIN_CHAIN.sub(lambda found: f"${found['chain'].replace('–', '-').replace('−', '-')}$", line)
    chains = [found for found in _FORMULA.finditer(line) if _LINK.search(found[1])]
    if len(chains) != 1:
        return None
    (found,) = chains
    inner = found[1]
    end = list(_LINK.finditer(inner))[-1].end()
    result = inner[end:].strip()
    if not _ARITHMETIC.fullmatch(_COMMANDS.sub(" ", inner)) or not _RESULT.fullmatch(result):
        return None
    told = result if re.fullmatch(r"[\d,.%]+", result) else f"${result}$"
    return Computation(inner[:end], result, line[: found.start()] + told + line[found.end() :])
