"""What names of users cost: opening them, looking up one and many, and the memory that is not given back afterwards.

    python -m benchmarks.names [--sizes 400000,1600000,4000000]

Names are drawn, 13 letters each, and written as a data set's; each size is opened by a process started anew.
"""

from __future__ import annotations

import argparse
import gc
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from pyexplain.data.files import write_table
from pyexplain.data.store import read_vocabulary
from pyexplain.data.vocabulary import Vocabulary

from .preparing import own_memory

SIZES = (400_000, 1_600_000, 4_000_000)
FILE, MANY = "users.parquet", 10_000


def write_names(folder: Path, count: int) -> None:
    """Different ones, sorted."""
    letters = np.random.default_rng(0).integers(65, 91, (count, 13), dtype=np.uint8)
    write_table(folder / FILE, pd.DataFrame({"name": np.unique(letters.view("S13")).astype(str)}, dtype="str"))


def taken(step: Callable[[], object]) -> float:
    """Seconds of processor time."""
    began = time.process_time()
    step()
    return time.process_time() - began


def measured(folder: Path, few: Path) -> str:
    """A row of the table; few: names that are opened before, so that what opening imports is not counted."""
    read_vocabulary(few, [FILE], "user").indices(["none"])
    before, found = _kept(), list[Vocabulary]()
    opening = taken(lambda: found.append(read_vocabulary(folder, [FILE], "user")))
    names = found.pop()
    some = [names[int(at)] for at in np.random.default_rng(1).integers(0, len(names), MANY)]
    steps = [taken(lambda: names.index(some[0])), taken(lambda: [names.index(name) for name in some]) / MANY]
    steps.append(taken(lambda: names.indices(some)))
    grown = (_kept() - before) * 2**20
    first, one, many = (f"{unit * seconds:,.2f}" for unit, seconds in zip((1e3, 1e6, 1e3), steps, strict=True))
    return f"| {len(names):,} | {opening:.2f} | {first} | {one} | {many} | {grown / 2**20:,.0f} | {grown / len(names):,.0f} |"


def _kept() -> float:
    """MiB of this process's own, without what it could give back."""
    gc.collect()
    pa.default_memory_pool().release_unused()
    return own_memory()


def main(sizes: list[int]) -> None:
    """Print a row a size."""
    print(
        "| names | opening, s | the first, ms | another, us | 10,000 at once, ms | memory, MiB | bytes a name |\n"
        + "|---" * 7
        + "|"
    )
    with tempfile.TemporaryDirectory() as name:
        few = Path(name)
        write_names(few, 10)
        for size in sizes:
            folder = few / str(size)
            folder.mkdir()
            write_names(folder, size)
            words = [sys.executable, "-m", "benchmarks.names", "--measure", str(folder), str(few)]
            print(subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip(), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.names", description=__doc__)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--measure", nargs=2, type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        print(measured(*given.measure))
    else:
        main([int(size) for size in given.sizes.split(",")])
