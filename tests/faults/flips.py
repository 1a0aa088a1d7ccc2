"""Flipped and cut bytes: `python -m tests.faults.flips --flips N --cuts N` prints one JSON document of what was found.

Over data set, run, checkpoint and parts alike: one byte of one file is changed, or the file is cut at some byte; reading it must be
refused with an error of ours that names the file.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np

from pyexplain import api, registry
from pyexplain.data.files import MANIFEST
from pyexplain.data.store import load_dataset
from pyexplain.errors import PyexplainError
from pyexplain.everyone import explain_everyone
from pyexplain.recommenders.options import RunOptions

from . import jobs

SMALL = RunOptions(max_memory=8192)


@dataclass(frozen=True)
class Target:
    """Files that are damaged in turn, and what reads them."""

    name: str
    folder: Path
    read: Callable[[], object]


def targets(base: Path) -> list[Target]:
    """The four, made new below `base`."""
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        jobs.make_base(base)
    plugins = registry.load_registry()
    stopped = base / "stopped"
    out = base / "x.parquet"
    run = api.load_run(base / "run", options=SMALL, registry=plugins)

    def train(resume: bool, progress: Callable[[str, int, int], None] = SMALL.progress) -> object:
        options = RunOptions(checkpoints=stopped, resume=resume, progress=progress)
        return api.train(base / "ds", baseline="vbpr", options=options, registry=plugins, dim=4, epochs=4, patience=0)

    def explain(resume: bool, after: int = 0) -> object:
        def leave(label: str, done: int, total: int) -> None:
            if after and done >= after:
                raise KeyboardInterrupt

        stopping = api.Run(_with(run.trained, leave), plugins)
        return explain_everyone(stopping, out, 1, 2, resume=resume)

    _interrupted(lambda: train(False, _leave_at(2)))
    _interrupted(lambda: explain(False, run.data.n_users // 2))
    return [
        Target("data set", base / "ds", lambda: load_dataset(base / "ds")),
        Target("run", base / "run", lambda: api.load_run(base / "run", registry=plugins)),
        Target("checkpoint", stopped, lambda: train(True)),
        Target("parts", base / ".x.parquet.parts", lambda: explain(True)),
    ]


def _with(trained: Any, progress: Callable[[str, int, int], None]) -> Any:
    from dataclasses import replace

    return replace(trained, options=replace(trained.options, progress=progress))


def _leave_at(epoch: int) -> Callable[[str, int, int], None]:
    def leave(label: str, done: int, total: int) -> None:
        if done == epoch:
            raise KeyboardInterrupt

    return leave


def _interrupted(work: Callable[[], object]) -> None:
    try:
        work()
    except KeyboardInterrupt:
        return
    raise AssertionError("it should have been interrupted")


def fault_of(target: Target, path: Path) -> str | None:
    """What is wrong with how a damaged file is received; None where it is refused and named."""
    try:
        target.read()
    except PyexplainError as error:
        # a flipped name in a manifest is named as the file that is not there
        named = path.name in str(error) or (path.name == MANIFEST and str(target.folder) in str(error))
        return None if named else f"not named: {error}"
    except Exception as error:
        return f"raw: {type(error).__name__}: {error}"
    return "accepted"


def damage(target: Target, number: int, cut: bool, rng: np.random.Generator) -> str | None:
    """Flip one byte of one file, or cut it; what is wrong with how that was received. The files are put back."""
    files = sorted(path for path in target.folder.iterdir() if path.is_file())
    path = files[number % len(files)]
    kept = path.read_bytes()
    at = int(rng.integers(len(kept)))
    mask = int(rng.integers(1, 256))
    path.write_bytes(kept[:at] if cut else kept[:at] + bytes([kept[at] ^ mask]) + kept[at + 1 :])
    fault = fault_of(target, path)
    if not path.exists() or fault == "accepted":
        return f"{target.name}, {path.name}, byte {at} of {len(kept)}, {'cut' if cut else f'mask {mask}'}: {fault}"
    path.write_bytes(kept)
    return fault and f"{target.name}, {path.name}, byte {at} of {len(kept)}, {'cut' if cut else f'mask {mask}'}: {fault}"


def campaign(base: Path, flips: int, cuts: int, seed: int = 0) -> dict[str, Any]:
    """Flips and cuts spread evenly over the four, and over the files of each."""
    rng = np.random.default_rng(seed)
    found: Counter[str] = Counter()
    faults = []
    for target in (all_four := targets(base)):
        for number in range((flips + cuts) // len(all_four)):
            cut = number % ((flips + cuts) // cuts) == 0
            found[f"{target.name}, {'cut' if cut else 'flipped'}"] += 1
            fault = damage(target, number, cut, rng)
            if fault:
                faults.append(fault)
                if "accepted" in fault:  # the reading may have gone on and written: begin anew
                    shutil.rmtree(base)
                    return {"damaged": dict(found), "faults": faults, "stopped": True}
    return {"damaged": dict(found), "faults": faults}


def main() -> None:
    """Run the campaign in a folder of its own."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--flips", type=int, default=3000)
    parser.add_argument("--cuts", type=int, default=300)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        print(json.dumps(campaign(Path(folder) / "base", given.flips, given.cuts), indent=1))


if __name__ == "__main__":
    main()
