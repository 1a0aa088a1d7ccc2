"""AMR: the shifts are the steepest ascent of the loss in features of items, features rank what nobody took, training hardens."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional

from pyexplain import RunOptions
from pyexplain.data.sparse import SparseRows
from pyexplain.data.types import Dataset
from pyexplain.plugins.amr import AMR, AdversarialItems, AMRNetwork
from pyexplain.recommenders import Term

from ..worlds import small_world
from .planted import planted_aspects

DATA = small_world()
BATCH = Term(torch.tensor([0, 0, 3]), torch.tensor([1, 2, 1]), torch.tensor([4, 1, 0]))


def network() -> AMRNetwork:
    made = AMRNetwork(DATA, 4, seed=1)
    with torch.no_grad():
        for p in made.parameters():
            p.normal_(generator=torch.Generator().manual_seed(p.numel()))
    return made


def loss(net: AMRNetwork, features: torch.Tensor) -> torch.Tensor:
    """Of BATCH with f_i [I, P], and whatever shift the network has."""
    none = torch.zeros(3, 0)
    scores = [
        net.decode(BATCH.users, items, none, net.encode_items(items, features[items])) for items in (BATCH.preferred, BATCH.other)
    ]
    return functional.softplus(scores[1] - scores[0]).mean()


def test_the_score_by_hand() -> None:
    """p_u = (1, 2), q_i = (3, -1), b_i = .5; f_i = 4 of feature 0 with E_0 = (.5, 1): (1, 2) . (5, 3) + .5."""
    data = replace(DATA, item_features=SparseRows.from_dense(np.eye(DATA.n_items, DATA.n_features) * 4))
    made = AMR(AMR.Config(dim=2))
    made.prepare(data, RunOptions())
    net = made.model.network
    with torch.no_grad():
        net.user_embedding[0], net.item_embedding[0] = torch.tensor([1.0, 2.0]), torch.tensor([3.0, -1.0])
        net.item_bias[0], net.item_map.weight[0] = 0.5, torch.tensor([0.5, 1.0])
    made.model.changed()
    assert float(made.scores(torch.tensor([0]), torch.tensor([0]))) == pytest.approx(5 + 6 + 0.5)


def test_shifts_are_the_gradients_of_the_batch_at_the_given_length() -> None:
    net, features = network(), torch.from_numpy(DATA.item_features.dense()).requires_grad_()
    numbers, moved = net.worst(BATCH, DATA.item_features.tensors(), 0.3)
    (gradient,) = torch.autograd.grad(loss(net, features), features)
    assert numbers.tolist() == gradient.abs().sum(dim=1).nonzero()[:, 0].tolist()
    wanted = gradient[numbers]
    torch.testing.assert_close(moved, 0.3 * wanted / wanted.norm(dim=1, keepdim=True), atol=1e-5, rtol=1e-4)


def test_the_length_goes_by_that_of_the_features_unless_it_is_given() -> None:
    """0.45 of the root of the mean square."""
    made = AMR(AMR.Config(dim=4))
    made.prepare(DATA, RunOptions())
    usual = np.sqrt((DATA.item_features.dense() ** 2).sum(axis=1).mean())
    assert made.objective(DATA, RunOptions()).radius == pytest.approx(0.45 * usual, rel=1e-5)
    twice = replace(DATA, item_features=SparseRows.from_dense(DATA.item_features.dense() * 2))
    made.prepare(twice, RunOptions())
    assert made.objective(twice, RunOptions()).radius == pytest.approx(0.9 * usual, rel=1e-5)
    assert AdversarialItems(network(), DATA.item_features.tensors(), AMR.Config(radius=0.3)).radius == 0.3


def test_the_shifted_loss_is_larger_and_only_its_term_sees_it() -> None:
    net, features = network(), torch.from_numpy(DATA.item_features.dense())
    config = AMR.Config(radius=0.3, adversarial_weight=0.5, warmup_epochs=1)
    objective = AdversarialItems(net, DATA.item_features.tensors(), config)
    objective.begin_epoch(1)
    assert len(list(objective.terms(BATCH, lambda: torch.zeros(0)))) == 1
    objective.begin_epoch(2)
    found = []
    for term in objective.terms(BATCH, lambda: torch.zeros(0)):
        with term.within or nullcontext():
            found.append((float(loss(net, features).detach()), term.weight))
    assert found[1][0] > found[0][0] + 0.05
    assert [weight for _, weight in found] == [1.0, 0.5]
    assert net.shift is None
    by_hand = features.clone()
    numbers, moved = net.worst(BATCH, DATA.item_features.tensors(), 0.3)
    by_hand[numbers] += moved
    assert float(loss(net, by_hand).detach()) == pytest.approx(found[1][0], rel=1e-5)


def unseen_auc(data: Dataset, cares: np.ndarray, unseen: np.ndarray, features: SparseRows) -> float:
    """How often an item nobody took, and which has what the user cares about, is above another without."""
    known = replace(data, item_features=features, train=data.train[~np.isin(data.train[:, 1], unseen)])
    made = AMR(AMR.Config(dim=8, epochs=30, learning_rate=0.01, batch_size=128, patience=0, warmup_epochs=5))
    made.fit(known, RunOptions(seed=1))
    users = np.arange(data.n_users)
    pairs = np.stack(np.meshgrid(users, unseen, indexing="ij"), axis=-1).reshape(-1, 2)
    scores = made.scores(*(torch.from_numpy(c.copy()) for c in pairs.T)).numpy().reshape(len(users), -1)
    good = (data.item_features.dense()[unseen][:, cares] > 0).any(axis=2).T  # [U, n]
    leads = [(row[g][:, None] > row[~g][None]).mean() for row, g in zip(scores, good, strict=True) if g.any() and not g.all()]
    return float(np.mean(leads))


def test_items_that_nobody_took_are_ranked_by_their_features() -> None:
    """Planted; with features that belong to other items chance is left."""
    data, cares = planted_aspects()
    rng = np.random.default_rng(1)
    unseen = rng.permutation(data.n_items)[:25]
    swapped = SparseRows.from_dense(data.item_features.dense()[rng.permutation(data.n_items)])
    assert unseen_auc(data, cares, unseen, data.item_features) > 0.75
    assert unseen_auc(data, cares, unseen, swapped) < 0.6


def lost(weight: float) -> tuple[float, float]:
    """Loss of the training pairs, and what it gains by the worst shift."""
    data = planted_aspects()[0]
    config = AMR.Config(
        dim=8, epochs=30, batch_size=128, patience=0, learning_rate=0.01, warmup_epochs=5, adversarial_weight=weight, radius=3.0
    )
    made = AMR(config)
    made.fit(data, RunOptions(seed=1))
    net = made.model.network
    users, items = (torch.from_numpy(c.copy()) for c in data.train.T)
    batch, rows = Term(users, items, (items + 7) % data.n_items), data.item_features.tensors()
    found, none = [], torch.zeros(len(users), 0)
    for shift in (None, net.worst(batch, rows, 3.0)):
        net.shift = shift
        scores = [net.decode(users, i, none, net.encode_items(i, rows.select(i))) for i in (batch.preferred, batch.other)]
        found.append(float(functional.softplus(scores[1] - scores[0]).mean().detach()))
    net.shift = None
    return found[0], found[1] - found[0]


def test_training_with_it_stands_shifts_better() -> None:
    """The loss gains less by the worst change of item features than without the adversarial part."""
    assert lost(1.0)[1] < 0.8 * lost(0.0)[1]
