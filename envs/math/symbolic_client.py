"""Placeholder."""
from envs.math.nodes import Node


def equal(a: Node, b: Node, deadline: float) -> bool:
    return False
