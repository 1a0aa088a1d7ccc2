"""Which data set folders this version reads.

dataset.json says in `format` how the folder is laid out, and in `needs` what a reader must know beyond that: "kinds" where features
are not all words, "shards" where a file is there in parts. Columns, arrays and keys that a reader does not know, and that `needs`
does not name, may be left aside without harm.

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
KINDS, SHARDS = "kinds", "shards"
NEEDS = frozenset({KINDS, SHARDS})  # what this version knows beyond the format


def read_format(path: Path) -> int:
    """The format that a dataset.json names; DataError where this version cannot read it, or something that it needs."""
    return check_format(read_json(path, hint="Make the data set again."), str(path))


def check_format(summary: Mapping[str, Any], where: str) -> int:
    """The same for what was read of it."""
    number, needs = summary.get("format", 1), summary.get("needs", [])
    if type(number) is not int or number < 1 or not isinstance(needs, list):
        raise DataError(f"format {number!r} with needs {needs!r} is none", where=where, hint="Make the data set again.")
    unknown = [str(need) for need in needs if need not in NEEDS]
    if number > FORMAT or unknown:
        found = f"format {number}" + (f" with {', '.join(unknown)}" if unknown else "")
        known = f"format {FORMAT}" + (f" with {', '.join(sorted(NEEDS))}" if NEEDS else "")
        what = f"the data set has {found}; this version of pyexplain reads {known}"
        raise DataError(what, where=where, hint="Use the version of pyexplain that made it, or a newer one.")
    return number
