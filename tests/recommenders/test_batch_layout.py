"""Batches of one length in memory: what is put in comes out, and what is not there is nobody's."""

from __future__ import annotations

import pytest
import torch

from pyexplain.ops.pair_features import GROUPS, Batch, group_batch
from pyexplain.recommenders.batch_layout import BatchLayout

from ..ops.test_pair_features import world


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_what_is_put_in_comes_out(dtype: torch.dtype) -> None:
    w = world(9, 8, 12, 5, 7, 16, 3, dtype)
    batch = Batch(w.users, w.positives, w.negatives, w.users, None)
    groups = group_batch(w.tables, batch, [0, 0])
    layout = BatchLayout(16, groups, 12, dtype)
    assert layout.holds(16, groups)
    assert not layout.holds(15, groups)
    there = layout.filled(batch, groups, (3.0, 0.25, 1.5), 2**62 + 3)
    assert there.shape == (layout.words,)
    assert all(torch.equal(a, b) for a, b in zip(layout.batch(there)[:4], batch[:4], strict=True))
    scalars, seed = layout.scalars(there)
    assert (scalars.tolist(), seed.tolist()) == ([3.0, 0.25, 1.5], [2**62 + 3])
    for name in GROUPS:
        found, wanted = layout.groups(there)[name], groups[name]
        n, end = len(wanted.rows), int(wanted.starts[-1])
        assert torch.equal(found.rows[:n], wanted.rows)
        assert found.rows[n:].eq(-1).all()
        assert torch.equal(found.starts[: n + 1], wanted.starts)
        assert found.starts[n:].eq(end).all()
        assert torch.equal(found.order[:end], wanted.order[:end])
        if wanted.weights is not None:
            assert found.weights is not None
            assert torch.equal(found.weights[:end], wanted.weights[:end])
            assert found.weights.dtype == dtype


def test_more_entries_than_there_is_room_for() -> None:
    w = world(9, 8, 12, 5, 7, 16, 3, torch.float32)
    few = group_batch(w.tables, Batch(w.users[:4], w.positives[:4], w.negatives[:4], w.users[:4], None), [0, 0])
    many = group_batch(w.tables, Batch(w.users, w.positives, w.negatives, w.users, None), [0, 0])
    assert not BatchLayout(16, few, 12, torch.float32).holds(16, many)
