"""python -m tools.gpu [--device cuda|cpu] [--small] [--only PART,...] [--out FOLDER]: right, and how fast. docs/native.md.

Every part stands by itself: of one that fails its error is printed, and the others go on. The exit status says whether any did.
--device cpu --small: to try the parts where there is no GPU."""

from __future__ import annotations

import argparse
import json
import time
import traceback
from pathlib import Path

import torch

from .bench import Bench
from .correct import correct
from .equal import equal, plugins
from .kernels import kernels
from .solving import rank, solve
from .telling import everyone
from .training import train

PARTS = {part.__name__: part for part in (correct, kernels, train, solve, rank, everyone, equal, plugins)}


def main() -> int:
    """Runs the parts, then prints the table; 1 where one failed or said FAILED."""
    given = _arguments()
    torch.backends.cuda.matmul.allow_tf32 = False
    bench, began = Bench(torch.device(given.device), given.small, given.out), time.monotonic()
    for name in given.only.split(","):
        if time.monotonic() - began > given.seconds:
            bench.tell(name, "LEFT OUT: no time")
            continue
        print(f"-- {name}, after {time.monotonic() - began:.0f} s", flush=True)
        try:
            PARTS[name](bench)
        except Exception as error:  # the other parts have something to say all the same
            traceback.print_exc(limit=6)
            bench.tell(name, f"FAILED: {type(error).__name__}: {str(error)[:160]}")
    failed = any(figure.startswith("FAILED") for row in bench.rows for figure in row)
    _show(bench)
    return int(failed)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.gpu", description=__doc__)
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--small", action="store_true", help="sizes that take seconds")
    parser.add_argument("--only", default=",".join(PARTS), help=f"of {', '.join(PARTS)}")
    parser.add_argument("--out", type=Path, help="folder for table.json and a profile of each kind of step")
    parser.add_argument("--seconds", type=float, default=215.0, help="after so many no further part is begun")
    given = parser.parse_args()
    unknown = [name for name in given.only.split(",") if name not in PARTS]
    if unknown:
        parser.error(f"--only: unknown {', '.join(unknown)}; known: {', '.join(PARTS)}")
    return given


def _show(bench: Bench) -> None:
    name = torch.cuda.get_device_name() if bench.gpu else "processor"
    print(f"\n{name}, torch {torch.__version__}, {torch.get_num_threads()} threads")
    width = max(len(row[0]) for row in bench.rows)
    for what, *figures in bench.rows:
        print(what.ljust(width), " | ".join(figures))
    if bench.out is not None:
        bench.out.mkdir(parents=True, exist_ok=True)
        table = {"device": name, "torch": torch.__version__, "rows": bench.rows}
        (bench.out / "table.json").write_text(json.dumps(table, indent=1), encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
