"""python -m benchmarks.kept [--rows N] [--inputs K] [--hidden H] [--double]: a head by what dropout kept, and dense."""

from __future__ import annotations

import argparse
import os
import time
from functools import partial

import torch

from pyexplain.ops import HeadPasses, native_info
from pyexplain.ops.dropout import Drawn

from .measure import in_turn

RATES = (0.8, 0.7, 0.6, 0.5, 0.4, 0.3)


def main() -> None:
    """One line a rate: processor time of one thread, forward and backward."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kept", description=__doc__)
    for name, usual in (("rows", 1024), ("inputs", 700), ("hidden", 350), ("repeats", 40)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    parser.add_argument("--double", action="store_true")
    given = parser.parse_args()
    torch.set_num_threads(1)
    info = native_info()
    print(f"{info.instruction_set}, dense products by {info.matrix_products}")
    for rate in RATES:
        taken = both(given.rows, given.inputs, given.hidden, rate, given.repeats, torch.float64 if given.double else torch.float32)
        kept, dense = (1e3 * taken[way] for way in ("kept", "dense"))
        print(f"rate {rate}: kept {kept:.2f} ms, dense {dense:.2f} ms, {dense / kept:.2f} times")


def both(rows: int, inputs: int, hidden: int, rate: float, repeats: int, dtype: torch.dtype) -> dict[str, float]:
    """Median seconds of a forward and a backward each way, in turn."""
    torch.manual_seed(0)
    parameters = [torch.randn(shape, dtype=dtype) / 20 for shape in ((hidden, inputs), (hidden,), (hidden,), ())]
    x, grad, drawn = torch.randn(rows, inputs, dtype=dtype), torch.randn(rows, dtype=dtype), Drawn(rate, [7], [rows // 2])
    heads = {way: HeadPasses(*parameters) for way in ("kept", "dense")}
    inputs_of = {way: x.clone() for way in heads}  # the dense way drops in place, the same entries each time

    def step(way: str) -> None:
        os.environ["PYEXPLAIN_DROPOUT"] = way
        heads[way].forward(inputs_of[way], drawn)
        heads[way].backward(grad)

    return in_turn({way: partial(step, way) for way in heads}, repeats, 3, time.process_time)


if __name__ == "__main__":
    main()
