"""Rows of the benchmark, kept beside its result: one that was stopped goes on with those that it has."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from ...data.checked import read_checked
from ...data.files import write_json
from ...errors import PyexplainError
from .measure import ExplainerRow

FOLDER = "cfexprec"
AGAIN = "Run the reproduction again without --resume."


@dataclass(frozen=True)
class _Kept:
    """A row, and all that decides it."""

    identity: dict[str, str]
    row: ExplainerRow


@dataclass(frozen=True)
class KeptRows:
    """Files OUT/cfexprec/NAME.json. resume: whether those of an earlier call are taken; they are written either way."""

    out: Path
    resume: bool

    def find(self, name: str, identity: dict[str, str]) -> ExplainerRow | None:
        """The kept row of an explainer, where it is of this very reproduction and can be read."""
        path = self._place(name)
        if not self.resume or not path.is_file():
            return None
        try:
            kept = read_checked(path, _Kept, AGAIN)
        except PyexplainError:
            return None
        return kept.row if kept.identity == identity else None

    def keep(self, row: ExplainerRow, identity: dict[str, str]) -> None:
        """Write it. DataError where it cannot be written."""
        path = self._place(row.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, {"identity": identity, "row": asdict(row)})

    def _place(self, name: str) -> Path:
        return self.out / FOLDER / f"{name}.json"
