"""Write the JSON schemas of the documents that programs read into docs/schemas: python tools/schemas.py"""

from __future__ import annotations

import json
from pathlib import Path

from pyexplain.present.documents import DOCUMENTS, json_schema

FOLDER = Path(__file__).parents[1] / "docs" / "schemas"


def main() -> None:
    """One file a document."""
    FOLDER.mkdir(exist_ok=True)
    for name in DOCUMENTS:
        (FOLDER / f"{name}.json").write_text(json.dumps(json_schema(name), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
