"""Which data set folders this version reads.

dataset.json says in `format` how the folder is laid out, and in `needs` what a reader must know beyond that: later kinds of
content (kinds of features, shards) put their names there. Columns, arrays and keys that a reader does not know, and that `needs`
does not name, may be left aside without harm. Format 1 (0.1.0) has neither key, no titles and no lineage, and is read as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import DataError
from .json_file import read_json

FORMAT = 2
NEEDS: frozenset[str] = frozenset()  # what this version knows beyond the format


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
