"""The families of procedural mathematics."""

from envs.builtin.math.families.base import LEVELS, Family
from envs.builtin.math.families.equations import Linear
from envs.builtin.math.families.products import Divide, Multiply, Order
from envs.builtin.math.families.ratios import Fractions, Percent
from envs.builtin.math.families.rows import Gcd, Largest, Mean, Sequence
from envs.builtin.math.families.sums import Add, Chain, Subtract

FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        Add(),
        Subtract(),
        Chain(),
        Multiply(),
        Divide(),
        Order(),
        Linear(),
        Fractions(),
        Percent(),
        Largest(),
        Mean(),
        Sequence(),
        Gcd(),
    )
}

__all__ = ["FAMILIES", "LEVELS", "Family"]
