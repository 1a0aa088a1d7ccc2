"""Trained runs of a reproduction, kept beside its results: one that was stopped goes on with those that it has."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from ..api import load_run
from ..data.checked import read_checked
from ..data.files import write_json
from ..data.types import Dataset
from ..errors import PyexplainError
from ..recommenders.options import RunOptions
from ..registry import Registry
from ..run import Run
from ..runs import check_run_place, save_run

RUNS = "runs"
AGAIN = "Run the reproduction again without --resume."


@dataclass(frozen=True)
class _Identity:
    """Everything that must be equal for a kept run to be the one that would be trained."""

    identity: dict[str, str]


@dataclass(frozen=True)
class KeptRuns:
    """Run folders in OUT/runs/METHOD-SEED, each with a file beside it that says what it was trained from.

    resume: whether those of an earlier call are taken; they are written either way.
    """

    out: Path
    resume: bool

    def find(
        self, label: str, seed: int, identity: dict[str, str], data: Dataset, registry: Registry, options: RunOptions
    ) -> Run | None:
        """The kept run of a method and a seed, if it is of this very reproduction and not damaged."""
        facts = self._facts(label, seed)
        if not self.resume or not facts.is_file():
            return None
        try:
            if read_checked(facts, _Identity, AGAIN).identity != identity:
                return None
            return load_run(self._place(label, seed), dataset=data, options=options, registry=registry)
        except PyexplainError:
            return None

    def keep(self, label: str, seed: int, identity: dict[str, str], run: Run) -> None:
        """Write the run, then what it is. DataError where it cannot be written."""
        place = self._place(label, seed)
        place.parent.mkdir(parents=True, exist_ok=True)
        check_run_place(place)
        self._facts(label, seed).unlink(missing_ok=True)  # the facts never speak of another run than the one beside them
        save_run(run.trained, place)
        write_json(self._facts(label, seed), {"identity": identity})

    def _place(self, label: str, seed: int) -> Path:
        return self.out / RUNS / f"{label.lower()}-{seed}"

    def _facts(self, label: str, seed: int) -> Path:
        return self.out / RUNS / f"{label.lower()}-{seed}.json"


def identity_of(settings: dict[str, object], method: dict[str, str], seed: int, data: Dataset, device: str) -> dict[str, str]:
    """What decides the bits of a run. data: with the validation part that chooses the epoch."""
    known = {"pyexplain": version("pyexplain"), "data set": data.fingerprint, "seed": seed, "device": device, **method}
    return {key: str(value) for key, value in (known | settings).items()}
