"""The families of constraints, by name."""

from envs.builtin.format.families.base import Family
from envs.builtin.format.families.content import CONTENT
from envs.builtin.format.families.counts import COUNTS
from envs.builtin.format.families.surface import SURFACE

FAMILIES: dict[str, Family] = {family.name: family for family in (*COUNTS, *CONTENT, *SURFACE)}

__all__ = ["FAMILIES", "Family"]
