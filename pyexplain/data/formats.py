"""Which data set folders this version reads.

dataset.json says in `format` how the folder is laid out, and in `needs` what a reader must know beyond that: "kinds" where features
are not all words, "never" where some are not to be said, "shards" where a file is there in parts. Columns, arrays and keys that a
reader does not know, and that `needs` does not name, may be left aside without harm.

1 (0.1.0): neither key, no titles, no lineage. 2: titles and lineage. 3: kinds of features, totals of mentions, parts. Folders of 1
and 2 are read; their totals of mentions are counted anew from their mentions at each reading, until they are upgraded.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import DataError
from .json_file import read_json

FORMAT = 3
TOTALS_SINCE = 3  # older folders have no totals of mentions
KINDS, SHARDS, NEVER, PEOPLE = "kinds", "shards", "never", "people"
NEEDS = frozenset({KINDS, SHARDS, NEVER, PEOPLE})  # what this version knows beyond the format


def read_format(path: Path) -> int:
    """The format that a dataset.json names; DataError where this version cannot read it, or something that it needs."""
    return check_format(read_json(path, hint="Make the data set again."), str(path))


def check_format(
    content: Mapping[str, Any], where: str, what: str = "data set", newest: int = FORMAT, known: frozenset[str] = NEEDS
) -> int:
    """The same for what was read of it; what: the sort of folder, of which this version reads formats up to the newest, and known
    needs."""
    number, needs = content.get("format", 1), content.get("needs", [])
    if type(number) is not int or number < 1 or not isinstance(needs, list):
        raise DataError(f"format {number!r:.40} with needs {needs!r:.60} is none", where=where, hint=f"Make the {what} again.")
    unknown = [f"{need:.40}" if isinstance(need, str) else repr(need)[:40] for need in needs if need not in sorted(known)]
    if number > newest or unknown:
        found = f"format {number}" + (f" with {', '.join(unknown)}" if unknown else "")
        reads = f"format {newest}" + (f" with {', '.join(sorted(known))}" if known else "")
        said = f"the {what} has {found}; this version of pyexplain reads {reads}"
        raise DataError(said, where=where, hint="Use the version of pyexplain that made it, or a newer one.")
    return number
