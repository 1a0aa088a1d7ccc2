"""The index says what a scan of the frame says."""

from __future__ import annotations

import numpy as np

from pyexplain.statements.evidence import EvidenceIndex

from ..worlds import small_world
from .planted import world


def test_sizes_are_those_of_a_scan() -> None:
    data = small_world()
    index, said = EvidenceIndex.of(data), data.evidence
    grid = np.indices((data.n_items, data.n_features)).reshape(2, -1)
    sizes = index.size(grid[0], grid[1])
    for number, (item, feature) in enumerate(grid.T.tolist()):
        rows = said[(said["item"] == item) & (said["feature"] == feature)]
        side = rows.groupby("user")["sentiment"].mean()
        assert [int(column[number]) for column in sizes[:3]] == [(side > 0).sum(), (side < 0).sum(), len(side)]
        assert sizes.sentiment[number] == (rows["sentiment"].mean() if len(rows) else 0)


def test_rows_are_those_of_a_scan() -> None:
    data = small_world()
    index, said = EvidenceIndex.of(data), data.evidence
    for row in range(0, len(said), 7):
        user, item, feature = (int(said[name].iloc[row]) for name in ("user", "item", "feature"))
        assert set(index.about(item, feature)) == set(np.flatnonzero((said["item"] == item) & (said["feature"] == feature)))
        assert set(index.written(user, feature)) == set(np.flatnonzero((said["user"] == user) & (said["feature"] == feature)))
        assert set(index.beside(row)) == set(np.flatnonzero((said["user"] == user) & (said["item"] == item)))


def test_nothing_was_ever_said() -> None:
    index = EvidenceIndex.of(world([]))
    assert index.about(0, 0).tolist() == []
    assert [column.tolist() for column in index.size(np.array([0]), np.array([0]))] == [[0]] * 4
