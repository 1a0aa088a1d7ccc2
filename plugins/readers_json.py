"""Reviews as JSON under any names: objects a line, in an array or one after another, and Python literals (which are not run)."""

from __future__ import annotations

from pyexplain import hookimpl
from pyexplain.readers import JsonReader, Reader


class AnyJson(JsonReader):
    """Keys by their usual names (Yelp, Goodreads, Steam, TripAdvisor, Google Local, ...) or as told, also `user=reviewer.id`."""

    name = "json"
    description = "reviews as JSON lines, a JSON array or Python literals, keys by name (user_id, item_id, rating, text, ...)"
    sample = (
        b'{"user_id": "u1", "business_id": "i1", "stars": 5, "text": "Good soup.", "date": "2014-05-14 16:53:20"}\n'
        b'{"user_id": "u2", "business_id": "i1", "stars": 2, "text": "Cold.", "date": "2014-05-15 16:53:20"}\n'
        b'{"user_id": "u2", "business_id": "i2", "stars": 4, "text": "", "date": "2014-05-16 16:53:20"}\n'
    )


@hookimpl
def pyexplain_readers() -> list[type[Reader]]:
    """The format."""
    return [AnyJson]
