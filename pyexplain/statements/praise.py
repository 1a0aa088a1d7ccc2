"""What many reviews of an item praise, whoever the user: to be told where no reason of the user's own is clear."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .cues import is_vague
from .evidence import EvidenceIndex

FEWEST = 5  # reviews that mention it


class Praised(NamedTuple):
    """people: whose reviews of the item mention anything. feature: the one that most of them praise, None where none is praised by
    three of four of at least FEWEST reviews that mention it; praise of mention reviews do."""

    people: int
    feature: int | None = None
    praise: int = 0
    mention: int = 0


def most_praised(index: EvidenceIndex, item: int) -> Praised:
    """Of one item; names that say nothing, or what the item is, do not count."""
    people, features, sizes = index.of_item(item)
    fit = (4 * sizes.praise >= 3 * sizes.mention) & (sizes.mention >= FEWEST)
    if index.data.unsaid is not None:
        fit &= ~index.data.unsaid[features]
    title = index.data.items.title(index.data.items[item])
    for place in np.argsort(-sizes.praise, kind="stable").tolist():
        if fit[place] and not is_vague(index.data.features[int(features[place])], title):
            return Praised(people, int(features[place]), int(sizes.praise[place]), int(sizes.mention[place]))
    return Praised(people)
