"""DenseAdam against torch.optim.Adam: the same bits."""

from __future__ import annotations

import torch

from pyexplain.recommenders.dense_adam import DenseAdam


def test_the_same_bits_as_the_object() -> None:
    g = torch.Generator().manual_seed(0)
    mine, other = (
        [torch.nn.Parameter(torch.randn(shape, generator=g.manual_seed(1))) for shape in ((5, 3), (7,), ())] for _ in "ab"
    )
    one, two = DenseAdam(mine, lr=0.01), torch.optim.Adam(other, lr=0.01)
    for step in range(30):
        for a, b in zip(mine, other, strict=True):
            a.grad, b.grad = None, None
            if step % 3 or a.dim():  # the last one has no gradient now and then
                a.grad = torch.randn(a.shape, generator=g)
                b.grad = a.grad.clone()
        one.step()
        two.step()
    for a, b in zip(mine, other, strict=True):
        assert torch.equal(a, b)
        assert one.state[a].keys() == two.state[b].keys()
        assert all(torch.equal(value, two.state[b][name]) for name, value in one.state[a].items())


def test_nothing_to_train_is_no_error() -> None:
    made = DenseAdam([], lr=0.01)
    made.step()
    assert not made.state
