"""How the cost of `data prepare` grows with the reviews: processor time and peak memory at four sizes, and their slopes.

    python -m benchmarks.preparing [--sizes 50000,100000,200000,400000]

Reviews are generated: 5 a user, 50 an item. Each size is prepared by one process, started anew.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from pyexplain.data.demo import write_demo

from .measure import slope

SIZES = (50_000, 100_000, 200_000, 400_000)


class Cost(NamedTuple):
    """Seconds of processor time, MiB at most, and MiB of the reviews and of the data set."""

    processor: float
    peak: float
    reviews: float
    dataset: float


def measured(reviews: int, folder: Path) -> Cost:
    """One preparation, in a process of its own."""
    write_demo(folder / "demo", users=reviews // 5, items=reviews // 50, features=40, reviews=reviews)
    file, out = folder / "demo" / "reviews.jsonl", folder / "dataset"
    words = [sys.executable, "-m", "pyexplain", "data", "prepare", str(file), "--out", str(out), "--workers", "1", "--json"]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, env={**os.environ, "OMP_NUM_THREADS": "1"})
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"data prepare ended with {process.returncode}")
    sizes = file.stat().st_size, sum(path.stat().st_size for path in out.iterdir())
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, *(size / 2**20 for size in sizes))


def main(sizes: list[int]) -> None:
    """Print a row a size, and the slopes of log cost against log size."""
    costs = []
    print("| reviews | file, MiB | data set, MiB | processor, s | reviews a second | peak, MiB |\n|---|---|---|---|---|---|")
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            cost = measured(size, Path(folder))
        costs.append(cost)
        figures = (
            f"{cost.reviews:,.0f} | {cost.dataset:,.0f} | {cost.processor:,.1f} | {size / cost.processor:,.0f} | {cost.peak:,.0f}"
        )
        print(f"| {size:,} | {figures} |", flush=True)
    for name in ("processor", "peak"):
        column = [getattr(cost, name) for cost in costs]
        last = slope([float(size) for size in sizes[-2:]], column[-2:])
        print(f"slope of {name}: {slope([float(size) for size in sizes], column):.2f}, of the two largest {last:.2f}")
    grown = (costs[-1].peak - costs[-2].peak) * 2**20 / (sizes[-1] - sizes[-2])
    print(f"bytes of memory a review, beyond the fixed part: {grown:,.0f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.preparing", description=__doc__)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    main([int(size) for size in parser.parse_args().sizes.split(",")])
