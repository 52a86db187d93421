"""What can be chosen of the tasks that are drawn; `grpo.rollouts.drawing` says how."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from envs.builtin.datasets.place import absolute

NO_PROFILE = "pass_rate says which tasks of a profile are kept: add select=PROFILE, of `grpo profile`"
_EXPLORERS = ("band", "curriculum")


class DrawingConfig(BaseModel):
    """The settings of which tasks are drawn; every one is a flag of `grpo train`."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    sampler: Literal["in_order", "uniform", "band", "curriculum"] = "in_order"
    """Tasks: in_order; uniform; band: those whose pass rate lies in it; curriculum: level by level, moved by it."""
    band: str = "0.1:0.9"
    """Pass rates that can teach, LOW:HIGH; for the samplers band and curriculum, and the shares in metrics.jsonl."""
    explore: float = Field(0.1, ge=0, le=1)
    """Share of the groups that band draws from outside its band, and curriculum from other levels."""
    forget: float = Field(0.5, ge=0, lt=1)
    """Share of what is known of a task, family or level that is forgotten whenever a batch has new results of it."""
    select: list[str] = Field(default_factory=list)
    """Profile of `grpo profile`, a parquet file: train on its tasks alone, and of those on what pass_rate says."""
    pass_rate: str = "0.1:0.9"
    """Pass rates of the selected tasks, LOW:HIGH; of a source without end, of families and levels."""

    @field_validator("band", "pass_rate", mode="before")
    @classmethod
    def _bands_are_written_alike(cls, given: Any) -> Any:
        if isinstance(given, Sequence) and not isinstance(given, str) and len(given) == 2:
            given = f"{given[0]}:{given[1]}"
        if isinstance(given, str):
            low, high = band_of(given)
            return f"{low:.12g}:{high:.12g}"
        return given

    @field_validator("select", mode="before")
    @classmethod
    def _one_is_a_list_of_one(cls, given: Any) -> Any:
        return [given] if isinstance(given, str) or hasattr(given, "__fspath__") else given

    @field_validator("select", mode="after")
    @classmethod
    def _profiles_travel(cls, paths: list[str]) -> list[str]:
        return [absolute(path) for path in paths]

    @model_validator(mode="after")
    def _is_read(self) -> Self:
        if self.sampler not in _EXPLORERS and self.explore != type(self).model_fields["explore"].default:
            raise ValueError(
                f"explore means nothing to sampler={self.sampler}: leave it out, or take sampler=band or curriculum"
            )
        if not self.select and self.pass_rate != type(self).model_fields["pass_rate"].default:
            raise ValueError(NO_PROFILE)
        return self


def band_of(text: str) -> tuple[float, float]:
    """Reads `0.1:0.9`.

    Raises:
        ValueError: It is not that; one line.
    """
    low, _, high = text.partition(":")
    try:
        found = float(low), float(high)
    except ValueError:
        raise ValueError("write it as LOW:HIGH, such as 0.1:0.9") from None
    if not 0 <= found[0] <= found[1] <= 1:
        raise ValueError("say two pass rates from 0 to 1, the lower first, such as 0.1:0.9")
    return found
