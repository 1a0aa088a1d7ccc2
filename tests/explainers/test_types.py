"""What explainers return: one record of the counterfactual, under its old names as well."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pyexplain.data.sparse import SparseRows
from pyexplain.errors import DataError
from pyexplain.explainers import Counterfactual, Explanations, Sentence
from pyexplain.explainers.types import joined

USERS, ITEMS, AGAINST = np.array([0, 1, 2]), np.array([3, 4, 5]), np.array([6, 7, 8])
WEIGHTS = SparseRows.from_dense([[1, 0, 0, 0], [0, 2, 0, 0], [0, 0, 0, 3]])
CHANGE = SparseRows.from_dense([[-3, 4, 0, 0], [0, 0, 0, 0], [0, 0, 0, -2]])
BEFORE, AFTER = np.array([1, 2, 3], np.float32), np.array([-1, 2, -0.0], np.float32)
VALID, NOTES = np.array([True, False, False]), ("", "unsolved", "")


def by_position() -> Explanations:
    return Explanations("cf", USERS, ITEMS, WEIGHTS, "space", AGAINST, CHANGE, BEFORE, AFTER, VALID, "item", NOTES, "first")


def test_fields_given_one_by_one_make_the_record() -> None:
    found = by_position()
    assert found.counterfactual is not None
    assert found.counterfactual.change is found.change is CHANGE
    assert found.margin_before is found.counterfactual.margin_before is BEFORE
    assert found.valid is VALID
    assert (found.side, found.notes, found.until, found.place_after) == ("item", NOTES, "first", None)
    assert found.margin_after is not None
    assert np.signbit(found.margin_after).tolist() == [True, False, False]
    assert found.counterfactual.sizes.tolist() == [2, 0, 1]
    assert found.counterfactual.distances().tolist() == [7, 0, 2]
    assert found.counterfactual.distances(2).tolist() == [5, 0, 2]


def test_sentences_stay_with_their_rows() -> None:
    written = ((Sentence(0, "Good."),), (), (Sentence(3, "Bad."), Sentence(0, "Good.")))
    found = replace(by_position(), sentences=written)
    assert found.sentences == written
    assert found.select([2, 0]).sentences == (written[2], written[0])
    assert joined([found.select([2]), found.select([0, 1])]).sentences == (written[2], written[0], written[1])
    assert joined([found, by_position()]).sentences is None
    for bad in (written[:2], (*written[:2], (Sentence(4, "Of what?"),))):
        with pytest.raises(DataError, match="cf"):
            replace(by_position(), sentences=bad)


def test_without_one_its_fields_are_none() -> None:
    found = Explanations("plain", USERS, ITEMS, WEIGHTS, "space")
    assert found.counterfactual is None
    assert [found.change, found.margin_before, found.margin_after, found.valid, found.until] == [None] * 5
    assert [found.place_after, found.other_place_after, found.against, found.notes] == [None] * 4


def test_replaced_by_its_old_names_and_by_the_record() -> None:
    found = by_position()
    other = replace(found, valid=~VALID)  # type: ignore[call-arg]
    assert other.valid is not None
    assert other.valid.tolist() == [False, True, True]
    assert (other.change, found.valid) == (CHANGE, VALID)
    assert replace(found, counterfactual=None).change is None
    assert replace(found, counterfactual=Counterfactual(WEIGHTS)).change is WEIGHTS
    assert replace(found, weights=CHANGE).change is CHANGE


def test_rows_are_selected_and_put_together_again() -> None:
    found = by_position()
    parts = [found.select([0]), found.select([1, 2])]
    again = joined(parts)
    assert again.change is not None
    np.testing.assert_array_equal(again.change.dense(), CHANGE.dense())
    np.testing.assert_array_equal(again.margin_after, found.margin_after)
    assert (again.notes, again.until, again.side) == (NOTES, "first", "item")
    assert joined([parts[0], replace(parts[1], counterfactual=None)]).counterfactual is None
    assert joined(parts[:1]) is parts[0]


@pytest.mark.parametrize("name", ["margin_before", "valid", "place_after", "notes", "place_before"])
def test_too_few_rows_are_refused(name: str) -> None:
    value = (NOTES if name == "notes" else BEFORE)[1:]
    with pytest.raises(DataError, match=f"3 pairs hold 2 {name}"):
        replace(by_position(), **{name: value})  # type: ignore[arg-type]
