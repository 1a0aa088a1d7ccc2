"""How the cost of `data prepare` grows with the reviews: processor time and peak memory at four sizes, and their slopes.

    python -m benchmarks.preparing [--sizes 50000,100000,200000,400000] [--max-memory 512M] [--reviews FILE]

Reviews are generated once, 5 a user; a smaller size is the first so many of them. Each is prepared by one process, started anew.
Memory of its own is what the system cannot take back: not the pages of files, of which it keeps as many as nobody else needs.
"""

from __future__ import annotations

import argparse
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from pyexplain.data.demo import write_demo

from .measure import slope

SIZES = (50_000, 100_000, 200_000, 400_000)
LOOK = 0.05  # seconds between two looks at the memory of the process


class Cost(NamedTuple):
    """Seconds of processor time, MiB at most, MiB of its own at most, and MiB of the reviews and of the data set."""

    processor: float
    peak: float
    own: float
    reviews: float
    dataset: float


def measured(file: Path, out: Path, max_memory: str) -> Cost:
    """One preparation, in a process of its own."""
    words = [sys.executable, "-m", "pyexplain", "data", "prepare", str(file), "--out", str(out), "--workers", "1", "--json"]
    words += ["--max-memory", max_memory]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, env={**os.environ, "OMP_NUM_THREADS": "1"})
    own = 0.0
    while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
        own = max(own, own_memory(process.pid))
        time.sleep(LOOK)
    _, status, used = ended
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"data prepare ended with {process.returncode}")
    sizes = file.stat().st_size, sum(path.stat().st_size for path in out.iterdir())
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, own, *(size / 2**20 for size in sizes))


def own_memory(process: int | str = "self") -> float:
    """MiB of a process that no file holds; 0 once it has ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) / 1024
    return 0.0


def main(sizes: list[int], max_memory: str, reviews: Path | None = None) -> None:
    """Print a row a size, and the slopes of log cost against log size."""
    costs = []
    print("| reviews | file, MiB | data set, MiB | processor, s | reviews a second | peak, MiB | its own, MiB |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if reviews is None:
            most = max(sizes)
            reviews = write_demo(folder / "demo", users=most // 5, items=most // 50, features=40, reviews=most)
        for size in sizes:
            file = folder / "reviews.jsonl"
            with reviews.open("rb") as whole, file.open("wb") as some:
                some.writelines(itertools.islice(whole, size))
            cost = measured(file, folder / "dataset", max_memory)
            costs.append(cost)
            shutil.rmtree(folder / "dataset")
            first = f"{cost.reviews:,.0f} | {cost.dataset:,.0f} | {cost.processor:,.1f} | {size / cost.processor:,.0f}"
            print(f"| {size:,} | {first} | {cost.peak:,.0f} | {cost.own:,.0f} |", flush=True)
    if len(sizes) > 1:
        _grown(sizes, costs)


def _grown(sizes: list[int], costs: list[Cost]) -> None:
    """Print how costs grow with the sizes."""
    for field in ("processor", "peak", "own"):
        column = [getattr(cost, field) for cost in costs]
        last = slope([float(size) for size in sizes[-2:]], column[-2:])
        print(f"slope of {field}: {slope([float(size) for size in sizes], column):.2f}, of the two largest {last:.2f}")
    for field in ("peak", "own"):
        grown = (getattr(costs[-1], field) - getattr(costs[-2], field)) * 2**20 / (sizes[-1] - sizes[-2])
        print(f"bytes of memory a review, beyond the fixed part ({field}): {grown:,.0f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.preparing", description=__doc__)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--max-memory", default="512M")
    parser.add_argument("--reviews", type=Path, help="a file that was generated before, of as many reviews as the largest size")
    given = parser.parse_args()
    main([int(size) for size in given.sizes.split(",")], given.max_memory, given.reviews)
