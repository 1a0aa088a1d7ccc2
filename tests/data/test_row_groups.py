"""Parquet files put under each other by their footers: what other readers find is what was in them."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pyexplain.data.compact import BINARY, I64, LIST, Items, Struct, read_struct, struct_bytes
from pyexplain.data.row_groups import footer_of, have_one_schema, put_under_each_other


def table(number: int, rows: int) -> pa.Table:
    draws = np.random.default_rng(number)
    texts = pa.array([None if n % 7 == 3 else f"text {n % 5} {number}" for n in range(rows)], pa.large_string())
    columns = {
        "coded": texts.dictionary_encode(),
        "text": texts,
        "real": draws.normal(size=rows),
        "truth": draws.random(rows) > 0.5,
    }
    columns |= {"list": pa.array([[n, number] for n in range(rows)]), "whole": draws.integers(-(2**60), 2**60, rows)}
    return pa.table(columns)


def written(folder: Path, *rows: int, **settings: object) -> list[Path]:
    paths = [folder / f"{number}.parquet" for number in range(len(rows))]
    for number, (path, size) in enumerate(zip(paths, rows, strict=True)):
        pq.write_table(table(number, size), path, **settings)
    return paths


def put(paths: list[Path], out: Path) -> pq.ParquetFile:
    schema = pq.read_schema(paths[0]).serialize().to_pybytes()
    put_under_each_other(paths, [footer_of(path) for path in paths], out, {"ARROW:schema": b64encode(schema), "more": b"x"})
    return pq.ParquetFile(out)


@pytest.mark.parametrize(
    "settings",
    [{}, {"row_group_size": 11}, {"write_page_index": True, "compression": "none"}, {"use_dictionary": False, "version": "1.0"}],
)
def test_the_rows_are_those_of_the_files_in_their_order(tmp_path: Path, settings: dict[str, object]) -> None:
    rows = 40, 1, 25
    paths = written(tmp_path, *rows, **settings)
    found = put(paths, tmp_path / "out.parquet")
    assert found.read().to_pylist() == [row for number, size in enumerate(rows) for row in table(number, size).to_pylist()]
    assert found.metadata.metadata[b"more"] == b"x"
    sizes = [pq.read_metadata(path).num_row_groups for path in paths]
    assert (found.metadata.num_rows, found.metadata.num_row_groups) == (66, sum(sizes))
    parts = [pq.ParquetFile(path).read_row_group(n) for path, size in zip(paths, sizes, strict=True) for n in range(size)]
    for number, part in enumerate(parts):
        assert found.read_row_group(number).to_pylist() == part.to_pylist()


def test_other_readers_agree(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed")
    paths = written(tmp_path, 30, 12)
    whole = put(paths, tmp_path / "out.parquet").read()
    with duckdb.connect() as connection:
        asked = "select text, whole, truth from read_parquet(?) where real > 0"
        found = connection.execute(asked, [str(tmp_path / "out.parquet")]).fetchall()
    kept = [row for row in whole.select(["text", "whole", "truth", "real"]).to_pylist() if row["real"] > 0]
    assert found == [(row["text"], row["whole"], row["truth"]) for row in kept]


def test_files_of_other_columns_are_told_apart(tmp_path: Path) -> None:
    paths = written(tmp_path, 3, 4)
    assert have_one_schema([footer_of(path) for path in paths])
    pq.write_table(table(0, 3).drop_columns("real"), paths[1])
    assert not have_one_schema([footer_of(path) for path in paths])
    pq.write_table(table(0, 3).set_column(3, "truth", pa.nulls(3)), paths[1])
    assert not have_one_schema([footer_of(path) for path in paths])


def test_a_footer_is_written_as_it_was_read(tmp_path: Path) -> None:
    paths = written(tmp_path, 100, row_group_size=3)
    content = paths[0].read_bytes()
    size = int.from_bytes(content[-8:-4], "little")
    assert struct_bytes(read_struct(content[-8 - size : -8])) == content[-8 - size : -8]


def test_numbers_of_all_sizes_and_fields_far_apart() -> None:
    numbers = [0, 1, -1, 63, -64, 64, 2**31, -(2**63), 2**63 - 1]
    made = Struct({1: (LIST, Items(I64, numbers)), 200: (I64, -5), 201: (BINARY, b"x" * 300)})
    assert read_struct(struct_bytes(made)) == made


def test_what_is_no_footer_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    path.write_bytes(b"PAR1 and then some text")
    with pytest.raises(ValueError, match="no Parquet file"):
        footer_of(path)
    with pytest.raises(ValueError, match="no type"):
        read_struct(b"\x1d\x00")
    with pytest.raises(IndexError):
        read_struct(b"\x18\x7f")
