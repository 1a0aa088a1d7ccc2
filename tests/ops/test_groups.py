"""Numbers of rows are looked at wherever they lie."""

from __future__ import annotations

import pytest
import torch

from pyexplain.ops.native import check_range


def test_a_column_of_a_table_is_looked_at_and_not_what_lies_beside_it() -> None:
    pairs = torch.tensor([[0, 7], [1, 8], [2, 9]])
    check_range(pairs[:, 0], "users", 3)
    with pytest.raises(IndexError, match=r"items: wanted numbers in 0\.\.8, got 9 at position 2"):
        check_range(pairs[:, 1], "items", 9)
