"""The examples of docs/howto/tables.md run, in pandas, SQLite and DuckDB, and agree."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pandas as pd
import pytest

import pyexplain as px
from pyexplain.everyone import COLUMNS, explain_everyone
from tests.worlds import small_world

PAGE = (Path(__file__).parents[1] / "docs" / "howto" / "tables.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"```python\n(.*?)```", PAGE, flags=re.S)
VIEW, QUESTION = re.findall(r"```sql\n(.*?)```", PAGE, flags=re.S)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where all.parquet is."""
    made = tmp_path_factory.mktemp("tables")
    explain_everyone(px.train(small_world(), epochs=2, dim=8), made / "all.parquet", k=3)
    return made


@pytest.fixture
def often(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How often each feature is a reason, by the page's lines of Python."""
    monkeypatch.chdir(folder)
    names: dict[str, object] = {}
    exec(PYTHON[0], names)
    found: dict[str, int] = names["often"].to_dict()  # type: ignore[attr-defined]
    assert sum(found.values()) > 10
    return found


def test_the_columns_are_those_that_the_page_names(folder: Path) -> None:
    found = pd.read_parquet(folder / "all.parquet").columns
    assert tuple(found) == COLUMNS
    assert [name for name in COLUMNS if f"`{name}`" not in PAGE and name != "method"] == []


def test_sqlite(often: dict[str, int]) -> None:
    with sqlite3.connect(":memory:") as connection:
        pd.read_parquet("all.parquet").to_sql("explained", connection)
        assert dict(connection.execute(QUESTION).fetchall()) == often


def test_duckdb(often: dict[str, int]) -> None:
    duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed")
    with duckdb.connect() as connection:
        connection.execute(VIEW)
        assert dict(connection.execute(QUESTION).fetchall()) == often
