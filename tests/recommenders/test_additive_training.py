"""Steps of the additive form: those of autograd and of Adam on whole tables; and what they refuse."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

import pyexplain as px
from pyexplain import RunOptions
from pyexplain.data import NegativeSampler
from pyexplain.data.counts import seen_by
from pyexplain.data.sparse import SparseRows
from pyexplain.data.types import Candidates
from pyexplain.plugins.hybrid import Hybrid
from pyexplain.recommenders import Objective, Term
from pyexplain.recommenders.additive import Columns
from pyexplain.recommenders.additive_training import AdditiveEngine
from pyexplain.recommenders.without_own import WithoutOwn
from tests.worlds import small_world

ALL = ("word", "history")


@pytest.mark.parametrize("item_bias", [True, False])
def test_steps_are_those_of_autograd_and_dense_adam(item_bias: bool) -> None:
    """Two epochs, against the formula with every training pair left out of its own user by hand."""
    data = seen_by(small_world(), ALL, counts=True)
    made = Hybrid(Hybrid.Config(dim=6, epochs=2, batch_size=16, patience=0, words=0.1, item_bias=item_bias))
    started = Hybrid(made.config)
    started.prepare(data, RunOptions())
    made.fit(replace(data, valid_candidates=no_lists(data)), RunOptions())
    wanted = by_hand(started, data, epochs=2)
    for name, value in made.state().items():
        torch.testing.assert_close(value, wanted[name], atol=2e-5, rtol=1e-4)


def test_without_a_bias_features_carry_all_of_a_score() -> None:
    """Who has no feature scores nothing, for every item; with a bias, what is popular still stands first."""
    data = seen_by(small_world(), ALL, counts=True)
    users = torch.zeros(data.n_items, dtype=torch.long)
    nothing = SparseRows.empty((data.n_items, data.n_features)).tensors()
    spread = {}
    for item_bias in (True, False):
        made = Hybrid(Hybrid.Config(dim=6, epochs=3, patience=0, item_bias=item_bias))
        made.fit(data, RunOptions())
        scores = made.additive.scores(users, torch.arange(data.n_items), nothing, None)
        spread[item_bias] = float(scores.max() - scores.min())
        assert (made.state()["bias"] != 0).any() == item_bias
    assert spread[False] == 0 < 0.1 < spread[True]


def no_lists(data: px.Dataset) -> Candidates:
    lists = data.valid_candidates
    return Candidates(lists.users[:0], lists.items[:0], lists.relevant[:0])


def by_hand(started: Hybrid, data: px.Dataset, epochs: int) -> dict[str, torch.Tensor]:
    net, config = started.additive.network, started.config
    without = WithoutOwn.of(data, Columns.of(data), started.additive.sides, 1.0, 0.5, "cpu")
    quality = started.additive.sides.item_words.dense(len(net.weights))
    sampler, adam = (
        NegativeSampler(data.train, data.n_users, data.n_items),
        torch.optim.Adam(net.parameters(), config.learning_rate),
    )
    pairs = data.train[sampler.counts[data.train[:, 0]] > 0]
    for epoch in range(1, epochs + 1):
        rng = np.random.default_rng([0, 10, epoch])
        order = rng.permutation(len(pairs))
        u, i = torch.from_numpy(pairs[order].copy()).unbind(1)
        j = torch.from_numpy(sampler.sample(pairs[order, 0], rng))
        for at in range(0, len(u), config.batch_size):
            us, ps, ns = (x[at : at + config.batch_size].contiguous() for x in (u, i, j))
            past = without.history(us, ps).dense(data.n_items) @ net.taken
            words = without.users(us, ps).dense(len(net.weights)) * net.weights
            one = net.bias[ps] + (words * without.items(us, ps).dense(len(net.weights))).sum(1) + (past * net.given[ps]).sum(1)
            two = net.bias[ns] + (words * quality[ns]).sum(1) + (past * net.given[ns]).sum(1)
            adam.zero_grad()
            torch.nn.functional.softplus(two - one).mean().backward()
            adam.step()
    return {name: value.detach() for name, value in net.state_dict().items()}


class Twice(Objective):
    def terms(self, batch, user_gradient):  # type: ignore[no-untyped-def]
        yield replace(batch, weight=2.0)


def test_only_plain_bpr_is_trained() -> None:
    data = seen_by(small_world(), ALL, counts=True)
    made = Hybrid(Hybrid.Config(dim=4))
    made.prepare(data, RunOptions())
    without = WithoutOwn.of(data, Columns.of(data), made.additive.sides, 1.0, 0.5, "cpu")
    engine = AdditiveEngine(made.additive.network, without, 0.01)
    one = torch.tensor([0])
    with pytest.raises(TypeError, match="plain BPR alone"):
        engine.step(Term(one, one, one + 1), Twice(), torch.Generator())
