"""add_at: sums of rows by their number, differentiable, with the same bits every time on a GPU too."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from pyexplain.ops import add_at

ROOT = Path(__file__).parents[2]


def test_a_sum_by_hand_and_its_gradient() -> None:
    values = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], requires_grad=True)
    found = add_at(torch.ones(3, 2), torch.tensor([2, 0, 2]), values)
    assert found.tolist() == [[4, 5], [1, 1], [7, 9]]
    found.square().sum().backward()
    assert values.grad is not None
    assert values.grad.tolist() == [[14, 18], [8, 10], [14, 18]]


def test_of_single_numbers() -> None:
    assert add_at(torch.zeros(2), torch.tensor([1, 1, 0]), torch.tensor([1.0, 2.0, 4.0])).tolist() == [4, 3]


def test_along_columns() -> None:
    found = add_at(torch.zeros(2, 3), torch.tensor([2, 2]), torch.tensor([[1.0, 2.0], [3.0, 4.0]]), 1)
    assert found.tolist() == [[0, 0, 3], [0, 0, 7]]


def test_nobody_adds_in_another_way() -> None:
    """index_add of torch has other bits each time on a GPU."""
    sources = [*(ROOT / "pyexplain").rglob("*.py"), *(ROOT / "plugins").rglob("*.py")]
    found = [path.name for path in sources if ".index_add" in path.read_text(encoding="utf-8")]
    assert found == ["add_at.py"]


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_the_same_bits_every_time_on_a_gpu() -> None:
    generator = torch.Generator().manual_seed(1)
    values, rows = torch.randn(100_000, 3, generator=generator).cuda(), torch.randint(7, (100_000,), generator=generator).cuda()
    found = [add_at(torch.zeros(7, 3, device="cuda"), rows, values) for _ in range(5)]
    assert all(torch.equal(found[0], other) for other in found)
    torch.testing.assert_close(found[0].cpu(), add_at(torch.zeros(7, 3), rows.cpu(), values.cpu()), rtol=1e-4, atol=1e-2)
