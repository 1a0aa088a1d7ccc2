"""What a terminal shows, as text."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

from rich.console import Console


def screen(parts: Iterable[Any], width: int = 160) -> str:
    """The lines, without the blanks at their ends."""
    out = io.StringIO()
    console = Console(file=out, width=width, color_system=None)
    for part in parts:
        console.print(part)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())
