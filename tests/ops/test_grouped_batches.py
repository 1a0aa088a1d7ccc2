"""Batches of one length in memory: what is put in comes out, and what is not there is nobody's."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from pyexplain.ops.grouped_batches import BatchLayout, Triples, run_grouped_batches
from pyexplain.ops.pair_features import GROUPS, Batch, group_batch

from .test_pair_features import world
from .twins import twin

N, BATCHES = 16, 3


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("way", ["native", "twin"])
def test_what_is_put_in_comes_out(way: str, dtype: torch.dtype) -> None:
    w = world(9, 8, 12, 5, 7, N * BATCHES, 3, dtype)
    tables = w.tables
    layout = BatchLayout(N, (N * 12, 2 * N * 12), 12, dtype)
    out = torch.full((BATCHES, layout.words), 77)
    run = run_grouped_batches if way == "native" else twin("grouped_batches")
    run(layout, tables.user_rows, tables.item_rows, Triples(w.users, w.positives, w.negatives, 9, 8), out)
    for number, words in enumerate(out):
        part = slice(number * N, number * N + N)
        batch = Batch(*(each[part].contiguous() for each in (w.users, w.positives, w.negatives, w.users)), None)
        assert all(torch.equal(a, b) for a, b in zip(layout.batch(words)[:4], batch[:4], strict=True))  # type: ignore[arg-type]
        _look(layout, words, group_batch(tables, batch, [0, 0]))
        assert words[layout.places["scalars"]].eq(77).all(), "not its own"


def _look(layout: BatchLayout, words: Tensor, groups: dict) -> None:  # type: ignore[type-arg]
    for name in GROUPS:
        found, wanted = layout.groups(words)[name], groups[name]
        n, end = len(wanted.rows), int(wanted.starts[-1])
        assert torch.equal(found.rows[:n], wanted.rows)
        assert found.rows[n:].eq(-1).all()
        assert torch.equal(found.starts[: n + 1], wanted.starts)
        assert found.starts[n:].eq(end).all()
        assert torch.equal(found.order[:end], wanted.order[:end])
        if wanted.weights is not None:
            assert torch.equal(found.weights[:end], wanted.weights[:end])


def test_scalars_are_kept_to_the_bit() -> None:
    layout = BatchLayout(4, (8, 8), 12, torch.float32)
    words = torch.zeros(layout.words, dtype=torch.int64)
    scalars, seed = layout.scalars(words)
    scalars.copy_(torch.tensor([3.0, 0.1, 1.5], dtype=torch.float64))
    seed.fill_(2**62 + 3)
    assert [part.tolist() for part in layout.scalars(words)] == [[3.0, 0.1, 1.5], [2**62 + 3]]


def test_what_there_is_room_for() -> None:
    layout = BatchLayout(16, (20, 30), 12, torch.float32)
    assert layout.holds(16, (20, 30))
    assert not any(layout.holds(*other) for other in ((15, (20, 30)), (16, (21, 30)), (16, (20, 31))))
