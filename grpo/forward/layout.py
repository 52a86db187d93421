"""Sequences end to end in one row, a prompt once for all of its completions.

A group becomes a tree: a trunk (the prompt) and branches (its completions), whose position ids go on where the trunk
ends. A sequence that shares its prompt with no other is a trunk alone. A token sees the earlier tokens of its own
branch and of its trunk, nothing else, which is just what it would see in a sequence of its own. The last token of a
completion predicts nothing and is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import torch


@dataclass(frozen=True, slots=True)
class Span:
    """Tokens of the row that follow one another: a trunk or a branch."""

    start: int
    length: int


@dataclass
class Tree:
    """A trunk and its branches; `branches` is empty for a sequence alone."""

    trunk: Span
    branches: list[Span] = field(default_factory=list)


@dataclass(frozen=True)
class Rectangle:
    """Spans of the row, padded on the right to one width so that one kernel call takes them all.

    Attributes:
        tokens_BW: Place in the row of every cell, 0 where it is padding, (B, W).
        cells_M: Place in the flattened rectangle of each of the M tokens it holds, (M,).
        places_M: Place in the row of the same tokens, (M,).
    """

    tokens_BW: torch.Tensor
    cells_M: torch.Tensor
    places_M: torch.Tensor

    @property
    def filled_BW(self) -> torch.Tensor:
        """True where a cell holds a token, (B, W)."""
        filled = torch.zeros(self.tokens_BW.numel(), dtype=torch.bool, device=self.tokens_BW.device)
        filled[self.cells_M] = True
        return filled.view_as(self.tokens_BW)

    @property
    def full(self) -> bool:
        """Whether there is no padding."""
        return len(self.cells_M) == self.tokens_BW.numel()


@dataclass
class Layout:
    """One row of T tokens that holds every sequence of a micro-batch.

    Attributes:
        trees: In the order of the row.
        ids_T: Token ids, (T,).
        positions_T: Position ids, (T,); a branch goes on where its trunk ends.
        heads_R: Places in the row whose hidden states predict completion tokens, each once, (R,).
        row_N: Which of those R predicts each completion token, (N,).
    """

    trees: list[Tree]
    ids_T: torch.Tensor
    positions_T: torch.Tensor
    heads_R: torch.Tensor
    row_N: torch.Tensor

    @cached_property
    def trunks(self) -> Rectangle:
        """Every trunk, one a row."""
        return self._rectangle([[tree.trunk] for tree in self.trees])

    @cached_property
    def branches(self) -> Rectangle:
        """Every branch, one a row."""
        return self._rectangle([[branch] for tree in self._branching for branch in tree.branches])

    @cached_property
    def fans(self) -> Rectangle:
        """The branches of each trunk end to end, one trunk a row."""
        return self._rectangle([tree.branches for tree in self._branching])

    @cached_property
    def shared_trunks(self) -> Rectangle:
        """The trunks that have branches, rows as in `fans`."""
        return self._rectangle([[tree.trunk] for tree in self._branching])

    @cached_property
    def tree_T(self) -> torch.Tensor:
        """Which tree each token belongs to, (T,)."""
        sizes = [tree.trunk.length + sum(branch.length for branch in tree.branches) for tree in self.trees]
        return self._tensor(list(range(len(sizes)))).repeat_interleave(self._tensor(sizes))

    @cached_property
    def branch_T(self) -> torch.Tensor:
        """Which branch each token belongs to, counted from 1 over the whole row; 0 in a trunk, (T,)."""
        branch_T = torch.zeros_like(self.ids_T)
        for number, branch in enumerate((b for tree in self.trees for b in tree.branches), 1):
            branch_T[branch.start : branch.start + branch.length] = number
        return branch_T

    @cached_property
    def longest(self) -> int:
        """Tokens of the longest sequence."""
        return int(self.positions_T.max()) + 1

    @property
    def _branching(self) -> list[Tree]:
        return [tree for tree in self.trees if any(branch.length for branch in tree.branches)]

    def _tensor(self, values: list[int]) -> torch.Tensor:
        return torch.tensor(values, dtype=torch.long, device=self.ids_T.device)

    def _rectangle(self, rows: list[list[Span]]) -> Rectangle:
        rows = [[span for span in row if span.length] for row in rows]
        rows = [row for row in rows if row]
        width = max((sum(span.length for span in row) for row in rows), default=0)
        tokens, cells, places = [], [], []
        for number, row in enumerate(rows):
            held = [place for span in row for place in range(span.start, span.start + span.length)]
            tokens.append(held + [0] * (width - len(held)))
            cells += range(number * width, number * width + len(held))
            places += held
        return Rectangle(self._tensor(tokens).view(len(rows), width), self._tensor(cells), self._tensor(places))


def lay_out(
    prompts: Sequence[Sequence[int]],
    completions: Sequence[Sequence[int]],
    *,
    share: bool,
    device: torch.device | str = "cpu",
) -> Layout:
    """Lays sequences out in one row.

    Args:
        prompts: Token ids of each prompt, none empty.
        completions: Token ids of each completion, none empty.
        share: Whether equal prompts are laid out once.
        device: Where the tensors go.
    """
    members: dict[tuple[int, ...] | int, list[int]] = {}
    for sequence, prompt in enumerate(prompts):
        members.setdefault(tuple(prompt) if share else sequence, []).append(sequence)
    ids: list[int] = []
    positions: list[int] = []
    trees: list[Tree] = []
    predictors: dict[int, list[int]] = {}  # for each sequence the places that predict its completion

    def append(tokens: Sequence[int], position: int) -> Span:
        span = Span(len(ids), len(tokens))
        ids.extend(tokens)
        positions.extend(range(position, position + len(tokens)))
        return span

    for group in members.values():
        prompt = prompts[group[0]]
        if len(group) == 1:
            trunk = append([*prompt, *completions[group[0]][:-1]], 0)
            predictors[group[0]] = list(range(trunk.start + len(prompt) - 1, trunk.start + trunk.length))
            trees.append(Tree(trunk))
            continue
        tree = Tree(append(prompt, 0))
        for sequence in group:
            branch = append(completions[sequence][:-1], len(prompt))
            tree.branches.append(branch)
            last = tree.trunk.start + tree.trunk.length - 1
            predictors[sequence] = [last, *range(branch.start, branch.start + branch.length)]
        trees.append(tree)
    places_N = torch.tensor([place for sequence in range(len(prompts)) for place in predictors[sequence]])
    heads_R, row_N = places_N.unique(return_inverse=True)
    return Layout(
        trees, torch.tensor(ids, device=device), torch.tensor(positions, device=device),
        heads_R.to(device), row_N.to(device),
    )  # fmt: skip
