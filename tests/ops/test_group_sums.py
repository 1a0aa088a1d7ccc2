"""Sums over groups are those of a loop in Python, for any of the parts that may be left out and for any number of threads."""

from __future__ import annotations

from itertools import product

import pytest
import torch

from pyexplain.ops.group_sums import Added, run_group_sums
from pyexplain.ops.groups import group_numbers, group_places, group_rows

G = torch.Generator().manual_seed(0)
IDS = torch.tensor([5, 1, 5, 5, 0, 1, 9])
CASES = list(product([False, True], repeat=4))  # with numbers of values, with factors, with their numbers, with weights


def added(case: tuple[bool, ...], dtype: torch.dtype) -> Added:
    numbered, multiplied, numbered_too, weighted = case
    g, m = torch.Generator().manual_seed(1), len(IDS)
    wide = torch.randn(m, 11, generator=g, dtype=dtype)
    return Added(
        wide[:, 3:9],
        torch.randint(0, m, (m,), generator=g) if numbered else None,
        torch.randn(m, 6, generator=g, dtype=dtype) if multiplied else None,
        torch.randint(0, m, (m,), generator=g) if multiplied and numbered_too else None,
        torch.randn(m, generator=g, dtype=dtype) if weighted else None,
    )


@pytest.mark.parametrize("kind", ["kernel", "twin"])
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_sums_of_a_loop(kind: str, case: tuple[bool, ...], dtype: torch.dtype) -> None:
    of, groups = added(case, dtype), group_rows(IDS, 10)
    wanted = torch.zeros(10, 6, dtype=dtype)
    for m, row in enumerate(IDS.tolist()):
        term = of.values[m if of.value_rows is None else of.value_rows[m]].clone()
        if of.factors is not None:
            term *= of.factors[m if of.factor_rows is None else of.factor_rows[m]]
        wanted[row] += term * (1 if of.weights is None else of.weights[m])
    found = (run_group_sums if kind == "kernel" else run_group_sums.twin)(of, groups)
    torch.testing.assert_close(found, wanted[groups.rows], rtol=1e-5, atol=1e-6)
    there = torch.full_like(found, 7)
    assert (run_group_sums if kind == "kernel" else run_group_sums.twin)(of, groups, there) is there
    assert torch.equal(there, found)


def test_the_group_of_each_place_of_the_order() -> None:
    groups = group_rows(IDS, 10)
    assert groups.rows.tolist() == [0, 1, 5, 9]
    assert group_numbers(groups).tolist() == [0, 1, 1, 2, 2, 2, 3]
    assert torch.equal(groups.rows[group_numbers(groups)], IDS[groups.order])
    for places in (group_places(groups), group_places.twin(groups)):
        assert torch.equal(groups.rows[places], IDS)


def test_the_same_bits_for_any_number_of_threads() -> None:
    values, ids = torch.randn(5000, 40, generator=G), torch.randint(0, 900, (5000,), generator=G)
    groups, before, found = group_rows(ids, 900), torch.get_num_threads(), []
    for threads in (1, 2, 4, 8):
        torch.set_num_threads(threads)
        found.append(run_group_sums(Added(values, None, values), groups))
    torch.set_num_threads(before)
    assert all(torch.equal(found[0], other) for other in found)
