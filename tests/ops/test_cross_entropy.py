"""cross_entropy is torch's, and so are its gradients; their bits do not depend on threads."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from pyexplain.ops import cross_entropy


def test_losses_and_gradients_are_those_of_the_formula() -> None:
    logits = torch.randn(5, 7, generator=torch.Generator().manual_seed(1), dtype=torch.float64, requires_grad=True)
    targets = torch.tensor([0, 3, 6, 6, 2])
    wanted = torch.nn.functional.cross_entropy(logits, targets, reduction="none")
    found = cross_entropy(logits, targets)
    torch.testing.assert_close(found, wanted)
    weight = torch.arange(5.0, dtype=torch.float64)
    (mine,), (theirs,) = (torch.autograd.grad((one * weight).sum(), logits) for one in (found, wanted))
    torch.testing.assert_close(mine, theirs)


def test_what_is_next_to_impossible_costs_a_finite_amount() -> None:
    assert cross_entropy(torch.tensor([[0.0, -1e4]]), torch.tensor([1])) == pytest.approx(69.08, abs=0.01)


def test_the_same_bits_for_any_number_of_threads() -> None:
    logits, targets = torch.randn(300, 900, generator=torch.Generator().manual_seed(2)), torch.arange(300)
    before = torch.get_num_threads()

    def once(threads: int) -> tuple[Tensor, Tensor]:
        torch.set_num_threads(threads)
        leaf = logits.clone().requires_grad_()
        found = cross_entropy(leaf, targets)
        return found.detach(), torch.autograd.grad(found.sum(), leaf)[0]

    try:
        one, *others = (once(threads) for threads in (1, 2, 4))
    finally:
        torch.set_num_threads(before)
    assert all(torch.equal(a, b) for other in others for a, b in zip(one, other, strict=True))
