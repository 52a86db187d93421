"""Signatures that tools may have."""

from typing import Literal, Optional, Union


def unions(
    a: int | None,
    b: Optional[str],  # noqa: UP045
    c: Union[int, str],  # noqa: UP007
    d: int | float | str | None,
    e: list[int] | str,
    f: Literal["a", "b"] | None = None,
    g: Literal[1, "x", None] = 1,
    h: list | tuple | None = None,
    i: Literal[True] | int = 3,
) -> str | None:
    """Takes unions.

    Args:
        a: One
        b: Two
        c: Three
        d: Four
        e: Five
        f: Six
        g: Seven
        h: Eight
        i: Nine
    """
