"""`recommend --all` with the items of the paper's largest set: processor time a user, and bytes of the file a row.

python -m benchmarks.lists [d]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import torch

import pyexplain as px
from pyexplain.everyone_listed import recommend_everyone

from .world import CLOTHING, random_data

USERS = 4_000


def main(dim: int) -> None:
    """Everybody's ten best items by a model after one epoch."""
    torch.set_num_threads(1)
    data = random_data(**CLOTHING | {"users": USERS, "pairs": 5 * USERS})
    run = px.train(data, baseline="vbpr", dim=dim, epochs=1)
    with tempfile.TemporaryDirectory() as folder:
        out, began = Path(folder) / "lists.parquet", time.process_time()
        rows = recommend_everyone(run, out, k=10)
        taken = time.process_time() - began
        size = out.stat().st_size / rows
    print(
        f"d = {dim}, {data.n_items:,} items: {1e3 * taken / data.n_users:.2f} ms of processor time a user, {size:.0f} bytes a row"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lists", description=__doc__)
    parser.add_argument("d", type=int, nargs="?", default=64, help="size of embeddings")
    main(parser.parse_args().d)
