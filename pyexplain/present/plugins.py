"""What is installed, for a person and for a program."""

from __future__ import annotations

from typing import Any

from rich.table import Table
from rich.text import Text

from ..registry import Registered, Registry
from .text import harmless


def plugin_table(registry: Registry) -> list[Any]:
    """A table a kind, then what failed."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("kind", "name", "offers or needs", "package", "reference"):
        table.add_column(name, overflow="fold")
    for registered in registry.found:
        facts = _facts(registered)
        cells = (registered.kind, registered.name, facts["offers or needs"], registered.package, facts["reference"])
        table.add_row(*(Text(harmless(cell)) for cell in cells))
    return [table, *(Text(f"Not loaded: {harmless(str(failure))}", style="red") for failure in registry.failures)]


def plugin_document(registry: Registry) -> dict[str, Any]:
    """The document of `plugins --json`."""
    found = [{"kind": r.kind, "name": r.name, "package": r.package, "plugin": r.plugin} | _facts(r) for r in registry.found]
    failed, misspelt = (
        [{"package": f.package, "plugin": f.plugin, "reason": f.reason} for f in part]
        for part in (registry.failures, registry.misspelt)
    )
    return {"schema": 1, "plugins": found, "failures": failed, "misspelt": misspelt}


def _facts(registered: Registered) -> dict[str, str]:
    cls = registered.cls
    words = sorted(getattr(cls, "offers", None) or getattr(cls, "needs", None) or ())
    comes = getattr(cls, "comes_with", None)
    said = ", ".join(words) + (f"; comes with {comes}" if comes else "") + ("; control" if getattr(cls, "control", False) else "")
    reference = str(getattr(cls, "reference", "") or getattr(cls, "description", ""))
    return {"offers or needs": said, "reference": reference}
