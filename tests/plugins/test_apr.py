"""APR: the shifts are the steepest ascent of the loss, only its term sees them, and they make training harder."""

from __future__ import annotations

from contextlib import nullcontext

import torch
from torch.nn import functional

from pyexplain import RunOptions
from pyexplain.plugins.apr import APR, AdversarialFactors, ShiftedFactors
from pyexplain.recommenders import Term

from ..worlds import small_world

DATA = small_world()


def network() -> ShiftedFactors:
    made = ShiftedFactors(6, 5, 4, seed=1)
    with torch.no_grad():
        for p in made.parameters():
            p.normal_(generator=torch.Generator().manual_seed(p.numel()))
    return made


BATCH = Term(torch.tensor([0, 0, 3]), torch.tensor([1, 2, 1]), torch.tensor([4, 1, 0]))


def loss(net: ShiftedFactors) -> torch.Tensor:
    none = torch.zeros(3, 0)
    margin = net.decode(BATCH.users, BATCH.preferred, none, none) - net.decode(BATCH.users, BATCH.other, none, none)
    return functional.softplus(-margin).mean()


def test_shifts_are_the_gradients_of_the_batch_at_the_given_length() -> None:
    net = network()
    found = net.worst(BATCH, 0.3)
    whole = torch.autograd.grad(loss(net), [net.user_embedding, net.item_embedding])
    for shift, gradient in zip(found, whole, strict=True):
        gradient = gradient.to_dense() if gradient.is_sparse else gradient
        assert set(shift.rows.tolist()) == set(gradient.abs().sum(dim=1).nonzero()[:, 0].tolist())
        wanted = gradient[shift.rows]
        torch.testing.assert_close(shift.delta, 0.3 * wanted / wanted.norm(dim=1, keepdim=True))


def test_the_shifted_loss_is_larger_and_only_its_term_sees_it() -> None:
    net = network()
    objective = AdversarialFactors(net, APR.Config(radius=0.3, adversarial_weight=0.5, warmup_epochs=1))
    objective.begin_epoch(1)
    assert len(list(objective.terms(BATCH, lambda: torch.zeros(0)))) == 1
    objective.begin_epoch(2)
    losses = []
    for term in objective.terms(BATCH, lambda: torch.zeros(0)):
        with term.within or nullcontext():
            losses.append((float(loss(net).detach()), term.weight))
    assert losses[1][0] > losses[0][0] + 0.05
    assert [weight for _, weight in losses] == [1.0, 0.5]
    assert net.shifts is None
    assert float(loss(net).detach()) == losses[0][0]


def test_training_with_it_stands_shifts_better() -> None:
    """After training, the loss under the worst shift is smaller for APR than for the same factors without the adversarial part."""
    worst = []
    for weight in (0.0, 4.0):
        config = APR.Config(
            dim=8, epochs=40, batch_size=32, patience=0, learning_rate=0.01, warmup_epochs=5, adversarial_weight=weight
        )
        made = APR(config)
        made.fit(DATA, RunOptions(seed=1))
        net = made.model.network
        u, i = (torch.from_numpy(c.copy()) for c in DATA.train.T)
        batch = Term(u, i, (i + 3) % DATA.n_items)
        scores, none = [], torch.zeros(len(u), 0)
        for shifts in (None, net.worst(batch, 0.5)):
            net.shifts = shifts
            margin = net.decode(batch.users, batch.preferred, none, none) - net.decode(batch.users, batch.other, none, none)
            scores.append(float(functional.softplus(-margin).mean().detach()))
        net.shifts = None
        worst.append(scores[1] - scores[0])
    assert worst[1] < 0.9 * worst[0]
