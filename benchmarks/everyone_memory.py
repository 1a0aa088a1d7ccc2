"""Peak memory of `explain --all` beyond what the loaded run has, for several limits; each in a process of its own.

python -m benchmarks.everyone_memory RUN [--limit 64M --limit 512M] [-k 10]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from pyexplain.cli import KEPT_PRODUCTS

from .memory import now, peak

LIMITS = ("64M", "128M", "256M", "512M")


def measured(run: Path, limit: str, k: int) -> dict[str, float]:
    """What a process of its own tells."""
    command = [sys.executable, "-m", "benchmarks.everyone_memory", str(run), "--limit", limit, "-k", str(k), "--here"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=KEPT_PRODUCTS | os.environ)
    told: dict[str, float] = json.loads(done.stdout)
    return told


def here(folder: Path, limit: str, k: int) -> dict[str, float]:
    """MiB that this process has once the run and its data are loaded, and what it had more at most."""
    import torch

    import pyexplain as px
    from pyexplain.everyone import explain_everyone
    from pyexplain.memory import parse_size

    torch.set_num_threads(1)
    run = px.load_run(folder, options=px.RunOptions(threads=1, max_memory=parse_size(limit, "--limit")))
    _ = run.data.features  # the data set is read when it is asked for
    before = now()
    with tempfile.TemporaryDirectory() as out:
        pairs = explain_everyone(run, Path(out) / "all.parquet", k=k)
    return {"loaded": before, "more": peak() - before, "pairs": pairs}


def main() -> None:
    """A Markdown table, a row a limit."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.everyone_memory", description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--limit", action="append")
    parser.add_argument("-k", type=int, default=10)
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.here:
        print(json.dumps(here(given.run, given.limit[0], given.k)))
        return
    print("| `--max-memory` | pairs | loaded run, MiB | more than that, MiB |\n|---|---|---|---|")
    for limit in given.limit or LIMITS:
        told = measured(given.run, limit, given.k)
        print(f"| {limit} | {told['pairs']:,} | {told['loaded']:.0f} | {told['more']:.0f} |", flush=True)


if __name__ == "__main__":
    main()
