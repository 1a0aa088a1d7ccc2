"""Documents as `explain --json` prints them, for metrics that read what is printed; true and untrue statements of every kind."""

from __future__ import annotations

from typing import Any

from ..data.types import Dataset
from ..explainers.types import Explanations


def printed_documents(data: Dataset, found: Explanations) -> tuple[dict[str, Any], ...]:
    """A document of each row of explanations [n] that have a change and another item."""
    return tuple(_document(data, found, row) for row in range(len(found)))


def _document(data: Dataset, found: Explanations, row: int) -> dict[str, Any]:
    user, item = int(found.users[row]), int(found.items[row])
    other = None if found.against is None else data.items[int(found.against[row])]
    change = _change(data, found, row)
    kinds = ["reason", "contrast", "evidence", "size", "sentence"] + (["flip", "replacement", "leaving"] if change else [])
    feature = {"kind": "word", "name": data.features[(found.named(row, 1) or [0])[0]]}
    said = [
        {
            "kind": kind,
            "text": f"{kind}.",
            "feature": feature if kind in ("reason", "evidence", "size", "sentence") else None,
            "item": data.items[item],
            "other": None if kind in ("evidence", "size", "sentence") else other,
            "change": change if kind in ("flip", "replacement", "leaving") else [],
            "quote": _quote(data, row) if kind == "evidence" else None,
            "count": {"size": [1, 1], "leaving": [1, 2]}.get(kind),
        }
        for kind in kinds
    ]
    return {"user": data.users[user], "item": data.items[item], "against": other, "side": found.side, "statements": said}


def _change(data: Dataset, found: Explanations, row: int) -> list[dict[str, Any]]:
    if found.change is None:
        return []
    base = data.user_features if found.side == "user" else data.item_features
    now = base.select([int((found.users if found.side == "user" else found.items)[row])]).dense()[0]
    return [
        {"kind": "word", "name": data.features[f], "from": float(now[f]), "to": float(now[f]) + by}
        for f, by in zip(*(a.tolist() for a in found.change.row(row)), strict=True)
    ]


def _quote(data: Dataset, row: int) -> dict[str, Any]:
    said = data.evidence.iloc[row % len(data.evidence)]
    who, item = data.users[int(said["user"])], data.items[int(said["item"])]
    return {"sentence": said["sentence"], "item": item, "user": who, "sentiment": float(said["sentiment"]), "own": False}
