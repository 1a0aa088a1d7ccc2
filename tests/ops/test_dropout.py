"""dropout_: against its twin, its share, its seeds, its parts, its threads."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pyexplain.ops import dropout_

from .twins import twin

DTYPES = [torch.float32, torch.float64]


def dropped(x: torch.Tensor, p: float, seed: int, first: int = 0) -> torch.Tensor:
    out = x.clone()
    dropout_(out, p, seed, first)
    return out


@given(
    st.integers(0, 20),
    st.integers(0, 300),
    st.floats(0, 0.99),
    st.integers(0, 2**63 - 1),
    st.integers(0, 2**40),
    st.sampled_from(DTYPES),
)
@settings(max_examples=80, deadline=None)
def test_equals_its_twin(n: int, m: int, p: float, seed: int, first: int, dtype: torch.dtype) -> None:
    x = torch.randn(n, m, generator=torch.Generator().manual_seed(n), dtype=dtype)
    other = x.clone()
    twin("dropout")(other, p, seed, first)
    torch.testing.assert_close(dropped(x, p, seed, first), other)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_keeps_the_mean_and_drops_its_share(p: float) -> None:
    mask = dropped(torch.ones(500, 401), p, 12345)
    assert float((mask == 0).float().mean()) == pytest.approx(p, abs=0.005)
    assert float(mask.mean()) == pytest.approx(1, abs=0.02)
    assert len(mask.unique()) == 2
    # neighbours in a row, in a column, and under the next seed are as good as independent
    kept = (mask > 0).float() - (1 - p)
    other = (dropped(torch.ones(500, 401), p, 12346) > 0).float() - (1 - p)
    for a, b in ((kept[:, 1:], kept[:, :-1]), (kept[1:], kept[:-1]), (kept, other)):
        assert abs(float((a * b).mean())) < 0.01 * p * (1 - p) * 10


def test_parts_of_a_matrix_are_drawn_as_in_the_whole() -> None:
    x = torch.randn(60, 33)
    whole = dropped(x, 0.3, 7)
    assert torch.equal(torch.cat([dropped(x[:20], 0.3, 7), dropped(x[20:], 0.3, 7, first=20 * 33)]), whole)


def test_the_same_bits_for_any_number_of_threads() -> None:
    before, found = torch.get_num_threads(), []
    try:
        for threads in (1, 2, 4, 8):
            torch.set_num_threads(threads)
            found.append(dropped(torch.ones(700, 701), 0.5, 3))
    finally:
        torch.set_num_threads(before)
    assert all(torch.equal(found[0], other) for other in found[1:])


def test_misuse_is_refused() -> None:
    with pytest.raises(ValueError, match="p: wanted a probability from 0 to below 1, got 1"):
        dropout_(torch.zeros(2, 2), 1.0, 0)
    with pytest.raises(ValueError, match="seed: wanted"):
        dropout_(torch.zeros(2, 2), 0.5, -1)
    with pytest.raises(ValueError, match="contiguous"):
        dropout_(torch.zeros(4, 4).t()[:2], 0.5, 0)
    with pytest.raises(TypeError, match=r"x: wanted torch.float32 or torch.float64, got torch.int64"):
        dropout_(torch.zeros(2, 2, dtype=torch.int64), 0.5, 0)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_the_same_entries_on_the_gpu() -> None:
    x = torch.randn(300, 70)
    found = x.cuda()
    dropout_(found, 0.4, 99)
    assert torch.equal(found.cpu(), dropped(x, 0.4, 99))
