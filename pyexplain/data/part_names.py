"""Names of the parts of a file that is there in several: `evidence-00000-of-00002.parquet`, as large corpora are written."""

from __future__ import annotations

import re
from collections.abc import Collection


def part_name(name: str, number: int, count: int) -> str:
    """The name of part `number`, from 0 on, of `count` parts of the file `name`."""
    stem, dot, ending = name.rpartition(".")
    return f"{stem}-{number:05}-of-{count:05}{dot}{ending}"


def parts_of(listed: Collection[str], name: str) -> list[str]:
    """The files, among those that a manifest lists, that hold `name`: itself, or all its parts in order; [] where there is none.

    ValueError where a part is missing, or where there are two ways to read it.
    """
    stem, _, ending = name.rpartition(".")
    form = re.compile(rf"{re.escape(stem)}-\d{{5}}-of-\d{{5}}\.{re.escape(ending)}")
    found = sorted(file for file in listed if form.fullmatch(file))
    if not found:
        return [name] if name in listed else []
    if name in listed or found != [part_name(name, number, len(found)) for number in range(len(found))]:
        raise ValueError(f"{name} is there in parts that do not fit together: {', '.join(found[:5])}")
    return found
