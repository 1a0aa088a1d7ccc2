"""Reviews to mentions on one core, on the built-in generator's reviews."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from pyexplain.data.demo import write_demo
from pyexplain.preparation.prepare import prepare
from pyexplain.preparation.settings import PrepareOptions
from pyexplain.registry import load_registry

from .measure import Row

REVIEWS = 40_000


def rows(repeats: int) -> list[Row]:
    """A data set prepared from reviews, both passes and all that comes with it, in reviews a second."""
    with tempfile.TemporaryDirectory() as folder:
        path = write_demo(Path(folder), users=REVIEWS // 10, items=1000, reviews=REVIEWS)
        seconds = []
        for _ in range(repeats):
            began = time.process_time()
            prepare([path], PrepareOptions(name="timed"), load_registry())
            seconds.append(time.process_time() - began)
    each = 1e6 * sorted(seconds)[len(seconds) // 2] / REVIEWS
    note = f"{1e6 / each:,.0f} reviews a second of processor time, reading, learning, matching and building the data set"
    return [Row("a review prepared, one core", "5,000 reviews a second", "us", each, 200.0, 1.0, 4.0, note=note)]
