"""Reviews as they were read first, in columns: texts are looked at twice more, and need not be read and checked again."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pyarrow as pa

from ..data.room import Room
from ..data.spill import Spill, as_strings, as_texts
from ..data.types import Reviews

NAMES = ("user", "item", "text")
SCHEMA = pa.schema(
    {
        "user": pa.large_string(),
        "item": pa.large_string(),
        "rating": pa.float64(),
        "text": pa.large_string(),
        "time": pa.int64(),
    }
)


class KeptReviews:
    """Chunks of reviews in their order, in memory or on disk as there is room."""

    def __init__(self, room: Room) -> None:
        self._rows = Spill(SCHEMA, room)

    def add(self, reviews: Reviews) -> None:
        """Take a chunk."""
        columns = [as_strings(reviews.frame[name]) if name in NAMES else pa.array(reviews.frame[name]) for name in SCHEMA.names]
        self._rows.add(pa.record_batch(columns, schema=SCHEMA))

    def chunks(self) -> Iterator[Reviews]:
        """The same chunks, without the parts that files give; none is to be held for long."""
        for batch in self._rows.batches():
            columns = {
                name: as_texts(pa.chunked_array([column])) if name in NAMES else column.to_numpy()
                for name, column in zip(SCHEMA.names, batch.columns, strict=True)
            }
            yield Reviews(pd.DataFrame(columns, copy=False))
