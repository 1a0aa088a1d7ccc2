"""Files whose columns have names that nobody here knows: the answer names the columns, and what was not read is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyexplain.errors import DataError
from pyexplain.preparation.open import open_mentions, open_reviews
from pyexplain.readers.base import ReadOptions

from . import made

GERMAN = 'Kundennummer;Artikelnummer;Bewertung;Datum;Kommentar\nk1;a1;5;12.09.2006;Gut.\nk2;a1;4;13.09.2006;"Gut; sehr."\n'
FILES = {
    "semicolons.csv": GERMAN,
    "marked.csv": "\ufeff" + GERMAN.replace("\n", "\r\n"),
    "long.csv": 'Kunde,Artikel,Note,Text\nk1,a1,5,"' + "Gut, " * 20_000 + '"\nk2,a1,5,gut\n',
    "one-row.csv": "Kunde,Artikel,Note\nk1,a1,5\n",
    "tabs.tsv": GERMAN.replace(";", "\t").replace('"', ""),
    "lines.jsonl": '\ufeff{"kunde": "k1", "artikel": "a1", "note": 5}\n',
    "array.json": '[{"kunde": "k1", "artikel": "a1", "note": 5}]',
}


@pytest.mark.parametrize("name", FILES)
def test_columns_of_unknown_names_are_named(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(FILES[name], encoding="utf-8")
    with pytest.raises(DataError) as raised:
        open_reviews([path], made.registry())
    assert (
        raised.value.what.startswith("there is no column for user, item, rating; the file has K")
        or "has kunde" in raised.value.what
    )
    assert "columns" in raised.value.hint
    assert "amazon" not in raised.value.hint  # a list of all formats helps nobody here


def test_mentions_of_unknown_names_too(tmp_path: Path) -> None:
    path = tmp_path / "mentions.csv"
    path.write_text("wer,was,note,aspekt,ton\nu1,i1,5,sound,1\n")
    with pytest.raises(DataError, match="no column for user, item, rating, feature, sentiment; the file has wer, was"):
        open_mentions(path, made.registry())


def test_a_first_line_of_values_is_called_so(tmp_path: Path) -> None:
    path = tmp_path / "u.data"
    path.write_text("196\t242\t3\t881250949\n186\t302\t3\t891717742\n")
    with pytest.raises(DataError, match=r"names no columns, it has values \(196, 242, 3, 881250949\)"):
        open_reviews([path], made.registry())


def test_a_header_of_another_encoding_is_called_so(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("Käufer;Größe;Note\nk1;a1;5\n".encode("cp1252"))
    with pytest.raises(DataError, match="not UTF-8 text; convert the file, e.g. iconv"):
        open_reviews([path], made.registry())


@pytest.mark.parametrize("text", ["Dear diary,\nnothing happened.\n", "One line, no more", "a, b\nwords, and, more\nonly words\n"])
def test_a_text_is_no_table(tmp_path: Path, text: str) -> None:
    path = tmp_path / "diary.txt"
    path.write_text(text)
    with pytest.raises(DataError, match="no known format"):
        open_reviews([path], made.registry())


def test_a_table_without_ratings_says_how_to_go_without(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    path.write_text("user,item,price\nu,i,5\n")
    with pytest.raises(DataError, match=r"no column for rating \(.*goes without\)"):
        open_reviews([path], made.registry())


def test_what_was_not_read_is_said(tmp_path: Path) -> None:
    table, lines = tmp_path / "a.csv", tmp_path / "a.jsonl"
    table.write_text("user,item,rating,Kommentar,title,Datum\nu,i,5,gut,Zelt,heute\n")
    lines.write_text('{"user": {"id": "u", "name": "U"}, "item": "i", "rating": 5, "shop": {"no": 3}}\n')
    for path, notes in ((table, "; not read: Kommentar, Datum"), (lines, "; not read: user.name, shop.no")):
        source = open_reviews([path], made.registry(), options=ReadOptions())
        source.interactions()
        assert next(note for note in source.report.assumed if note.startswith("columns: ")).endswith(notes)
