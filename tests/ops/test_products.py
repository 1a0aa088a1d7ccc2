"""matrix_product against torch's own, whichever way it takes."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from pyexplain import UsageError
from pyexplain.ops import matrix_product, products, repeated_product


@pytest.fixture(params=["torch", "onednn"])
def chosen(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each of the two ways, on any processor; small products too take it."""
    monkeypatch.setenv("PYEXPLAIN_PRODUCTS", request.param)
    monkeypatch.setattr(products, "FEWEST", 1)
    products.route.cache_clear()
    if products.route() != request.param:
        pytest.skip("this build of torch has no oneDNN")
    return str(request.param)


@pytest.fixture(autouse=True)
def _forget() -> object:
    yield
    products.route.cache_clear()


def matrix(n: int, m: int, layout: str) -> Tensor:
    """[n, m] as it lies in memory: upright, turned, or a part of a wider one."""
    if layout == "turned":
        return torch.randn(m, n).t()
    return torch.randn(n, m + 3)[:, :m] if layout == "part" else torch.randn(n, m)


sizes, layouts = st.integers(1, 40), st.sampled_from(["upright", "turned", "part"])


@settings(max_examples=60, deadline=None)
@given(sizes, sizes, sizes, layouts, layouts, st.sampled_from([None, "vector", "matrix"]), st.integers(0, 2**31))
def test_onednn_gives_what_torch_gives(n: int, k: int, m: int, of_a: str, of_b: str, added: str | None, seed: int) -> None:
    if not products._exact():
        pytest.skip("this build of torch has no oneDNN")
    torch.manual_seed(seed)
    a, b = matrix(n, k, of_a), matrix(k, m, of_b)
    add = None if added is None else torch.randn(m) if added == "vector" else torch.randn(n, m)
    wanted = a.double() @ b.double() + (0 if add is None else add.double())
    torch.testing.assert_close(products._by_onednn(a, products._whole(b.t()), add).double(), wanted, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("shape", [(0, 5, 3), (4, 0, 3), (4, 5, 0), (64, 700, 350)])
def test_any_size(chosen: str, shape: tuple[int, int, int]) -> None:
    n, k, m = shape
    a, b, add = torch.randn(n, k), torch.randn(k, m), torch.randn(n, m)
    torch.testing.assert_close(matrix_product(a, b, add), a @ b + add, rtol=1e-5, atol=1e-3)


@pytest.mark.parametrize("rows", [7, 64, 500])
def test_a_repeated_product_is_the_same_bit_for_bit(chosen: str, rows: int) -> None:
    b = torch.randn(350, 700).t()
    product = repeated_product(b, 64)
    a, add = torch.randn(rows, 700), torch.randn(rows, 350)
    assert torch.equal(product(a), matrix_product(a, b))
    assert torch.equal(product(a, add), matrix_product(a, b, add))
    assert torch.equal(repeated_product(b.double(), 64)(a.double()), a.double() @ b.double())
    torch.testing.assert_close(product(a[:1]), a[:1] @ b, rtol=1e-5, atol=1e-3)


def test_gradients_once_and_twice(chosen: str) -> None:
    a, b, add = (torch.randn(shape, requires_grad=True) for shape in ((6, 5), (5, 4), (4,)))

    def gradients(product: object) -> list[Tensor]:
        loss = product(a, b, add).square().sum()  # type: ignore[operator]
        first = torch.autograd.grad(loss, (a, b, add), create_graph=True)
        second = torch.autograd.grad(sum(g.square().sum() for g in first), (a, b, add))  # type: ignore[arg-type]
        return [*first, *second]

    ours, theirs = gradients(matrix_product), gradients(lambda a, b, add: a @ b + add)
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4 * float(other.detach().abs().max()))


def test_gradients_by_torch_func(chosen: str) -> None:
    a, b = torch.randn(6, 5), torch.randn(5, 4)
    found = torch.func.grad(lambda a: matrix_product(a, b).square().sum())(a)
    torch.testing.assert_close(found, 2 * (a @ b) @ b.t(), rtol=1e-4, atol=1e-4)


def test_double_stays_double(chosen: str) -> None:
    a, b = torch.randn(40, 30, dtype=torch.float64), torch.randn(30, 20, dtype=torch.float64)
    assert torch.equal(matrix_product(a, b), a @ b)


def test_same_bits_for_any_number_of_threads(chosen: str) -> None:
    before = torch.get_num_threads()
    a, b, turned = torch.randn(1024, 700), torch.randn(700, 350), torch.randn(1024, 350)
    found = []
    try:
        for threads in (1, 2, 4, 8):
            torch.set_num_threads(threads)
            found.append((matrix_product(a, b), matrix_product(a.t(), turned)))
    finally:
        torch.set_num_threads(before)
    assert all(torch.equal(x, y) for other in found[1:] for x, y in zip(found[0], other, strict=True))


@pytest.mark.parametrize("n", [1, 2, 3, 5, 7, 11, 15, 16, 33])
@pytest.mark.parametrize(("k", "m"), [(16, 64), (64, 350), (350, 350), (700, 16)])
def test_small_products_and_their_gradients_have_the_same_bits_too(chosen: str, n: int, k: int, m: int) -> None:
    """torch shares out few rows in a way that depends on the number of threads: the last batch of an epoch is one."""
    before = torch.get_num_threads()
    a, b, add = torch.randn(n, k, requires_grad=True), torch.randn(k, m, requires_grad=True), torch.randn(m)
    found = []
    try:
        for threads in (1, 2, 4, 8):
            torch.set_num_threads(threads)
            product = matrix_product(a, b, add)
            found.append((product.detach(), *torch.autograd.grad(product.square().sum(), (a, b))))
            assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
    assert all(torch.equal(x, y) for other in found[1:] for x, y in zip(found[0], other, strict=True))


def test_an_unknown_choice_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYEXPLAIN_PRODUCTS", "mkl")
    products.route.cache_clear()
    with pytest.raises(UsageError, match="auto, torch, onednn"):
        products.route()


def test_a_torch_without_the_operator_goes_on_with_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> Tensor:
        raise AttributeError("no such operator")

    monkeypatch.setenv("PYEXPLAIN_PRODUCTS", "onednn")
    monkeypatch.setattr(products, "_by_onednn", missing)
    products._exact.cache_clear()
    products.route.cache_clear()
    try:
        assert products.route() == "torch"
    finally:
        products._exact.cache_clear()


def test_an_operator_that_rounds_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    def rounded(x: Tensor, weight: Tensor, add: Tensor | None) -> Tensor:
        product = x.bfloat16().float() @ weight.bfloat16().float().t()
        return product if add is None else product + add

    monkeypatch.setattr(products, "_by_onednn", rounded)
    products._exact.cache_clear()
    try:
        assert not products._exact()
    finally:
        products._exact.cache_clear()
