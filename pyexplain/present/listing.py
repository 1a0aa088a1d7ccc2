"""Lists of users and items, for a terminal and as a document."""

from __future__ import annotations

from typing import Any

import pandas as pd
from rich.table import Table
from rich.text import Text

from ..data.titles import shortened
from ..data.types import Dataset
from .text import harmless

TITLE = 46  # characters of a title: the counts beside it fit into a pipe of 110


def listing_lines(data: Dataset, kind: str, found: pd.DataFrame, search: str, k: int) -> list[Any]:
    """The first k rows of a listing, and how many more there are; one line where nothing was found."""
    total = data.n_users if kind == "user" else data.n_items
    if not len(found):
        where = "id or title" if (data.users if kind == "user" else data.items).titles else "id"
        return [Text(f"None of the {total:,} {kind}s of {harmless(data.name)} has all of this in its {where}: {harmless(search)}")]
    titled = bool(found["title"].any())
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column(kind, no_wrap=True)
    if titled:
        table.add_column("title", no_wrap=True, overflow="ellipsis")
    for name in ("training pairs", "reviews", "mentions", "features"):
        table.add_column(name, justify="right")
    for name, title, *counts in found.head(k).astype("object").itertuples(index=False, name=None):
        called = [Text(shortened(harmless(title)))] if titled else []
        table.add_row(Text(harmless(name)), *called, *(f"{count:,}" for count in counts))
    more = len(found) - k
    return [table, *([Text(f"{more:,} more; -k shows more, --search fewer.")] if more > 0 else [])]


def listing_document(data: Dataset, kind: str, found: pd.DataFrame, search: str, k: int) -> dict[str, Any]:
    """The document of `data users --json` and `data items --json`: ids as `user` or `item`; `title` of items, null = none known."""
    shown = found.head(k).to_dict("records")
    rows: list[dict[str, Any]] = []
    for row in shown:
        named: dict[str, Any] = {kind: row["name"]}
        if kind == "item":
            named["title"] = row["title"] or None
        rows.append(named | {str(key): row[key] for key in row if key not in ("name", "title")})
    return {"schema": 1, "dataset": data.name, "search": search, "found": len(found), f"{kind}s": rows}
