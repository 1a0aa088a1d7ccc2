"""Made-up titles of the made-up shop's items: "Norvik AX-200 over-ear headphones"."""

from __future__ import annotations

import numpy as np

BRANDS = (
    "Norvik", "Aurelo", "Veldra", "Osmarin", "Harlune", "Tavona", "Quellor", "Brunnick",
    "Sondrel", "Mirelta", "Kestova", "Fenwold", "Caldrini", "Ulvane", "Perrault & Ohm", "Drostan",
)  # fmt: skip
SERIES = (
    "AX", "BT", "Cirrus", "DR", "Echelon", "Fjord", "GT", "HX", "Luma", "Mono", "NX", "Opal", "Pulse", "S", "Terra", "V", "Zeno",
)  # fmt: skip
# all of them have ear pads, a headband, a microphone and whatever else the reviews speak of
KINDS = (
    "over-ear headphones", "on-ear headphones", "wireless headphones", "commuter headphones", "studio headphones",
    "gaming headset", "office headset", "travel headphones", "sports headphones", "kids' headphones", "open-back headphones",
    "foldable headphones",
)  # fmt: skip
FINISHES = ("", "", "", ", black", ", white", ", graphite", ", sand", ", forest green", ", navy")


def demo_titles(items: int, seed: int) -> list[str]:
    """A title for each of `items`, no two alike; the same for the same seed, whatever the number of items."""
    rng = np.random.default_rng([seed, 23])
    titles: list[str] = []
    taken: set[str] = set()
    for _ in range(items):
        brand, series, kind, finish = (str(words[int(rng.integers(len(words)))]) for words in (BRANDS, SERIES, KINDS, FINISHES))
        number = 10 * int(rng.integers(10, 100))
        while (model := f"{brand} {series}-{number}") in taken:  # a shop gives the next model the next number
            number += 1
        taken.add(model)
        titles.append(f"{model} {kind}{finish}")
    return titles
