"""What workers cost beside one process: processor time of all processes together, and seconds of the clock, which mean something
on an idle machine alone.

    python -m benchmarks.engines [--reviews 50000] [--workers 2]                # the same reviews prepared, by --engine ray
    python -m benchmarks.engines --run RUN [-k 10] [--times 2] [--workers 2]    # everybody of a run explained, by --workers
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pyexplain.data.demo import write_demo
from pyexplain.data.store import load_dataset

TICKS = os.sysconf("SC_CLK_TCK")


def _table() -> dict[int, tuple[int, float, str]]:
    """pid -> (parent, seconds of processor time, name) of every process that is there."""
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                name, _, rest = (folder / "stat").read_text().partition("(")[2].rpartition(")")
            except OSError:
                continue
            fields = rest.split()
            found[int(folder.name)] = int(fields[1]), (int(fields[11]) + int(fields[12])) / TICKS, name
    return found


def cost(words: list[str]) -> tuple[float, float, float]:
    """Processor seconds of the command itself, of all processes below it, and seconds of the clock; looked at as it runs."""
    began, below = time.perf_counter(), dict[int, float]()
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    own = 0.0
    while process.poll() is None:
        table = _table()
        own = max(own, table[process.pid][1] if process.pid in table else 0)
        for pid, (parent, seconds, _) in table.items():
            if parent == process.pid or parent in below or pid in below:
                below[pid] = max(seconds, below.get(pid, 0.0))
        time.sleep(0.05)
    if process.returncode:
        raise SystemExit(f"{' '.join(words)} ended with {process.returncode}")
    return own, sum(below.values()), time.perf_counter() - began


def told(name: str, own: float, below: float, clock: float) -> None:
    """A line."""
    print(f"{name}: {own:.1f} s here, {below:.1f} s of others; {clock:.1f} s of the clock", flush=True)


def explained(run: str, k: int, workers: int, times: int) -> None:
    """Lines of one process and of so many, in turn, and what is found in both is the same; the load is that of the last minute."""
    with tempfile.TemporaryDirectory() as name:
        for _ in range(times):
            files = []
            for number in (1, workers):
                files.append(Path(name) / f"{number}.parquet")
                asked = ["--all", "--out", str(files[-1]), "-k", str(k), "--workers", str(number)]
                load = os.getloadavg()[0]
                told(f"load {load:.1f}, --workers {number}", *cost([sys.executable, "-m", "pyexplain", "explain", run, *asked]))
            assert len({file.read_bytes() for file in files}) == 1
            for file in files:
                file.unlink()


def prepared(reviews: int, workers: int) -> None:
    """A line each; the data sets are the same."""
    with tempfile.TemporaryDirectory() as name:
        folder, prints = Path(name), set()
        write_demo(folder / "demo", users=reviews // 5, items=reviews // 50, features=40, reviews=reviews)
        for engine in (["--workers", "1"], ["--engine", "ray", "--workers", str(workers)]):
            out = folder / engine[-2].strip("-") / "dataset"
            out.parent.mkdir(exist_ok=True)
            words = ["-m", "pyexplain", "data", "prepare", str(folder / "demo" / "reviews.jsonl"), "--out", str(out), *engine]
            own, below, clock = cost([sys.executable, *words])
            told(" ".join(engine), own, below, clock)
            prints.add(load_dataset(out).fingerprint)
            subprocess.run(["rm", "-r", str(out)], check=True)
        assert len(prints) == 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engines", description=__doc__)
    parser.add_argument("--reviews", type=int, default=50_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--run")
    parser.add_argument("-k", type=int, default=10)
    parser.add_argument("--times", type=int, default=2)
    given = parser.parse_args()
    if given.run:
        explained(given.run, given.k, given.workers, given.times)
    else:
        prepared(given.reviews, given.workers)
