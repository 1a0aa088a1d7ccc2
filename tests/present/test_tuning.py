"""Trials in words and as a document."""

from __future__ import annotations

from pathlib import Path

from pyexplain.present.tuning import SHOWN, trial_line, trials_document, trials_table
from pyexplain.tuning.study import Tuned

FOUND = [Tuned(place, {"dim": 8, "dropout": 0.123456}, 0.5 - place / 100) for place in (3, 1, 2, 6, 4, 5, 0)]
FAILED = Tuned(7, {"dim": 9, "dropout": 0.5}, None, "the loss is not finite")


def test_a_trial_in_a_line() -> None:
    assert trial_line(FOUND[0]) == "Trial 3: validation ndcg@10 0.4700 (dim=8, dropout=0.1235)"
    assert trial_line(FAILED) == "Trial 7: failed: the loss is not finite (dim=9, dropout=0.5)"


def test_the_defaults_stand_beside_the_best() -> None:
    table = trials_table([*FOUND, FAILED], True, Path("c.json"), "--baseline m")[0]
    assert table.row_count == SHOWN + 1
    assert list(table.columns[0].cells)[-1] == "0 (defaults)"
    assert trials_table(FOUND, False, Path("c.json"), "--baseline m")[0].row_count == SHOWN


def test_the_document_holds_every_trial() -> None:
    document = trials_document([*FOUND, FAILED], {"method": "m"}, Path("c.json"))
    assert [trial["trial"] for trial in document["trials"]] == [3, 1, 2, 6, 4, 5, 0, 7]
    assert document["trials"][-1]["ndcg@10"] is None
