"""Counts of mentions and sums of sentiments: by hand, on disk, without a look at held-out reviews."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import load_file, save_file

from pyexplain import load_dataset, save_dataset
from pyexplain.data.audit import audit
from pyexplain.data.build import assign_parts, build_dataset
from pyexplain.data.features import compute_features, literal_rows, with_totals
from pyexplain.data.files import write_manifest
from pyexplain.data.forget import forget
from pyexplain.data.settings import Settings, item_quality, user_strength
from pyexplain.data.sparse import SparseRows
from pyexplain.data.store import KIND
from pyexplain.data.totals import MentionTotals, same_cells
from pyexplain.errors import DataError
from pyexplain.testing.worlds import Renumbering, digests, renumbered
from tests.worlds import small_world

MENTIONS = pd.DataFrame({"user": [0, 0, 1], "item": [1, 1, 1], "feature": [0, 0, 2], "sentiment": [1.0, -0.5, -1.0]})


def test_totals_by_hand() -> None:
    made = compute_features(MENTIONS, 2, 2, 3, 5.0)
    assert made.user_mentions.counts.dense().tolist() == [[2, 0, 0], [0, 0, 1]]
    assert made.item_mentions.sums.dense().tolist() == [[0, 0, 0], [0.5, 0, -1]]
    # drawn towards 0 by one mention of sentiment 0: .5 / 3 and -1 / 2
    np.testing.assert_allclose(made.item_mentions.means().dense()[1], [0.5 / 3, 0, -0.5])
    np.testing.assert_allclose(made.item_mentions.means(0).dense()[1], [0.25, 0, -1])


def test_the_literal_reading_stores_what_was_mentioned_alone() -> None:
    """Item 1, feature 0: a sum of .5; feature 2: of -1. Nobody mentioned feature 1, or item 0: 3, which is kept as nothing."""
    made = compute_features(MENTIONS, 2, 2, 3, 5.0, "literal")
    assert same_cells(made.user_features, made.user_mentions.counts)
    np.testing.assert_allclose(made.user_features.dense() + 1, user_strength([[2, 0, 0], [0, 0, 1]], 5.0), rtol=1e-6)
    np.testing.assert_allclose(made.item_features.dense() + 3, item_quality([[0, 0, 0], [0.5, 0, -1]], 5.0), rtol=1e-6)


def test_what_is_no_total_is_refused() -> None:
    made = compute_features(MENTIONS, 2, 2, 3, 5.0).item_mentions
    with pytest.raises(ValueError, match="other|different cells"):
        MentionTotals(made.counts, SparseRows.empty(made.shape))
    half = SparseRows(made.counts.offsets, made.counts.indices, made.counts.values / 4, 3)
    with pytest.raises(ValueError, match="below 1"):
        MentionTotals(half, made.sums)
    with pytest.raises(DataError, match="user mentions are"):
        replace(small_world(), user_mentions=made)


@pytest.mark.parametrize("unmentioned", ["zero", "literal"])
def test_they_travel_to_disk_and_back(unmentioned: str, tmp_path: Path) -> None:
    data = _world(unmentioned=unmentioned)
    save_dataset(data, tmp_path / "d")
    assert digests(load_dataset(tmp_path / "d")) == digests(data)
    cells = "user_mentions.indices" in load_file(tmp_path / "d" / "arrays.safetensors")
    assert not cells, "cells are written where they are not those of the features"


def test_a_folder_whose_cells_were_filled_is_read_as_one_that_is_made_today(tmp_path: Path) -> None:
    """As versions before 0.3 kept the literal reading."""
    data = _world("literal")
    f_u, f_i = literal_rows(data)
    assert f_u.min() == 1
    filled = replace(data, user_features=SparseRows.from_dense(f_u), item_features=SparseRows.from_dense(f_i))
    save_dataset(filled, tmp_path / "d")
    again = load_dataset(tmp_path / "d")
    assert digests(again) == digests(data)
    assert not [finding for finding in audit(again) if finding.name == "values-out-of-range" and finding.count]


def test_they_are_read_only_and_share_their_cells() -> None:
    data = small_world()
    assert data.user_mentions is not None
    with pytest.raises(ValueError, match="read-only"):
        data.user_mentions.counts.values[0] = 2
    assert np.shares_memory(data.user_mentions.counts.indices, data.user_features.indices)
    assert np.shares_memory(data.user_mentions.sums.indices, data.user_features.indices)


def test_held_out_mentions_are_in_no_total() -> None:
    interactions, mentions = _tables()
    data = build_dataset("w", interactions, mentions, "heldout", _settings())
    held = interactions[interactions["part"] != "train"][["user", "item"]]
    loud = pd.concat([mentions, *[mentions.merge(held, on=["user", "item"])] * 3])  # held-out reviews say everything four times
    again = build_dataset("w", interactions, loud, "heldout", _settings())
    for one, other in ((data.user_mentions, again.user_mentions), (data.item_mentions, again.item_mentions)):
        assert one is not None
        assert other is not None
        np.testing.assert_array_equal(one.counts.dense(), other.counts.dense())
        np.testing.assert_array_equal(one.sums.dense(), other.sums.dense())


def test_the_audit_finds_counts_of_other_mentions_and_says_where_there_are_none() -> None:
    data = small_world()
    assert not [f for f in audit(data) if "counts" in f.code]
    assert data.user_mentions is not None
    counts = data.user_mentions.counts
    more = counts.values.copy()
    more[:3] += 1
    wrong = MentionTotals(SparseRows(counts.offsets, counts.indices, more, counts.n_columns), data.user_mentions.sums)
    found = {f.code: f for f in audit(replace(data, user_mentions=wrong, item_mentions=None))}
    assert (found["other-mention-counts"].severity, found["other-mention-counts"].count) == ("error", 3)
    assert found["no-mention-counts"].severity == "note"


def test_forgetting_takes_a_person_out_of_them() -> None:
    data = small_world()
    left = forget(data, [data.users[3]])
    stays = data.evidence[data.evidence["user"] != 3]
    assert left.user_mentions is not None
    assert left.item_mentions is not None
    assert left.user_mentions.counts.values.sum() == len(stays) < len(data.evidence)
    assert left.item_mentions.sums.values.sum() == pytest.approx(stays["sentiment"].sum())
    assert not [f for f in audit(left) if "counts" in f.code]


def test_renumbering_takes_them_along() -> None:
    data = small_world()
    other = renumbered(data, Renumbering.drawn(data))
    assert not [f for f in audit(other) if "counts" in f.code]


def test_values_without_mentions_have_no_totals(tmp_path: Path) -> None:
    published = replace(small_world(), evidence=small_world().evidence[:0], user_mentions=None, item_mentions=None)
    save_dataset(published, tmp_path / "d")
    back = load_dataset(tmp_path / "d")
    assert back.user_mentions is None
    assert back.item_mentions is None
    assert with_totals(back) is back
    few = replace(small_world(), evidence=small_world().evidence[:-9], user_mentions=None)
    assert with_totals(few).user_mentions is None, "other mentions than those of the features"


def test_totals_of_wrong_form_are_named(tmp_path: Path) -> None:
    save_dataset(small_world(), tmp_path / "d")
    path = tmp_path / "d" / "arrays.safetensors"
    arrays = load_file(path)
    for name, wrong in (("user_mentions.sums", None), ("item_mentions.counts", arrays["item_mentions.counts"].astype(np.int64))):
        kept = {k: v for k, v in arrays.items() if k != name} | ({} if wrong is None else {name: wrong})
        save_file(kept, path)
        write_manifest(tmp_path / "d", KIND)
        with pytest.raises(DataError, match=name):
            load_dataset(tmp_path / "d")
    save_file(arrays | {"user_mentions.counts": arrays["user_mentions.counts"][:-1]}, path)
    write_manifest(tmp_path / "d", KIND)
    with pytest.raises(DataError, match=r"arrays.safetensors.*does not fit together"):
        load_dataset(tmp_path / "d")


def test_cells_are_compared_whole() -> None:
    rows = SparseRows.from_dense([[1, 0], [0, 2]])
    assert same_cells(rows, SparseRows.from_dense([[3, 0], [0, 4]]))
    assert not same_cells(rows, SparseRows.from_dense([[0, 1], [0, 2]]))
    assert not same_cells(rows, SparseRows.from_dense([[1, 0, 0], [0, 2, 0]]))


def _settings(unmentioned: str = "zero") -> Settings:
    return Settings("generated", "random", 0, n_candidates=15, unmentioned=unmentioned)  # type: ignore[arg-type]


def _tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(0)
    pairs = [(f"u{u:02}", f"i{i:02}") for u in range(20) for i in rng.permutation(15)[:6]]
    interactions = pd.DataFrame(pairs, columns=["user", "item"]).assign(rating=5.0, time=0)
    said = [(*pair, f"f{rng.integers(5)}", "good", rng.choice([1.0, -1.0]), "") for pair in pairs for _ in range(2)]
    mentions = pd.DataFrame(said, columns=["user", "item", "feature", "opinion", "sentiment", "sentence"])
    interactions["part"] = assign_parts(interactions, "random", 0, 4.0).to_numpy()
    return interactions, mentions


def _world(unmentioned: str):  # type: ignore[no-untyped-def]
    return build_dataset("w", *_tables(), "heldout", _settings(unmentioned))
