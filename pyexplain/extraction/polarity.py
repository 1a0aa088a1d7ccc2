"""The sentiment of a judgement: the pair's learned side, turned as the words around it say."""

from __future__ import annotations

from .lexicon import Lexicon
from .turns import Turn

UNDECIDED = 0.1  # a polarity nearer to zero than this is no sentiment


def sentiment(lexicon: Lexicon, feature: str, opinion: str, turn: Turn) -> float:
    """1.0, -1.0, or 0.0 where the side of the opinion is not known."""
    if turn is Turn.BAD:
        return -1.0
    if turn is Turn.GOOD:
        return 1.0
    polarity = lexicon.polarity(feature, opinion)
    if abs(polarity) < UNDECIDED or turn is Turn.UNREAL:
        return 0.0
    side = 1.0 if polarity > 0 else -1.0
    return -side if turn is Turn.TURNED else side
