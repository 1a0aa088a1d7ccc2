"""The audit: each defect planted, counted and named; nothing found in sound data; the authors' folder as it is."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pyexplain.data.audit import Finding, audit, problems
from pyexplain.data.sparse import SparseRows
from pyexplain.data.types import Candidates, Dataset
from tests.worlds import small_world

SHARED = Path(os.environ.get("PYEXPLAIN_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))


def found(data: Dataset) -> dict[str, Finding]:
    """The largest finding of each code."""
    return {f.code: f for f in sorted(audit(data), key=lambda f: f.count)}


@pytest.mark.parametrize("split", ["random", "temporal", "leave-last"])
@pytest.mark.parametrize("seed", range(3))
def test_sound_data_have_no_problem(seed: int, split: str) -> None:
    assert problems(audit(small_world(seed, split=split))) == []


def test_the_paper_protocol_is_seen_in_the_features() -> None:
    """Features and evidence of all positive reviews, and the ground truth made of them."""
    seen = found(small_world(protocol="paper"))
    assert seen["held-out-mentions-in-evidence"].count > 0
    assert seen["test-pairs-in-features"].severity == "error"
    assert seen["truth-equals-input"].count == seen["truth-equals-input"].total > 0


def test_validation_equal_to_test() -> None:
    data = small_world()
    seen = found(replace(data, valid=data.test))
    assert seen["validation-equals-test"].count == len(data.test)


def test_pairs_twice_and_in_two_parts() -> None:
    data = small_world()
    seen = found(replace(data, train=np.concatenate([data.train, data.train[:3], data.test[:2]])))
    assert seen["duplicate-pairs"].count == 3
    assert seen["train-test-overlap"].count == 2


def changed_lists(data: Dataset, items: np.ndarray, relevant: np.ndarray) -> Dataset:
    return replace(data, test_candidates=Candidates(data.test_candidates.users, items, relevant))


def test_liked_items_among_the_negatives() -> None:
    """The first list loses its marks; a second gets an item that the user liked in training."""
    data = small_world()
    lists = data.test_candidates
    marks = lists.relevant.copy()
    marks[0] = False
    seen = found(changed_lists(data, lists.items, marks))
    assert seen["positives-among-negatives"].count == lists.relevant[0].sum()
    items = lists.items.copy()
    items[1, np.flatnonzero(~lists.relevant[1])[0]] = data.train[data.train[:, 0] == lists.users[1]][0, 1]
    assert found(changed_lists(data, items, lists.relevant))["positives-among-negatives"].count == 1


def test_lists_that_begin_with_the_truth() -> None:
    data = small_world()
    lists = data.test_candidates
    order = np.argsort(~lists.relevant, axis=1, kind="stable")
    sorted_items, sorted_marks = (np.take_along_axis(a, order, axis=1) for a in (lists.items, lists.relevant))
    assert found(changed_lists(data, sorted_items, sorted_marks))["ground-truth-first"].count == len(lists)


def test_lists_without_a_positive_and_with_repeats() -> None:
    data = small_world()
    lists = data.test_candidates
    items, marks = lists.items.copy(), lists.relevant.copy()
    gone = np.argwhere(marks)[0]
    items[tuple(gone)], marks[tuple(gone)] = items[gone[0], (gone[1] + 1) % items.shape[1]], False
    seen = found(changed_lists(data, items, marks))
    assert seen["positives-not-listed"].count == 1
    assert seen["duplicate-candidates"].count == 1


def test_a_feature_value_without_a_mention() -> None:
    """One cell more than the training mentions give."""
    data = small_world()
    dense = data.user_features.dense()
    row, column = np.argwhere(dense == 0)[0]
    dense[row, column] = 3.0
    seen = found(replace(data, user_features=SparseRows.from_dense(dense)))
    assert seen["test-pairs-in-features"].count == 1
    assert "user features" in seen["test-pairs-in-features"].message


def test_values_out_of_range() -> None:
    data = small_world()
    rows = data.item_features
    values = rows.values.copy()
    values[:2] = [7.0, -1.0]
    seen = found(replace(data, item_features=SparseRows(rows.offsets, rows.indices, values, rows.n_columns)))
    assert seen["values-out-of-range"].count == 2


def test_sentiments_that_are_not_finite() -> None:
    data = small_world()
    heldout = data.heldout.copy()
    heldout.loc[0, "sentiment"] = np.nan
    assert found(replace(data, heldout=heldout))["non-finite"].count == 1


def test_cold_users_are_noted_and_no_problem() -> None:
    data = small_world()
    f_u = data.user_features.dense()
    evidence = data.evidence[data.evidence["user"] != 0].reset_index(drop=True)
    bare = replace(
        data, user_features=SparseRows.from_dense(np.where(np.arange(len(f_u))[:, None] == 0, 0, f_u)), evidence=evidence
    )
    finding = found(bare)["users-without-features"]
    assert (finding.count, finding.severity) == (1, "note")
    assert all(f.code not in ("test-pairs-in-features",) or "item" in f.message for f in problems(audit(bare)))


def test_titles_that_are_missing_or_shared_are_noted_where_there_are_any() -> None:
    data = small_world()
    assert not [code for code in found(data) if "title" in code]
    named = {name: f"Thing {n}" for n, name in enumerate(data.items.names)}
    named |= {data.items[0]: "", data.items[1]: "", data.items[2]: "Lamp", data.items[3]: "LAMP"}
    noted = found(replace(data, items=data.items.with_titles(named)))
    assert {code: f.count for code, f in noted.items() if "title" in code} == {"items-without-title": 2, "items-with-one-title": 2}


def test_what_an_importer_repaired_is_still_said() -> None:
    data = small_world()
    published = {"validation_files_equal_to_test": ["a", "b"], "lists_with_ground_truth_first": 7, "lists": 9, "duplicate_pairs": 4}
    seen = found(replace(data, report={"published": published}))
    assert seen["validation-equals-test"].count == 2
    assert (seen["ground-truth-first"].count, seen["ground-truth-first"].total) == (7, 9)
    assert seen["duplicate-pairs"].count == 4


def test_errors_come_first() -> None:
    data = small_world()
    severities = [f.severity for f in audit(replace(data, valid=data.test, heldout=data.heldout.iloc[:0]))]
    assert severities == sorted(severities, key=["error", "warning", "note"].index)
    assert severities[0] == "error"


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data are not here")
def test_the_authors_folder() -> None:
    """Validation = test, positives first, 49 items known from test pairs alone, ground truth = input for every user."""
    paper = pytest.importorskip("pyexplain.data.paper")
    data = paper.import_paper_folder(SHARED / "paper_musical_instruments" / "pickles", "Musical Instruments")
    seen = found(data)
    assert seen["validation-equals-test"].count == 2
    assert (seen["ground-truth-first"].count, seen["ground-truth-first"].total) == (954, 954)
    assert seen["test-pairs-in-features"].count == 49
    assert seen["truth-equals-input"].count == seen["truth-equals-input"].total == 1276
    # these were looked for, too, and the folder has none
    assert {"duplicate-pairs", "train-test-overlap", "positives-among-negatives"}.isdisjoint(seen)


def test_an_empty_evidence_frame_keeps_its_columns() -> None:
    data = small_world()
    empty: pd.DataFrame = data.evidence.iloc[:0]
    seen = found(replace(data, evidence=empty))
    assert "held-out-mentions-in-evidence" not in seen
