"""FM and DeepFM against the formulas, every pair of what is there written out."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import pyexplain as px
from pyexplain.data.counts import seen_by
from pyexplain.plugins.deepfm import DeepFM
from pyexplain.plugins.fm import FM
from pyexplain.recommenders import FactorizationRecommender

from ..testing.test_kinds import KINDS, mixed_world

DATA = seen_by(mixed_world().source, KINDS, counts=True)


def drawn(cls: type[FactorizationRecommender], **settings: object) -> FactorizationRecommender:
    made = cls(cls.Config(dim=3, **settings))
    made.prepare(DATA, px.RunOptions())
    with torch.no_grad():
        for part in made.network.parameters():
            part.normal_(generator=torch.Generator().manual_seed(part.numel()))
    made.changed()
    return made


def normalised(rows: np.ndarray, lengths_of: np.ndarray) -> np.ndarray:
    """Each kind over the length of what lengths_of holds of it."""
    out = rows.astype(np.float64).copy()
    for kind in KINDS:
        at = DATA.features.of_kind(kind)
        length = np.linalg.norm(lengths_of[at])
        out[at] /= length if length > 0 else 1
    return out


def machine(made: FactorizationRecommender, user: int, item: int, f_u: np.ndarray, f_i: np.ndarray) -> float:
    """Equation (1) over x = (one-hot user, one-hot item, f_u, f_i), less its terms of the user alone."""
    net = {name: value.double().numpy() for name, value in made.state().items()}
    f_u = normalised(f_u, DATA.user_features.dense()[user])
    f_i = normalised(f_i, DATA.item_features.dense()[item])
    one, two = np.eye(DATA.n_users)[user], np.eye(DATA.n_items)[item]
    x = np.concatenate([one, f_u, two, f_i])
    v = np.concatenate([net["users"], net["user_features"], net["items"], net["item_features"]])
    w = np.concatenate([net["item_bias"][:, 0], net["feature_bias"][:, 0]])
    of_item = np.arange(len(x)) >= DATA.n_users + DATA.n_features
    total = w @ x[of_item]
    there = np.flatnonzero(x)
    for place, j in enumerate(there):
        for k in there[place + 1 :]:
            if of_item[j] or of_item[k]:
                total += v[j] @ v[k] * x[j] * x[k]
    return float(total)


def deep(made: FactorizationRecommender, user: int, item: int) -> float:
    net = {name: value.double().numpy() for name, value in made.state().items()}
    parts = []
    for side, number, rows in (("user", user, DATA.user_features), ("item", item, DATA.item_features)):
        f = normalised(rows.dense()[number], rows.dense()[number])
        parts.append(net[f"{side}s"][number])
        parts += [f[at] @ net[f"{side}_features"][at] for at in (DATA.features.of_kind(kind) for kind in KINDS)]
    x = np.concatenate(parts)
    for layer in range(2):
        x = np.maximum(0, x @ net[f"weights.{layer}"] + net[f"biases.{layer}"])
    return float(x @ net["out"])


PAIRS = [(0, 1), (3, 7), (5, 22), (28, 2), (11, 11)]


def test_scores_are_the_sum_over_all_pairs() -> None:
    made = drawn(FM)
    users, items = (torch.tensor(column) for column in zip(*PAIRS, strict=True))
    f_u, f_i = DATA.user_features.dense(), DATA.item_features.dense()
    wanted = [machine(made, u, i, f_u[u], f_i[i]) for u, i in PAIRS]
    np.testing.assert_allclose(made.scores(users, items), wanted, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(made.catalogue_scores(users)[range(5), items], wanted, rtol=1e-4, atol=1e-4)
    rng = np.random.default_rng(0)
    other, another = ((rng.random((5, DATA.n_features)) * 2).astype(np.float32) for _ in range(2))
    found = made.scores(users, items, torch.from_numpy(other), torch.from_numpy(another))
    wanted = [machine(made, u, i, other[row], another[row]) for row, (u, i) in enumerate(PAIRS)]
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-4)


def test_the_deep_part_reads_the_same_vectors() -> None:
    made = drawn(DeepFM, hidden=5, layers=2)
    users, items = (torch.tensor(column) for column in zip(*PAIRS, strict=True))
    f_u, f_i = DATA.user_features.dense(), DATA.item_features.dense()
    wanted = [machine(made, u, i, f_u[u], f_i[i]) + deep(made, u, i) for u, i in PAIRS]
    np.testing.assert_allclose(made.scores(users, items), wanted, rtol=1e-4, atol=1e-3)


def test_dropout_in_training_alone() -> None:
    made = drawn(DeepFM, hidden=5, dropout=0.5)
    fields = made.known()
    user, item = fields[0][:8], fields[1][:8]
    still = made.more(user, item, None)
    assert torch.equal(still, made.more(user, item, None))
    one, other = (made.more(user, item, torch.Generator().manual_seed(seed)) for seed in (0, 1))
    assert not torch.equal(one, other)
    assert torch.equal(one, made.more(user, item, torch.Generator().manual_seed(0)))


@pytest.mark.parametrize("cls", [FM, DeepFM])
def test_slopes_are_gradients(cls: type[FactorizationRecommender]) -> None:
    made = drawn(cls)
    users, items = (torch.tensor(column) for column in zip(*PAIRS, strict=True))
    rows = DATA.user_features.select(users.numpy()).tensors()
    features = rows.dense(DATA.n_features).requires_grad_()
    (gradient,) = torch.autograd.grad(made.scores(users, items, features).sum(), features)
    found = made.linear_slopes(users, items, rows)
    if cls is DeepFM:
        assert found is None
        assert gradient.any()
    else:
        torch.testing.assert_close(found, gradient[rows.row_indices(), rows.indices], rtol=1e-4, atol=1e-5)
