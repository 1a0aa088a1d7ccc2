"""An epoch at the shape of the paper's largest set by one process and by several: seconds, and processor time of each process.

python -m benchmarks.data_parallel 350 [METHOD]
python -m torch.distributed.run --nproc-per-node 2 -m benchmarks.data_parallel 350
"""

from __future__ import annotations

import argparse
import statistics
import time
from dataclasses import replace

import torch

from pyexplain.recommenders import RunOptions
from pyexplain.recommenders.data_parallel import of_torchrun
from pyexplain.recommenders.objective import Objective
from pyexplain.recommenders.training import _run_epoch, _trainable
from pyexplain.registry import load_registry

from .world import CLOTHING, random_data

EPOCHS, WARM = 5, 1


def main(dim: int, method: str = "vbpr") -> None:
    """Steps alone, without validation; the median epoch."""
    torch.set_num_threads(1)
    data, cls = random_data(**CLOTHING), load_registry(strict=True).get("recommender", method)
    made, options = cls(cls.Config(dim=dim)), RunOptions(seed=1)
    made.prepare(data, options)
    engine, (pairs, sampler) = made.model._engine(made.config), _trainable(data)
    with of_torchrun("cpu") as parallel:
        if parallel is not None:
            engine.share(parallel.add_up)
        options, taken = replace(options, parallel=parallel), []
        for epoch in range(1, 1 + WARM + EPOCHS):
            began = time.perf_counter(), time.process_time()
            _run_epoch(epoch, made.model.network, engine, Objective(), pairs, sampler, made.config, options)
            taken.append((time.perf_counter() - began[0], time.process_time() - began[1]))
        wall, processor = (statistics.median(column) for column in zip(*taken[WARM:], strict=True))
        rank, size = (0, 1) if parallel is None else (parallel.rank, parallel.size)
        print(
            f"{method}, d = {dim}, process {rank} of {size}: {wall:.2f} s an epoch, {processor:.2f} s of processor time", flush=True
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.data_parallel", description=__doc__)
    parser.add_argument("dim", type=int, help="size of embeddings")
    parser.add_argument("method", nargs="?", default="vbpr")
    given = parser.parse_args()
    main(given.dim, given.method)
