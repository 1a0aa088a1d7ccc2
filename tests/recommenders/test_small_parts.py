"""Parts of recommenders that others are made of, each against its formula."""

from __future__ import annotations

import pytest
import torch

from pyexplain.data.sparse import SparseRows
from pyexplain.errors import UsageError
from pyexplain.recommenders.catalogue import Catalogue
from pyexplain.recommenders.lifted import Lifted
from pyexplain.recommenders.residual import through
from pyexplain.recommenders.size import within_memory


def drawn(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)))


def test_scores_of_every_item_are_the_head_of_every_pair() -> None:
    of = Catalogue(drawn(5, 3), drawn(7, 5), drawn(4, 5), drawn(4), drawn(4, 1)[:, 0], drawn(1)[0])
    users, latents = torch.tensor([3, 0]), drawn(2, 2)
    x = torch.cat([of.users[users], latents], dim=1)[:, None] * of.items
    wanted = (x @ of.W1.T + of.b1).clamp_min(0) @ of.w2 + of.b2
    torch.testing.assert_close(of.scores(users, latents), wanted)


def test_bounds_come_back_and_are_lifted_by_their_rows() -> None:
    bounds = drawn(3, 4)
    assert torch.equal(Lifted.of(bounds).dense(), bounds)
    rows = torch.tensor([[0.0, 2.0, 0.0], [1.0, 0.0, -1.0]])
    lifted = Lifted(drawn(2), SparseRows.from_dense(rows.numpy()).tensors("cpu"), bounds)
    torch.testing.assert_close(lifted.dense(), lifted.constant[:, None] + rows @ bounds)


def test_rows_go_through_a_table_sparse_or_dense() -> None:
    rows, table = drawn(3, 4).clamp_min(0), drawn(4, 2)
    for form in (rows, SparseRows.from_dense(rows.numpy()).tensors("cpu")):
        torch.testing.assert_close(through(form, table), rows @ table)
    assert torch.equal(through(rows[:, :0], table[:0]), torch.zeros(3, 2))


def test_what_no_machine_holds_is_refused_before_it_is_made() -> None:
    assert within_memory(lambda: torch.zeros(3, 4), "here").shape == (3, 4)
    with pytest.raises(UsageError, match="training would take"):
        within_memory(lambda: torch.zeros(10**9, 10**9), "here")
