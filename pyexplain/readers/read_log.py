"""What a reader met: lines read, kept, dropped and why. Bad lines are errors, or are counted, but never pass in silence."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from ..errors import DataError

BAD_SHARE = 0.01  # more than this is an error even with skip_bad: the file is not what it was taken for
EXAMPLES = 5


@dataclass(frozen=True)
class ReadReport:
    """Counts of one reading of one or more files.

    read: records met; kept: records handed on; bad: records skipped as broken, by reason; dropped: whole records left out,
    by reason; notes: counts of things that were kept but that a person may want to know ("without text").
    """

    files: tuple[str, ...] = ()
    read: int = 0
    kept: int = 0
    bad: dict[str, int] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)
    notes: dict[str, int] = field(default_factory=dict)
    examples: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """Plain containers, for the report of a data set."""
        return {
            "files": list(self.files),
            "read": self.read,
            "kept": self.kept,
            "bad": dict(self.bad),
            "dropped": dict(self.dropped),
            "notes": dict(self.notes),
            "examples_of_bad": list(self.examples),
        }


class Tally:
    """Counts while a file is read; `report()` freezes them. One tally may count several files after each other."""

    def __init__(self, skip_bad: bool = False) -> None:
        self.skip_bad = skip_bad
        self.files: list[str] = []
        self.read = self.kept = 0
        self.bad: Counter[str] = Counter()
        self.dropped: Counter[str] = Counter()
        self.notes: Counter[str] = Counter()
        self.examples: list[str] = []

    def start(self, file: str) -> None:
        """A file is opened."""
        self.files.append(file)

    def reject(self, reason: str, what: str, where: str, hint: str) -> None:
        """A broken record: DataError, or counted under `reason` where bad ones are skipped."""
        if not self.skip_bad:
            raise DataError(what, where=where, hint=f"{hint} To go on without such lines: --skip-bad.")
        self.bad[reason] += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(f"{where}: {what}")

    def finish(self) -> None:
        """The last file was read to its end. DataError where more than 1 % of the records were broken."""
        bad = sum(self.bad.values())
        total = max(self.read, self.kept + bad)
        if bad > BAD_SHARE * total:
            reasons = ", ".join(f"{count} {reason}" for reason, count in self.bad.most_common())
            raise DataError(
                f"{bad} of {total} records are broken ({reasons}); more than 1 % cannot be skipped",
                where=", ".join(self.files),
                hint=f"The first: {'; '.join(self.examples)}. Check the file and its format (--format).",
            )

    def report(self) -> ReadReport:
        """The counts so far."""
        return ReadReport(
            tuple(self.files), self.read, self.kept, dict(self.bad), dict(self.dropped), dict(self.notes), tuple(self.examples)
        )
