"""The Python on docs/data.md does what the page says."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pandas as pd
import pytest

from pyexplain.data.demo import write_demo

PAGE = (Path(__file__).parents[1] / "docs" / "data.md").read_text(encoding="utf-8")


def test_the_code_of_the_page_gives_titles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [code] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    reviews = write_demo(tmp_path / "demo", users=60, items=20, features=8).read_bytes().replace(b'"B000001"', b'"B0002F7K7Y"')
    (tmp_path / "reviews.json.gz").write_bytes(gzip.compress(reviews))
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"items_frame": pd.DataFrame({"code": ["B0002F7K7Y"], "label": ["Strings"]})}
    exec(code, names)  # noqa: S102
    assert names["data"].items.title("B0002F7K7Y") == "Strings"  # type: ignore[attr-defined]
