"""Findings of an audit."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rich.table import Table
from rich.text import Text

from ..data.audit import Finding
from ..data.types import Dataset


def audit_table(data: Dataset, findings: list[Finding]) -> list[Any]:
    """A row a finding."""
    title = Text(f"Audit of {data.name}, protocol {data.protocol}", style="bold")
    if not findings:
        return [title, Text("No problem found.", style="green")]
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("severity", "finding", "count", "of", "what it means"):
        table.add_column(name, overflow="fold", no_wrap=name != "what it means")
    for f in findings:
        table.add_row(f.severity, f.code, f"{f.count:,}", f"{f.total:,}", Text(f.message + (f" {f.hint}" if f.hint else "")))
    return [title, table]


def audit_document(data: Dataset, findings: list[Finding]) -> dict[str, Any]:
    """The document of `data audit --json`."""
    facts = [asdict(finding) for finding in findings]
    return {"schema": 1, "dataset": data.name, "protocol": data.protocol, "findings": facts}
