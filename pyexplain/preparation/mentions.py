"""All mentions of review files in one table, by as many processes as pay."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from pandas.api.types import union_categoricals

from ..data.types import MENTION_COLUMNS, Reviews
from ..extraction.extract import extract_mentions
from ..extraction.lexicon import ExtractOptions, Lexicon
from ..limits import cores
from .open import Mask, ReviewSource

NAMES = ("user", "item", "feature", "opinion")
WORTH_WORKERS = 20_000  # reviews below which starting processes takes longer than it saves


def all_mentions(source: ReviewSource, wanted: Mask, lexicon: Lexicon, options: ExtractOptions, workers: int = 0) -> pd.DataFrame:
    """The mentions (MENTION_COLUMNS) of the reviews that are wanted; workers: processes, 0 = as many as pay.

    Names come as categories, since each is there many times and millions of strings would fill the memory.
    """
    workers = workers or (cores() if int(wanted.sum()) >= WORTH_WORKERS else 1)
    chunks = extract_mentions(_marked(source, wanted), lexicon, options, workers)
    frames = [found.frame.astype(dict.fromkeys(NAMES, "category")) for found in chunks]
    if not frames:
        return pd.DataFrame({column: pd.Series(dtype="object") for column in MENTION_COLUMNS})
    names = {name: pd.Series(union_categoricals([frame.pop(name) for frame in frames])) for name in NAMES}
    rest = pd.concat(frames, ignore_index=True)
    return rest.assign(**names)[list(MENTION_COLUMNS)]


def _marked(source: ReviewSource, wanted: Mask) -> Iterator[Reviews]:
    return (chunk for chunk in source.chunks(wanted) if len(chunk))
