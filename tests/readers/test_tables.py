"""Tables: quotes that do not end swallow nothing, cells may be large, what spreadsheets write is read."""

from __future__ import annotations

import csv
import io
import time
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyexplain.errors import DataError
from pyexplain.readers import ReadLog, header_of, rows
from pyexplain.readers.tables import STRAY

from . import made

HEAD = "user_id\titem_id\trating\ttext\ttimestamp\n"


def read(path: Path, delimiter: str = "\t", skip_bad: bool = False) -> tuple[list[list[str]], ReadLog]:
    log = ReadLog(skip_bad)
    return [cells for _, cells in rows(path, delimiter, log, numeric=(2,))], log


def test_a_quote_at_the_beginning_of_a_cell_swallows_no_row(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    texts = ["fine", '"never closed', "fine", '"Wow" they said', "fine", 'closed here"', "fine"]
    path.write_text(HEAD + "".join(f"u{k}\ti\t5\t{text}\t1400000000\n" for k, text in enumerate(texts)))
    found, log = read(path)
    assert [cells[3] for cells in found] == texts
    assert log.notes[STRAY] == 2


def test_a_quote_that_ends_in_a_later_row_swallows_no_row(tmp_path: Path) -> None:
    """The quoted cell would be sound, and hold a row of its own."""
    path = tmp_path / "a.csv"
    path.write_text('user_id,item_id,rating,text\nu,i,5,"begun\nv,i,4,not over\nw,i,3,over"\nx,i,2,fine\n')
    found, log = read(path, ",")
    assert [cells[0] for cells in found] == ["u", "v", "w", "x"]
    assert log.notes[STRAY] == 1


def test_a_stray_quote_in_a_line_that_cannot_be_read_otherwise_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('user_id,item_id,rating,text\nu,i,5,"begun, and never over\nv,i,4,fine\n')
    with pytest.raises(DataError, match="5 cells instead of 4") as caught:
        read(path, ",")
    assert caught.value.where == f"{path}:2"
    assert "stray quote" in caught.value.hint


def test_quoted_cells_keep_line_breaks_delimiters_and_quotes(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    table = [["u", "i", "5", 'One,\ntwo ""three""\n"'], ["v", "i", "4", ""], ["w", "i", "3", '"all"']]
    text = io.StringIO()
    csv.writer(text).writerows([["user_id", "item_id", "rating", "text"], *table])
    path.write_text(text.getvalue())
    found, log = read(path, ",")
    assert found == table
    assert not log.notes[STRAY]


def test_cells_of_any_size_up_to_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    large = "word, " * 200_000
    path.write_text(f'user_id,item_id,rating,text\nu,i,5,"{large}"\n')
    limit = csv.field_size_limit()
    found, _ = read(path, ",")
    assert found[0][3] == large
    assert csv.field_size_limit() == limit, "the limit of the whole process is as it was"


letters = st.text(st.sampled_from('ab "",;\'.\\'), max_size=12)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(st.lists(letters, min_size=1, max_size=12))
def test_every_line_of_a_table_written_without_quoting_is_a_row(tmp_path: Path, texts: list[str]) -> None:
    path = tmp_path / "a.tsv"
    path.write_text(HEAD + "".join(f"u\ti\t5\t{text}\t1400000000\n" for text in texts))
    found, log = read(path)
    assert len(found) == len(texts)
    assert all(cells[:3] == ["u", "i", "5"] for cells in found)
    plain = [text for text, cells in zip(texts, found, strict=True) if cells[3] != text]
    assert all(text.startswith('"') and text.endswith('"') for text in plain), "only a cell that is quoted as a whole is unquoted"


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(st.lists(st.text(st.sampled_from('ab "\n,;'), max_size=12), min_size=1, max_size=8))
def test_what_a_csv_writer_writes_comes_back(tmp_path: Path, texts: list[str]) -> None:
    path = tmp_path / "a.csv"
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(
            [["user", "item", "rating", "text", "more"], *[["u", "i", "5", t, "x"] for t in texts]]
        )
    found, _ = read(path, ",")
    assert [cells[3] for cells in found] == texts


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_what_spreadsheets_write(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.csv"
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    path.write_bytes(
        mark + 'sep=;\r\nUser ID;Item ID;Rating;Review Text;Date\r\nu;i;4,5;"Très; bien.";14.05.2014\r\n'.encode(encoding)
    )
    found = made.source(path)
    assert made.frame(found).iloc[0].tolist() == ["u", "i", 4.5, "Très; bien.", 1_400_025_600]


def test_a_table_in_another_encoding_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("user;item;rating;text\nu;i;5;Très bien\n".encode("cp1252"))
    with pytest.raises(DataError, match="byte 0xe8 in column 9") as caught:
        made.frame(made.source(path))
    assert "iconv -f cp1252" in caught.value.hint


def test_utf16_that_ends_early_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(("user,item,rating\n" + "".join(f"u{k},i,5\n" for k in range(200))).encode("utf-16")[:-1])
    with pytest.raises(DataError, match="UTF-16 file is damaged"):
        made.frame(made.source(path))
    assert len(made.frame(made.source(path, skip_bad=True))) == 199


@pytest.mark.parametrize("word", ["0000031887", "NA", "null", "nan", "true", "12.0", "../up", "a/b c", "=1+1", "-"])
def test_ids_stay_as_they_are(tmp_path: Path, word: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"user,item,rating\n{word},{word},5\n")
    assert made.frame(made.source(path)).iloc[0].tolist()[:2] == [word, word]


def test_the_header_is_found_whatever_its_delimiter() -> None:
    assert header_of(b"a;b;c\n1;2;3\n") == (["a", "b", "c"], ";", 1)
    assert header_of(b"sep=|\na|b\n") == (["a", "b"], "|", 2)
    assert header_of(b'"a, b",c\n') == (["a, b", "c"], ",", 1)
    assert header_of(b"plain text\n") is None


def test_lines_that_end_as_on_older_macs(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"user,item,rating,text\ru,i,5,Good.\rv,i,4,Fine.\r")
    assert made.frame(made.source(path))["text"].tolist() == ["Good.", "Fine."]


def test_a_stray_quote_costs_no_search_through_the_file(tmp_path: Path) -> None:
    """Each of these begins a cell that could go on to the end of the file."""
    path = tmp_path / "a.csv"
    path.write_text("user,item,rating,text\n" + 'u","""z,5,x\n' * 20_000)
    began = time.process_time()
    found, _ = read(path, ",")
    assert len(found) == 20_000
    assert time.process_time() - began < 20, "a search from every line would take minutes"


def test_ids_of_a_column_with_gaps_are_whole_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pd.DataFrame({"user": [1.0, 2.0], "item": [12.0, 13.0], "rating": [5.0, 4.0]}).to_parquet(path)
    assert made.frame(made.source(path))[["user", "item"]].values.tolist() == [["1", "12"], ["2", "13"]]
    pd.DataFrame({"user": [1.0, None], "item": [12.0, 13.0], "rating": [5.0, 4.0]}).to_parquet(path)
    with pytest.raises(DataError, match="the user id is empty or no text"):
        made.frame(made.source(path))
