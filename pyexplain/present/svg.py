"""Small drawings for pages: inline SVG, no scripts, colours by CSS variables so that they read in light, in dark and on paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from .harmless import escape
from .text import harmless

ROW, TEXT, PLOT, RIGHT = 22, 150, 230, 60  # heights and widths in pixels
MOST = 24  # characters of a label


@dataclass(frozen=True)
class Point:
    """A row of an interval plot. low, high: its 95 % interval where there is one. control: a yardstick, drawn hollow."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    control: bool = False


def interval_plot(points: Sequence[Point], label: str) -> str:
    """A point for each row with its interval, over a common axis from 0 or below to the largest; "" where there is nothing."""
    shown = [point for point in points if isfinite(point.value)]
    if not shown:
        return ""
    ends = [end for p in shown for end in (p.value, p.low, p.high) if end is not None and isfinite(end)]
    low, high = min(0.0, *ends), max(*ends, 1e-9)
    height = ROW * len(shown) + 26

    def x(value: float) -> float:
        return TEXT + PLOT * (value - low) / (high - low)

    rows = "".join(_interval(point, 12 + ROW * place, x) for place, point in enumerate(shown))
    ticks = "".join(_tick(x(value), height - 22, f"{value:.2f}") for value in (low, (low + high) / 2, high))
    said = "; ".join(f"{point.name} {point.value:.3f}" for point in shown)
    return _svg(TEXT + PLOT + RIGHT, height, f"{label}: {said}", ticks + rows)


def _interval(point: Point, y: int, x: object) -> str:
    assert callable(x)
    kind = "ctl" if point.control else "own"
    span = ""
    if point.low is not None and point.high is not None:
        span = f'<path class="{kind} span" d="M{x(point.low):.1f} {y}H{x(point.high):.1f}"/>'
    dot = f'<circle class="{kind}" cx="{x(point.value):.1f}" cy="{y}" r="4.5"/>'
    value = f'<text x="{TEXT + PLOT + 10}" y="{y + 4}">{point.value:.3f}</text>'
    return f'<text x="{TEXT - 10}" y="{y + 4}" text-anchor="end">{_label(point.name)}</text>{span}{dot}{value}'


def curve_plot(series: Sequence[tuple[str, Sequence[float], bool]], steps: Sequence[str], label: str, most: float = 1.0) -> str:
    """Lines over a few steps, values 0..most; (name, values, is a control) each, named at its end."""
    shown = [(name, [min(max(v, 0.0), most) for v in values], control) for name, values, control in series if len(values) > 1]
    if not shown:
        return ""
    width, height, left, top = 250, 180, 36, 10
    gap = width / max(1, len(steps) - 1)

    def place(step: int, value: float) -> tuple[float, float]:
        return left + gap * step, top + height * (1 - value / most)

    grid = "".join(
        f'<path class="grid" d="M{left} {place(0, v)[1]:.1f}h{width}"/><text x="{left - 6}" y="{place(0, v)[1] + 4:.1f}" '
        f'text-anchor="end">{v:.1f}</text>'
        for v in (0.0, most / 2, most)
    )
    marks = "".join(
        f'<text x="{left + gap * n:.1f}" y="{top + height + 16}" text-anchor="middle">{escape(s)}</text>'
        for n, s in enumerate(steps)
    )
    ends = _apart([place(len(values) - 1, values[-1])[1] for _, values, _ in shown])
    lines = ""
    for (name, values, control), end in zip(shown, ends, strict=True):
        points = " ".join("{:.1f},{:.1f}".format(*place(n, v)) for n, v in enumerate(values))
        lines += f'<polyline class="{"ctl" if control else "own"} line" points="{points}"/>'
        lines += f'<text x="{left + width + 6}" y="{end + 4:.1f}" class="{"muted" if control else ""}">{_label(name)}</text>'
    said = "; ".join(f"{name}: {', '.join(f'{v:.2f}' for v in values)}" for name, values, _ in shown)
    return _svg(left + width + 140, top + height + 24, f"{label}. {said}", grid + marks + lines)


def _apart(heights: Sequence[float], least: float = 13.0) -> list[float]:
    """The same heights, moved so that no two labels lie on each other; their order stays."""
    order = sorted(range(len(heights)), key=lambda n: heights[n])
    moved = list(heights)
    for before, after in zip(order, order[1:], strict=False):
        moved[after] = max(moved[after], moved[before] + least)
    over = max(0.0, max(moved) - (190 + least)) if moved else 0.0
    return [height - over for height in moved]


def bar_plot(rows: Sequence[tuple[str, float]], label: str) -> str:
    """A bar for each (name, value >= 0), the value beside it."""
    if not rows:
        return ""
    most = max(value for _, value in rows) or 1.0
    body = ""
    for place, (name, value) in enumerate(rows):
        y = 4 + ROW * place
        body += f'<text x="{TEXT - 10}" y="{y + 13}" text-anchor="end">{_label(name)}</text>'
        body += f'<rect class="own" x="{TEXT}" y="{y}" width="{PLOT * value / most:.1f}" height="{ROW - 6}"/>'
        body += f'<text x="{TEXT + PLOT * value / most + 6:.1f}" y="{y + 13}">{value:.3g}</text>'
    said = "; ".join(f"{name} {value:.3g}" for name, value in rows)
    return _svg(TEXT + PLOT + RIGHT, ROW * len(rows) + 8, f"{label}: {said}", body)


def tail_plot(counts: Sequence[float], label: str) -> str:
    """How many entries things have, those with most first: a long tail."""
    ordered = sorted(counts, reverse=True)
    if not ordered or ordered[0] <= 0:
        return ""
    width, height = 300, 110
    n = min(len(ordered), 150)
    at = [ordered[round(place * (len(ordered) - 1) / max(1, n - 1))] for place in range(n)]
    points = " ".join(
        f"{40 + width * place / max(1, n - 1):.1f},{8 + height * (1 - value / ordered[0]):.1f}" for place, value in enumerate(at)
    )
    body = f'<polyline class="own line" points="{points}"/><path class="grid" d="M40 {8 + height}h{width}"/>'
    body += (
        f'<text x="34" y="16" text-anchor="end">{ordered[0]:,.0f}</text><text x="34" y="{12 + height}" text-anchor="end">0</text>'
    )
    body += f'<text x="40" y="{24 + height}">most</text><text x="{40 + width}" y="{24 + height}" text-anchor="end">least</text>'
    half = ordered[len(ordered) // 2]
    return _svg(width + 60, height + 32, f"{label}: the largest has {ordered[0]:,.0f}, the middle one {half:,.0f}", body)


def _tick(x: float, height: int, text: str) -> str:
    said = f'<text x="{x:.1f}" y="{height + 16}" text-anchor="middle" class="muted">{text}</text>'
    return f'<path class="grid" d="M{x:.1f} 2V{height}"/>{said}'


def _svg(width: float, height: float, said: str, body: str) -> str:
    """The drawing; what it says in words for who does not see it."""
    size = f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}"'
    drawing = f'<svg {size} role="img" aria-label="{escape(harmless(said))}">{body}</svg>'
    return f'<div class="scroll" tabindex="0" role="group" aria-label="figure">{drawing}</div>'


def _label(name: str) -> str:
    short = harmless(name)
    return escape(short if len(short) <= MOST else short[: MOST - 1] + "…")
