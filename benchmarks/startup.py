"""How long a command takes before it can do anything: `pyexplain --help`, and a recommendation beside torch alone."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from pyexplain.data.demo import write_demo
from pyexplain.data.store import save_dataset
from pyexplain.preparation.prepare import prepare
from pyexplain.preparation.settings import PrepareOptions
from pyexplain.registry import load_registry

from .measure import Row, in_turn

COMMAND = Path(sys.executable).with_name("pyexplain")


def rows(repeats: int) -> list[Row]:
    """--help against a Python that does nothing, a recommendation against `import torch`; the targets are ours."""
    taken = in_turn({"help": lambda: _run([COMMAND, "--help"]), "nothing": lambda: _run([sys.executable, "-c", ""])}, repeats)
    note = f"a Python that does nothing takes {taken['nothing']:.3f} s"
    return [
        Row("pyexplain --help", "0.3 s", "s", taken["help"], 0.3, 1.0, 2.0, note=note),
        *_recommendation(repeats),
    ]


def _recommendation(repeats: int) -> list[Row]:
    """Processor time and seconds of `pyexplain recommend RUN --user U`, each beside `python -c "import torch"`."""
    with tempfile.TemporaryDirectory() as folder:
        run = _small_run(Path(folder))
        # As after an installation, which compiles what it installs: byte code is kept, in a folder of its own.
        kept = {"PYTHONPYCACHEPREFIX": str(Path(folder) / "pycache")}
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"} | kept
        commands: dict[str, list[str | Path]] = {
            "ours": [COMMAND, "recommend", run, "--user", "U000000"],
            "torch": [sys.executable, "-c", "import torch"],
        }
        processor: dict[str, list[float]] = {name: [] for name in commands}

        def one(name: str) -> None:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            _run(commands[name], environment)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            processor[name].append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)

        taken = in_turn({name: partial(one, name) for name in commands}, repeats)
    ours, torch = (statistics.median(processor[name][1:]) for name in ("ours", "torch"))
    what = "pyexplain recommend, from nothing"
    return [
        Row(f"{what}: user + system", "import torch", "s", ours, torch, 1.5, at_most=True),
        Row(f"{what}: elapsed", "import torch", "s", taken["ours"], taken["torch"], 1.5, at_most=True),
    ]


def _small_run(folder: Path) -> Path:
    """A run of few users: what is measured is the start."""
    reviews = write_demo(folder / "demo", users=100, items=40, features=20)
    save_dataset(prepare([reviews], PrepareOptions(name="small"), load_registry()), folder / "data")
    options: list[str | Path] = ["--dataset", folder / "data", "--out", folder / "run", "--epochs", "1", "--set", "dim=8"]
    _run([COMMAND, "train", "--explainer", "cnr", *options])
    return folder / "run"


def _run(command: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> None:
    subprocess.run(command, check=True, capture_output=True, env=environment)
