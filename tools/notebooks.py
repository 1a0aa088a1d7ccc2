"""Write the tutorials of docs/tutorials as notebooks beside them: python tools/notebooks.py --write

The page is the source; its blocks of python are cells, and its blocks of sh are cells with `!` before each command.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "docs" / "tutorials"
BLOCK = re.compile(r"```(python|sh)\n(.*?)```\n?", re.DOTALL)


def notebook(page: str) -> dict[str, Any]:
    """A page as a notebook of nbformat 4.5, without outputs."""
    cells, at = [], 0
    for found in BLOCK.finditer(page):
        cells += _text(page[at : found.start()], len(cells))
        code = found[2] if found[1] == "python" else "".join(f"!{line}\n" for line in found[2].splitlines() if line)
        cells.append(_cell("code", code, len(cells)) | {"execution_count": None, "outputs": []})
        at = found.end()
    cells += _text(page[at:], len(cells))
    python = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": cells, "metadata": {"kernelspec": python}, "nbformat": 4, "nbformat_minor": 5}


def _text(part: str, number: int) -> list[dict[str, Any]]:
    return [_cell("markdown", part, number)] if part.strip() else []


def _cell(kind: str, source: str, number: int) -> dict[str, Any]:
    lines = source.strip("\n").splitlines(keepends=True)
    return {"cell_type": kind, "id": f"cell-{number}", "metadata": {}, "source": lines}


def text_of(page: Path) -> str:
    """The notebook's file."""
    source = page.read_text(encoding="utf-8").replace(f" [As a notebook]({page.stem}.ipynb).", "")
    return json.dumps(notebook(source), indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    """Write them, or say which are not what their pages say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    write = parser.parse_args().write
    old = []
    for page in sorted(FOLDER.glob("*.md")):
        place, text = page.with_suffix(".ipynb"), text_of(page)
        if write:
            place.write_text(text, encoding="utf-8")
        elif not place.is_file() or place.read_text(encoding="utf-8") != text:
            old.append(place.name)
    if old:
        sys.exit(f"not what their pages say: {', '.join(old)}; run python tools/notebooks.py --write")


if __name__ == "__main__":
    main()
