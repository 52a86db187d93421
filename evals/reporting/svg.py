"""Small charts as SVG text, for pages that need no network and no script to draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import floor, isfinite, log10

_WIDTH, _HEIGHT = 460, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 14, 28
COLOURS = ("#2563eb", "#dc2626", "#059669", "#d97706", "#7c3aed", "#0891b2")
_MAX_POINTS = 600


@dataclass(frozen=True, slots=True)
class Line:
    """One curve: a name and its points; points that are not finite are left out."""

    name: str
    x: Sequence[float]
    y: Sequence[float]


@dataclass(frozen=True, slots=True)
class Whisker:
    """One estimate with its interval, of one of several series, under a label."""

    label: str
    series: str
    value: float
    low: float
    high: float


class _Scale:
    """Maps data to pixels."""

    def __init__(self, low: float, high: float, start: float, end: float):
        if low == high:
            low, high = (low, low + 1) if low == 0 else (low - abs(low) / 2, low + abs(low) / 2)
        self.low, self.high, self.start, self.end = low, high, start, end

    def __call__(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self, count: int = 5) -> list[float]:
        """Returns round values inside the range."""
        rough = (self.high - self.low) / count
        power = 10 ** floor(log10(rough))
        step = next(power * unit for unit in (1, 2, 5, 10) if power * unit >= rough)
        first = floor(self.low / step) * step
        ticks = [first + step * i for i in range(count + 3)]
        return [tick for tick in ticks if self.low - 1e-9 * step <= tick <= self.high + 1e-9 * step]


def line_chart(title: str, lines: Sequence[Line], x_name: str = "step") -> str:
    """Draws curves over a common x axis; long ones are thinned to 600 points."""
    kept = [Line(line.name, *_thinned(line)) for line in lines]
    kept = [line for line in kept if line.x]
    if not kept:
        return ""
    xs, ys = [x for line in kept for x in line.x], [y for line in kept for y in line.y]
    x = _Scale(min(xs), max(xs), _LEFT, _WIDTH - _RIGHT)
    y = _Scale(min(ys), max(ys), _HEIGHT - _BOTTOM, _TOP)
    parts = [_axes(x, y, x_name)]
    for place, line in enumerate(kept):
        colour = COLOURS[place % len(COLOURS)]
        points = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in zip(line.x, line.y, strict=True))
        dot = f'<circle cx="{x(line.x[-1]):.1f}" cy="{y(line.y[-1]):.1f}" r="2.5" fill="{colour}"/>'
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"/>{dot}')
    return _figure(title, "".join(parts), [line.name for line in kept] if len(kept) > 1 else [])


def _thinned(line: Line) -> tuple[list[float], list[float]]:
    points = [(float(a), float(b)) for a, b in zip(line.x, line.y, strict=True) if b is not None and isfinite(b)]
    if len(points) > _MAX_POINTS:
        stride = (len(points) - 1) / (_MAX_POINTS - 1)
        points = [points[round(i * stride)] for i in range(_MAX_POINTS)]
    return [a for a, _ in points], [b for _, b in points]


def whisker_chart(title: str, whiskers: Sequence[Whisker]) -> str:
    """Draws estimates in [0, 1] with their intervals, one row for each label, series beside each other."""
    if not whiskers:
        return ""
    labels = list(dict.fromkeys(whisker.label for whisker in whiskers))
    series = list(dict.fromkeys(whisker.series for whisker in whiskers))
    row_height, left = 10 * len(series) + 10, 110
    height = _TOP + row_height * len(labels) + _BOTTOM
    x = _Scale(0, 1, left, _WIDTH - 2 * _RIGHT)
    parts = [
        f'<line x1="{x(t):.1f}" x2="{x(t):.1f}" y1="{_TOP}" y2="{height - _BOTTOM}" class="grid"/>'
        f'<text x="{x(t):.1f}" y="{height - 10}" text-anchor="middle">{100 * t:.0f}%</text>'
        for t in (0, 0.25, 0.5, 0.75, 1)
    ]
    for place, label in enumerate(labels):
        middle = _TOP + row_height * (place + 0.5)
        parts.append(f'<text x="{left - 8}" y="{middle + 4:.1f}" text-anchor="end">{escape(label[:18])}</text>')
    for whisker in whiskers:
        order = series.index(whisker.series)
        centre = _TOP + row_height * (labels.index(whisker.label) + 0.5) + 10 * (order - (len(series) - 1) / 2)
        parts.append(_whisker(whisker, x, centre, COLOURS[order % len(COLOURS)]))
    return _figure(title, "".join(parts), series if len(series) > 1 else [], height)


def _whisker(whisker: Whisker, x: _Scale, centre: float, colour: str) -> str:
    told = f"{whisker.label} {whisker.series}: {whisker.value:.3f} [{whisker.low:.3f}, {whisker.high:.3f}]"
    return (
        f'<g stroke="{colour}" fill="{colour}"><title>{escape(told)}</title>'
        f'<line x1="{x(whisker.low):.1f}" x2="{x(whisker.high):.1f}" y1="{centre:.1f}" y2="{centre:.1f}"/>'
        f'<circle cx="{x(whisker.value):.1f}" cy="{centre:.1f}" r="3.2"/></g>'
    )


def paired_chart(title: str, first: Sequence[float], second: Sequence[float], names: tuple[str, str]) -> str:
    """Draws each task's value in one eval against its value in another; above the diagonal is better.

    A circle's area grows with the number of tasks at that point.
    """
    counts: dict[tuple[float, float], int] = {}
    for pair in zip(first, second, strict=True):
        counts[pair] = counts.get(pair, 0) + 1
    if not counts:
        return ""
    size = 300
    x, y = _Scale(0, 1, _LEFT, _LEFT + size - 70), _Scale(0, 1, size - _BOTTOM - 10, _TOP)
    most = max(counts.values())
    parts = [_axes(x, y, names[0], names[1])]
    parts.append(f'<line x1="{x(0)}" y1="{y(0)}" x2="{x(1)}" y2="{y(1)}" class="grid"/>')
    for (a, b), count in sorted(counts.items()):
        colour = COLOURS[2] if b > a else COLOURS[1] if b < a else "#6b7280"
        told = f"{count} tasks: {a:.3f} to {b:.3f}"
        radius = 2 + 9 * (count / most) ** 0.5
        parts.append(
            f'<circle cx="{x(a):.1f}" cy="{y(b):.1f}" r="{radius:.1f}" fill="{colour}" fill-opacity="0.55">'
            f"<title>{told}</title></circle>"
        )
    return _figure(title, "".join(parts), [], size)


def _axes(x: _Scale, y: _Scale, x_name: str, y_name: str = "") -> str:
    parts = []
    for tick in y.ticks():
        parts.append(f'<line x1="{x.start}" x2="{x.end}" y1="{y(tick):.1f}" y2="{y(tick):.1f}" class="grid"/>')
        parts.append(f'<text x="{x.start - 6}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick:.4g}</text>')
    for tick in x.ticks():
        parts.append(f'<text x="{x(tick):.1f}" y="{y.start + 15:.1f}" text-anchor="middle">{tick:.4g}</text>')
    parts.append(f'<text x="{x.end}" y="{y.start + 26:.1f}" text-anchor="end" class="name">{escape(x_name)}</text>')
    if y_name:
        parts.append(f'<text x="{x.start}" y="{y.end - 2:.1f}" class="name">{escape(y_name)}</text>')
    return "".join(parts)


def _figure(title: str, body: str, legend: Sequence[str], height: int = _HEIGHT) -> str:
    keys = "".join(
        f'<span style="color:{COLOURS[place % len(COLOURS)]}">&#9679;</span> {escape(name)} '
        for place, name in enumerate(legend)
    )
    drawn = f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(title)}">{body}</svg>'
    return f"<figure><figcaption>{escape(title)} <small>{keys}</small></figcaption>{drawn}</figure>"
