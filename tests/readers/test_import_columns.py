"""Columns that a person names count when the format of a file of mentions is looked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyexplain.errors import DataError
from pyexplain.preparation.prepare import import_data
from pyexplain.preparation.settings import PrepareOptions
from pyexplain.readers.base import ReadOptions

from . import made

COLUMNS = {"user": "wer", "item": "was", "rating": "note", "feature": "aspekt", "sentiment": "ton"}


def test_named_columns_count_when_mentions_are_imported(tmp_path: Path) -> None:
    path = tmp_path / "mentions.csv"
    path.write_text("wer,was,note,aspekt,ton\nu1,i1,5,sound,1\nu1,i2,4,price,-1\n")
    with pytest.raises(DataError, match="too little to train on"):  # it was read
        import_data(path, PrepareOptions("named", read=ReadOptions(columns=COLUMNS)), made.registry())
    with pytest.raises(DataError, match="no column for user, item, rating, feature, sentiment"):
        import_data(path, PrepareOptions("named"), made.registry())
