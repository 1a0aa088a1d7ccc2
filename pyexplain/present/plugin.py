"""One plugin: what it is, and the keys of its configuration."""

from __future__ import annotations

import math
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo
from rich.table import Table
from rich.text import Text

from ..offered import docstring_of
from ..recommenders.config import Config
from ..registry import Registered
from .text import harmless

OPTIONS = {"recommender": "--set", "explainer": "--set, or --explainer-set where it explains another run"}


def plugin_page(found: list[Registered]) -> list[Any]:
    """For each of one name: what it is, where from, what it offers or needs, and a table of its keys."""
    out: list[Any] = []
    for registered in found:
        facts = _document(registered)
        out += [Text(""), Text(f"{registered.kind} {registered.name}, of {registered.package}", style="bold")]
        said = facts["about"] or "No docstring of its own says what it is."
        out += [Text(harmless(part)) for part in (said, facts["reference"]) if part]
        out += [Text(f"{name}: {', '.join(facts[name])}") for name in ("offers", "needs", "kinds") if facts[name]]
        out += [Text(f"comes with: {facts['comes_with']}")] if facts["comes_with"] else []
        out += [Text(_measure(facts["figure"]))] if facts["figure"] else []
        if facts["keys"]:
            out += [Text(""), Text(f"Keys ({OPTIONS.get(registered.kind, '')}):"), _table(facts["keys"])]
    return out[1:]


def shown_document(found: list[Registered]) -> dict[str, Any]:
    """The document of `plugins show --json`."""
    return {"schema": 1, "plugins": [_document(registered) for registered in found]}


def _document(registered: Registered) -> dict[str, Any]:
    cls = registered.cls
    config = getattr(cls, "Config", None)
    fields = config.model_fields if isinstance(config, type) and issubclass(config, Config) else {}
    return {
        "kind": registered.kind,
        "name": registered.name,
        "package": registered.package,
        "about": docstring_of(cls),
        "reference": str(getattr(cls, "reference", "") or getattr(cls, "description", "")),
        "offers": sorted(getattr(cls, "offers", ())),
        "needs": sorted(getattr(cls, "needs", ())),
        "kinds": list(getattr(cls, "kinds", ())),
        "comes_with": getattr(cls, "comes_with", None),
        "figure": _figure(cls) if registered.kind == "metric" else None,
        "keys": [_key(name, field) for name, field in fields.items()],
    }


def _figure(cls: Any) -> dict[str, Any]:
    """Of a metric: where it stands in reports, and how it is read."""
    return {
        "group": cls.group,
        "name": cls().label(10),
        "direction": cls.direction,
        "range": [end if math.isfinite(end) else None for end in cls.range],
        "sample": cls.sample,
    }


def _measure(figure: dict[str, Any]) -> str:
    low, high = ("" if end is None else f"{end:g}" for end in figure["range"])
    return f"in reports: {figure['name']} of {figure['group']}, {low}..{high}, {figure['direction']} is better"


def _key(name: str, field: FieldInfo) -> dict[str, Any]:
    default = None if field.is_required() else field.get_default(call_default_factory=True)
    return {"key": name, "default": default, "values": _values(field), "about": field.description or ""}


def _values(field: FieldInfo) -> str:
    """The type, and the bounds, as a person says them."""
    kinds = get_args(field.annotation) if get_origin(field.annotation) not in (None, Literal) else (field.annotation,)
    said = " or ".join(_type(kind) for kind in kinds)
    signs = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}
    bounds = [f"{sign} {getattr(mark, name)}" for mark in field.metadata for name, sign in signs.items() if hasattr(mark, name)]
    return " ".join([said, *bounds])


def _type(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return ", ".join(map(str, get_args(kind)))
    names = {int: "whole number", float: "number", str: "text", bool: "true, false", NoneType: "null"}
    return names.get(kind, getattr(kind, "__name__", str(kind)))


def _table(keys: list[dict[str, Any]]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("key", no_wrap=True)
    for name in ("default", "values", "what it is"):
        table.add_column(name, overflow="fold")
    for key in keys:
        default = "" if key["default"] is None else str(key["default"])
        table.add_row(*(Text(harmless(cell)) for cell in (key["key"], default, key["values"], key["about"])))
    return table
