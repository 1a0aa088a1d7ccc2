"""Results on disk: a JSON document and a CSV file, and for figures the pictures, all beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..data.files import check_file_place, write_atomically, write_json
from .figures import Figure
from .paper import read_target
from .pictures import check_able, draw
from .reproduce import Result

DRAWN = ("correlation", "map")
KINDS = ("json", "csv", "png", "svg")


def check_drawing(names: Sequence[str]) -> None:
    """UsageError where one of the names is a picture that cannot be drawn here; asked before anything is trained."""
    if any(read_target(name).kind in DRAWN for name in names):
        check_able()


def check_places(names: Sequence[str], out: Path) -> None:
    """DataError where a file of the results is somebody's; asked before anything is trained."""
    for name in names:
        for kind in KINDS:
            check_file_place(out / f"{name}.{kind}")


def write_result(result: Result, out: Path) -> list[Path]:
    """NAME.json and NAME.csv in the folder, which is made, and of a figure NAME.png and NAME.svg; returns their paths.

    A file that was there is replaced whole. UsageError where pictures cannot be drawn.
    """
    stem = out / result.heading.target
    document, table = stem.with_suffix(".json"), stem.with_suffix(".csv")
    write_json(document, result.to_dict())
    write_atomically(table, lambda path: result.to_frame().to_csv(path, index=False))
    if not isinstance(result, Figure):
        return [document, table]
    return [document, table, *draw(result, out)]
