"""What a reader met: lines read, kept, dropped and why, and what was assumed. Nothing passes in silence."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from ..errors import DataError, either
from .scale import USUAL, Ratings, Scale

BAD_SHARE = 0.01  # more than this is an error even with skip_bad: the file is not what it was taken for
EXAMPLES = 5
DUPLICATE = "duplicate of a later review"  # dropped once all is read


@dataclass(frozen=True)
class ReadReport:
    """Counts of one reading of one or more files.

    read: records met; kept: records handed on; bad: records skipped as broken, by reason; dropped: whole records left out,
    by reason; notes: counts of what readers handed on but that a person may want to know ("without text"). assumed: sentences on
    what was taken as what, for the terminal. scale: that of the ratings, told or found.
    """

    files: tuple[str, ...] = ()
    read: int = 0
    kept: int = 0
    bad: dict[str, int] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)
    notes: dict[str, int] = field(default_factory=dict)
    examples: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    scale: Scale = USUAL

    @property
    def handed_on(self) -> int:
        """Records that readers handed on, of which `notes` are: those kept, and those that turned out to be duplicates."""
        return self.kept + self.dropped.get(DUPLICATE, 0)

    def to_json(self) -> dict[str, object]:
        """Plain containers, for the report of a data set."""
        return {
            "files": list(self.files),
            "read": self.read,
            "kept": self.kept,
            "bad": dict(self.bad),
            "dropped": dict(self.dropped),
            "notes": dict(self.notes),
            "assumed": list(self.assumed),
            "scale": [self.scale.low, self.scale.high],
            "examples_of_bad": list(self.examples),
        }


class ReadLog:
    """Counts while a file is read; `report()` freezes them. One log may count several files after each other."""

    def __init__(self, skip_bad: bool = False, max_bad: float = BAD_SHARE) -> None:
        self.skip_bad, self.max_bad = skip_bad, max_bad
        self.files: list[str] = []
        self.read = self.kept = 0
        self.bad: Counter[str] = Counter()
        self.dropped: Counter[str] = Counter()
        self.notes: Counter[str] = Counter()
        self.examples: list[str] = []
        self.assumed: list[str] = []
        self.ratings = Ratings()

    def start(self, file: str) -> None:
        """A file is opened."""
        self.files.append(file)

    def say(self, sentence: str) -> None:
        """Something that was assumed; said in the terminal, once, and kept in the report."""
        if sentence not in self.assumed:
            self.assumed.append(sentence)

    def reject(self, reason: str, what: str, where: str, hint: str) -> None:
        """A broken record: DataError, or counted under `reason` where bad ones are skipped."""
        if not self.skip_bad:
            raise DataError(what, where=where, hint=f"{hint} To go on without such lines: {either('skip_bad=True', '--skip-bad')}.")
        self.bad[reason] += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(f"{where}: {what}")

    def finish(self) -> None:
        """The last file was read to its end. DataError where more of the records were broken than may be skipped."""
        bad = sum(self.bad.values())
        total = max(self.read, self.kept + bad)
        if bad > self.max_bad * total:
            reasons = ", ".join(f"{count} {reason}" for reason, count in self.bad.most_common())
            raise DataError(
                f"{bad} of {total} records are broken ({reasons}); more than {100 * self.max_bad:g} % cannot be skipped",
                where=", ".join(self.files),
                hint=f"The first: {'; '.join(self.examples)}. Check the file and its format (--format), or allow more: --max-bad.",
            )

    def report(self) -> ReadReport:
        """The counts so far."""
        counts = (dict(self.bad), dict(self.dropped), dict(self.notes))
        return ReadReport(tuple(self.files), self.read, self.kept, *counts, tuple(self.examples), tuple(self.assumed))
