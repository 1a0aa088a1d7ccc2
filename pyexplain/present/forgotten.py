"""What went when people were taken out of a data set; without their ids, so that the output may be kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.text import Text

from ..data.types import Dataset


def forgotten_document(before: Dataset, after: Dataset, place: Path) -> dict[str, Any]:
    """The document of `data forget --json`."""
    return {
        "schema": 1,
        "dataset": str(place),
        "forgotten": after.lineage[-1].forgotten,
        "removed": _removed(before, after),
        "fingerprint": {"before": before.fingerprint, "after": after.fingerprint},
    }


def forgotten_lines(before: Dataset, after: Dataset, place: Path) -> list[Any]:
    """For a terminal."""
    count = after.lineage[-1].forgotten
    went = ", ".join(
        f"{number:,} {what.replace('held_out', 'held-out').replace('_', ' ')}" for what, number in _removed(before, after).items()
    )
    people = "1 person" if count == 1 else f"{count:,} people"
    return [
        Text(f"{place}: {people} forgotten, with {went}.", style="bold"),
        Text(f"Fingerprint {before.fingerprint} before, {after.fingerprint} now."),
        Text("Runs made before have learned from what they wrote: delete them, and train again."),
    ]


def _removed(before: Dataset, after: Dataset) -> dict[str, int]:
    held_out = [len(data.valid) + len(data.test) for data in (before, after)]
    return {
        "training_pairs": len(before.train) - len(after.train),
        "held_out_pairs": held_out[0] - held_out[1],
        "mentions": len(before.evidence) + len(before.heldout) - len(after.evidence) - len(after.heldout),
        "features_that_nobody_else_mentions": before.n_features - after.n_features,
    }
