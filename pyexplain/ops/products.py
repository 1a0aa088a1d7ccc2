"""matrix_product: a @ b by the fastest float32 routine that torch brings along for this processor.

On AMD processors with AVX-512 torch's own choice uses half of the processor's width; oneDNN, which is in every build of torch,
uses all of it, is 2.3 times as fast and as exact (docs/native.md). Which of the two is used depends on the processor alone,
never on a measurement: the same machine gives the same bits. PYEXPLAIN_PRODUCTS=torch or =onednn chooses by hand.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from ..errors import UsageError
from .native import native

CHOICES = ("auto", "torch", "onednn")
FEWEST = 2**20  # multiplications: below, what oneDNN does before it begins costs more than it saves
ALONE = 2**20  # multiplications: below, more threads than one make nothing faster
FEW = 16  # rows: torch shares out fewer in a way that depends on the number of threads
TOLERANCE = 1e-5  # of float32 products of a few hundred terms around 1


def matrix_product(
    a: Tensor, b: Tensor, add: Tensor | None = None, times: float | None = None, out: Tensor | None = None
) -> Tensor:
    """a @ b (+ add) [n, m], for a [n, k], b [k, m] and add [n, m] or [m]; differentiable, as often as one likes. times: of the
    product of a and b, which nothing is added to. out [n, m]: written, without gradients.

    float32 on the processor takes the route of `route()`, everything else is torch's. Same bits for any number of threads: a small
    product, and one of few rows that torch makes, is one thread's work.
    """
    if not (_plain(a) and _plain(b)):
        return _by_torch(a, b, add, times, out)
    if times is not None:
        a = a * times
    if out is not None:
        return out.copy_(matrix_product(a, b, add))
    if torch.is_grad_enabled() and any(t.requires_grad for t in (a, b, add) if t is not None):
        found: Tensor = _Product.apply(a, b)  # type: ignore[no-untyped-call]
        return found if add is None else found + add
    a, b, add = a.detach(), b.detach(), None if add is None else add.detach()
    if _worth_it(len(a), b):
        return _by_onednn(a, _whole(b.t()), add)
    with _few_threads(len(a), b.numel()):
        return a @ b if add is None else torch.addmm(add, a, b)


def _by_torch(a: Tensor, b: Tensor, add: Tensor | None, times: float | None, out: Tensor | None) -> Tensor:
    """In one operator, which on a GPU is one launch."""
    if times is not None and add is None:
        return torch.addmm(a.new_empty(()), a, b, beta=0, alpha=times, out=out)  # beta 0: what is added to is not read
    return torch.mm(a, b, out=out) if add is None else torch.addmm(add, a, b, out=out)


@contextmanager
def _few_threads(rows: int, cells: int) -> Iterator[None]:
    """One thread for a small product, which none more would make faster, and for few rows."""
    if rows >= FEW and rows * cells >= ALONE:
        yield
        return
    with one_thread():
        yield


@contextmanager
def one_thread() -> Iterator[None]:
    """torch computes with one thread within."""
    threads = torch.get_num_threads()
    if threads == 1:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def repeated_product(b: Tensor, rows: int) -> Callable[..., Tensor]:
    """(a, add=None) -> a @ b (+ add), for many a [n, k] with n about `rows`: what has to be done to b [k, m] before it is
    multiplied is done once. matrix_product's results, bit for bit but for a single row; no gradients."""
    b = b.detach()
    if not _worth_it(rows, b):
        return lambda a, add=None: matrix_product(a, b, add)
    laid_out = torch.ops.mkldnn._reorder_linear_weight(b.t().contiguous(), rows)

    def product(a: Tensor, add: Tensor | None = None) -> Tensor:
        return _by_onednn(a, laid_out, add) if _plain(a) and _worth_it(len(a), b) else matrix_product(a, b, add)

    return product


@functools.cache
def route() -> str:
    """ "onednn" or "torch": what float32 products on the processor are made with. UsageError for an unknown PYEXPLAIN_PRODUCTS."""
    chosen = os.environ.get("PYEXPLAIN_PRODUCTS", "auto")
    if chosen not in CHOICES:
        raise UsageError(f"unknown choice {chosen!r}", where="PYEXPLAIN_PRODUCTS", hint=f"Known: {', '.join(CHOICES)}.")
    if chosen == "torch" or not _exact():
        return "torch"
    module = native()
    return "onednn" if chosen == "onednn" or (module.vendor() == "amd" and module.instruction_set() == "avx512") else "torch"


class _Product(torch.autograd.Function):
    """Its gradients are products of the same kind."""

    @staticmethod
    def forward(a: Tensor, b: Tensor) -> Tensor:
        return matrix_product(a.detach(), b.detach())

    @staticmethod
    def setup_context(context: Any, inputs: tuple[Tensor, Tensor], output: Tensor) -> None:
        context.save_for_backward(*inputs)

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor | None, Tensor | None]:
        (a, b), (gradient,) = context.saved_tensors, gradients
        wanted_a, wanted_b = context.needs_input_grad
        to_a = matrix_product(gradient, b.t()) if wanted_a else None
        to_b = matrix_product(a.t(), gradient) if wanted_b else None
        return to_a, to_b


def _worth_it(n: int, b: Tensor) -> bool:
    """Whether oneDNN is to multiply n rows by b."""
    return _plain(b) and n * b.numel() >= FEWEST and route() == "onednn"


def _plain(matrix: Tensor) -> bool:
    return matrix.dtype == torch.float32 and matrix.device.type == "cpu" and matrix.dim() == 2


def _by_onednn(x: Tensor, weight: Tensor, add: Tensor | None) -> Tensor:
    """x @ weight.T (+ add), for a weight that is whole or laid out."""
    x = _whole(x)
    if add is not None and add.dim() == 2:
        found: Tensor = torch.ops.mkldnn._linear_pointwise.binary(x, add.contiguous(), weight, None, "add")
    else:
        found = torch.ops.mkldnn._linear_pointwise(x, weight, add, "none", [], "")
    return found


def _whole(matrix: Tensor) -> Tensor:
    """As it is, or copied where it is a part of a wider one: oneDNN's fast kernels read whole matrices, upright or turned."""
    return matrix if matrix.is_contiguous() or matrix.t().is_contiguous() else matrix.contiguous()


@functools.cache
def _exact() -> bool:
    """Whether this torch has the operator, and it computes float32 as float32: nothing rounded to fewer bits on the way."""
    if not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return False
    generator = torch.Generator().manual_seed(0)
    x, weight, add = (torch.randn(shape, generator=generator) for shape in ((64, 256), (128, 256), (64, 128)))
    wanted = x.double() @ weight.double().t()
    try:
        laid_out = torch.ops.mkldnn._reorder_linear_weight(weight, len(x))
        found = _by_onednn(x, laid_out, None), _by_onednn(x, weight, add) - add, _by_onednn(x, weight, add[0]) - add[0]
    except (AttributeError, RuntimeError):  # an operator of torch's own, which another version may have changed
        return False
    return all(bool((one - wanted).abs().max() < TOLERANCE * 256**0.5) for one in found)
