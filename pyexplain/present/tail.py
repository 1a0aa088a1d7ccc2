"""The long tail of features as an SVG picture: how often the n-th most frequent one is mentioned, both axes logarithmic."""

from __future__ import annotations

import math

from ..data.types import Dataset
from .dataset import frequencies
from .harmless import escape

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 400, 64, 24, 40, 48
NAMED = (1, 2, 5, 10, 20, 50, 100, 200)  # ranks whose feature is written beside its point
STYLE = "font-family:sans-serif;font-size:12px;fill:#333"


def tail_picture(data: Dataset) -> str:
    """A whole SVG document; every point says its feature when pointed at. The same bytes for the same data set."""
    counts = [(name, count) for name, count in frequencies(data).items() if count]
    last, most = max(len(counts), 2), max((count for _, count in counts), default=1)
    points = [(_x(rank, last), _y(count, most), name, rank, count) for rank, (name, count) in enumerate(counts, 1)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y, *_ in points)
    dots = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="#2563eb">'
        f"<title>{escape(name)}: {count:,} mentions, rank {rank}</title></circle>"
        for x, y, name, rank, count in points
    )
    named = [points[rank - 1] for rank in NAMED if rank <= len(points)]
    words = "".join(f'<text x="{x + 6:.1f}" y="{y - 6:.1f}">{escape(name[:24])}</text>' for x, y, name, *_ in named)
    title = f"{data.name}: {len(counts):,} features, {sum(count for _, count in counts):,} mentions"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}" '
        f'style="{STYLE}"><rect width="{WIDTH}" height="{HEIGHT}" fill="white"/><text x="{LEFT}" y="20">{escape(title)}</text>'
        f'{_axes(last, most)}<polyline points="{line}" fill="none" stroke="#93c5fd" stroke-width="1.5"/>{dots}{words}</svg>\n'
    )


def _x(rank: int, last: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * math.log(rank) / math.log(last)


def _y(count: int, most: int) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * math.log(count) / math.log(max(most, 2))


def _axes(last: int, most: int) -> str:
    """A line of the grid and a number for each power of ten."""
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    ranks = [10**k for k in range(int(math.log10(last)) + 1)]
    levels = [10**k for k in range(int(math.log10(max(most, 2))) + 1)]
    grid = "".join(
        f'<path d="M{_x(r, last):.1f} {TOP}V{bottom}" stroke="#e5e7eb"/>'
        f'<text x="{_x(r, last):.1f}" y="{bottom + 16}" text-anchor="middle">{r:,}</text>'
        for r in ranks
    ) + "".join(
        f'<path d="M{LEFT} {_y(c, most):.1f}H{right}" stroke="#e5e7eb"/>'
        f'<text x="{LEFT - 6}" y="{_y(c, most) + 4:.1f}" text-anchor="end">{c:,}</text>'
        for c in levels
    )
    names = f'<text x="{(LEFT + right) / 2}" y="{HEIGHT - 10}" text-anchor="middle">rank of the feature</text>'
    return grid + names + f'<text transform="translate(14 {(TOP + bottom) / 2}) rotate(-90)" text-anchor="middle">mentions</text>'
