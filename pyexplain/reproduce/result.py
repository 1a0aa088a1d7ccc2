"""What a reproduction says: cells with the paper's value, ours and a verdict; rows; the whole, for people and as JSON."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from ..data.settings import Protocol
from ..evaluation.compare import Comparison
from ..evaluation.statistics import Gain, OverSeeds

SCHEMA = 1
DECIMALS = 4  # of the paper's tables
REACHED, BELOW, EQUAL, OTHER = "at least the paper", "below the paper", "as in the paper", "differs"


def verdict(ours: float | None, paper: float | None, exact: bool = False) -> str | None:
    """REACHED or BELOW at the paper's four decimals, or for counts EQUAL or OTHER; None where one of the two is missing."""
    if ours is None or paper is None or math.isnan(ours):
        return None
    if exact:
        return EQUAL if ours == paper else OTHER
    return REACHED if round(ours, DECIMALS) >= paper else BELOW


@dataclass(frozen=True)
class Cell:
    """paper: the printed value, None where nothing was printed. ours: over seeds, None where nothing could be measured."""

    column: str
    paper: float | None
    ours: OverSeeds | None
    exact: bool = False

    @property
    def verdict(self) -> str | None:
        """See verdict()."""
        return verdict(self.ours.mean if self.ours else None, self.paper, self.exact)

    def to_dict(self) -> dict[str, Any]:
        """Plain values; a deviation of one seed is null."""
        mean = deviation = n = None
        if self.ours is not None:
            mean, n = number(self.ours.mean), self.ours.n
            deviation = number(self.ours.deviation)
        return {"paper": self.paper, "mean": mean, "deviation": deviation, "n": n, "verdict": self.verdict}


@dataclass(frozen=True)
class Row:
    """A method of the paper, a control, or a kind of statistics. gains: column -> how far above the best control.

    of: of a row that is another reading of a method's model, that method: the paper's phi, or an attribution.
    attribution_gains: column -> how far above the best attribution on its model.
    failure: why a method has no figures of ours. auxiliary_epochs: for each seed, in how many
    epochs the method's own term took part.
    """

    label: str
    cells: tuple[Cell, ...]
    control: bool = False
    gains: dict[str, Gain] = field(default_factory=dict)
    failure: str = ""
    auxiliary_epochs: tuple[int, ...] = ()
    of: str = ""
    attribution: bool = False
    attribution_gains: dict[str, Gain] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        out: dict[str, Any] = {"row": self.label, "control": self.control}
        out["cells"] = {cell.column: cell.to_dict() for cell in self.cells}
        if self.gains:
            out["over_best_control"] = {column: _gain(gain) for column, gain in self.gains.items()}
        if self.of:
            out |= {"of": self.of, "attribution": self.attribution}
        if self.attribution_gains:
            found = {column: _gain(gain, "attribution") for column, gain in self.attribution_gains.items()}
            out["over_best_attribution"] = found
        if self.auxiliary_epochs:
            out["auxiliary_epochs"] = list(self.auxiliary_epochs)
        return out | ({"failure": self.failure} if self.failure else {})


@dataclass(frozen=True)
class Heading:
    """Of which table this is, on which data, under which protocol, with which seeds and settings, and what has to be said of it."""

    target: str
    title: str
    source: str
    protocol: Protocol
    dataset: str
    recognised: bool
    seeds: tuple[int, ...]
    settings: dict[str, object]
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        out: dict[str, Any] = {"schema": SCHEMA, "target": self.target, "title": self.title, "paper": self.source}
        out |= {"protocol": self.protocol, "dataset": {"name": self.dataset, "counts_as_in_the_paper": self.recognised}}
        return out | {"seeds": list(self.seeds), "settings": self.settings, "notes": list(self.notes)}


@dataclass(frozen=True)
class Table:
    """A table of the paper, reproduced. complete: whether every method with every seed is in it. phi_note: see Target."""

    heading: Heading
    rows: tuple[Row, ...]
    comparisons: tuple[Comparison, ...] = ()
    complete: bool = True
    phi_note: str = ""

    @property
    def failures(self) -> dict[str, str]:
        """Label -> reason, of methods without figures."""
        return {row.label: row.failure for row in self.rows if row.failure}

    def to_dict(self) -> dict[str, Any]:
        """The JSON document."""
        out = self.heading.to_dict() | {"rows": [row.to_dict() for row in self.rows]}
        out["complete"] = self.complete
        return out | {"comparisons": [c.to_dict() for c in self.comparisons], "failures": self.failures}

    def to_frame(self) -> pd.DataFrame:
        """A line a cell."""
        lines = [
            {"row": row.label, "control": row.control, "of": row.of, "column": cell.column} | cell.to_dict()
            for row in self.rows
            for cell in row.cells
        ]
        return pd.DataFrame(lines)


def number(value: float) -> float | None:
    """For JSON: None where there is no number."""
    return None if math.isnan(value) else value


def _gain(gain: Gain, of: str = "control") -> dict[str, Any]:
    d = gain.difference
    return {of: gain.control, "difference": d.value, "low": d.low, "high": d.high, "beats": gain.beats}
