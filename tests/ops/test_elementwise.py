"""sigmoid and softplus: torch's figures, and the same bits whatever the number of threads, there and back."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from pyexplain.ops import sigmoid, softplus

ROOT = Path(__file__).parents[2]
BOTH = [(sigmoid, torch.sigmoid), (softplus, functional.softplus)]
THREADS = (1, 2, 3, 4, 7)
SIZES = (1, 1000, 33_000, 36_600, 100_100)
UNLIKE = {"sigmoid", "softplus", "logaddexp", "sigmoid_", "binary_cross_entropy_with_logits"}


@pytest.fixture
def threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def there_and_back(f: Callable[[Tensor], Tensor], n: int) -> list[Tensor]:
    """The values, and the first and second derivative at drawn numbers."""
    x = (torch.randn(n, generator=torch.Generator().manual_seed(n)) * 8).requires_grad_()
    value = f(x)
    (slope,) = torch.autograd.grad((value * torch.linspace(-1, 2, n)).sum(), x, create_graph=True)
    (curve,) = torch.autograd.grad(slope.sum(), x)
    return [value.detach(), slope.detach(), curve]


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize(("mine", "torchs"), BOTH)
@pytest.mark.usefixtures("threads")
def test_the_figures_are_torchs_by_one_thread_for_any_number(
    mine: Callable[[Tensor], Tensor], torchs: Callable[[Tensor], Tensor], n: int
) -> None:
    torch.set_num_threads(1)
    wanted = there_and_back(torchs, n)
    for count in THREADS:
        torch.set_num_threads(count)
        found = there_and_back(mine, n)
        assert torch.get_num_threads() == count
        assert all(map(torch.equal, found[:2], wanted[:2]))
        torch.testing.assert_close(found[2], wanted[2])


@pytest.mark.parametrize("folder", ["plugins", "pyexplain"])
def test_nobody_takes_torchs_own(folder: str) -> None:
    """numpy's are one thread's work."""
    paths = [path for path in sorted((ROOT / folder).rglob("*.py")) if path.name != "elementwise.py"]
    nodes = ((path, node) for path in paths for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path, node in nodes
        if isinstance(node, ast.Attribute) and node.attr in UNLIKE and not _is_numpy(node)
    ]
    assert len(paths) > 20
    assert found == []


def _is_numpy(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id == "np"
