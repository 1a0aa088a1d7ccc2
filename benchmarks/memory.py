"""Peak memory of a training at the shape of the paper's largest set, in a process of its own."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from .measure import Row

SHAPE = "peak memory of training, the same shape, checkpoints written"


def rows() -> list[Row]:
    """The peak less what the process had before, imports and data, against the parameters and their two moments."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.memory", folder]
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    note = f"beside {found['imports']:.0f} MiB of imports and data; the whole process had {found['peak']:.0f} MiB at most"
    ours = found["peak"] - found["imports"]
    return [Row(SHAPE, "parameters and their moments", "MiB", ours, found["parameters"], 3.0, 2.2, at_most=True, note=note)]


def peak() -> float:
    """MiB that this process had at most, not counting what it was forked from (as getrusage does)."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def now() -> float:
    """MiB that this process has."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def main(folder: Path) -> None:
    """Train two epochs and print the figures as JSON."""
    import torch

    import pyexplain as px
    from pyexplain.recommenders.options import RunOptions

    from .peers import DIM
    from .world import CLOTHING, random_data

    torch.set_num_threads(1)
    data = random_data(**CLOTHING)
    torch.nn.functional.softplus(torch.randn(2048, 700) @ torch.randn(700, 350)).sum()  # what torch takes for itself
    before = now()
    run = px.train(data, baseline="vbpr", dim=DIM, epochs=2, options=RunOptions(checkpoints=folder))
    after = peak()
    bytes_of = sum(p.numel() * p.element_size() for p in run.recommender.model.network.parameters())
    print(json.dumps({"imports": before, "peak": after, "parameters": 3 * bytes_of / 2**20}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
