"""The families of constraints, by name."""

from envs.format.families.base import Family
from envs.format.families.content import CONTENT
from envs.format.families.counts import COUNTS
from envs.format.families.surface import SURFACE

FAMILIES: dict[str, Family] = {family.name: family for family in (*COUNTS, *CONTENT, *SURFACE)}

__all__ = ["FAMILIES", "Family"]
