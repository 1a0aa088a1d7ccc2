"""The data set before it grew: the same people and parts, less those who were new, and nothing that is held out later."""

from __future__ import annotations

import numpy as np

from benchmarks.warm_start import rows, smaller
from tests.worlds import planted_groups, small_world


def test_the_smaller_data_set_is_a_part_of_the_larger() -> None:
    data = small_world(n_users=80, n_items=60)
    before = smaller(data, 0.2, 0)
    assert 0.6 * data.n_users < before.n_users < 0.95 * data.n_users
    assert set(before.users.names) < set(data.users.names)
    assert set(before.items.names) < set(data.items.names)
    for part in ("train", "valid", "test"):
        small, large = ({(some.users[u], some.items[i]) for u, i in getattr(some, part).tolist()} for some in (before, data))
        assert small < large
    kept = {(before.users[u], before.items[i]) for u, i in before.train.tolist()}
    assert kept == {
        pair
        for pair in ((data.users[u], data.items[i]) for u, i in data.train.tolist())
        if pair[0] in before.users and pair[1] in before.items
    }
    words = before.evidence.groupby("feature").size().sum()
    assert 0 < words < len(data.evidence)


def test_a_row_compares_both_ways() -> None:
    (line,) = rows(planted_groups(), ["bpr-mf"], 1, 0.1)
    method, anew, epochs, _, warm, later, _ = (cell.strip() for cell in line.strip("|").split("|"))
    assert method == "bpr-mf"
    assert np.isfinite([float(anew), float(warm)]).all()
    assert min(int(epochs), int(later)) >= 1
