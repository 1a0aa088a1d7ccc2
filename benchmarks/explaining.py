"""Counterfactual and adversarial explanations of training pairs, d = 350."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from pyexplain.data import NegativeSampler
from pyexplain.explainers import SolverSettings, choose_against, solve
from pyexplain.explainers.types import Explanations
from pyexplain.ops import matrix_product
from pyexplain.recommenders.base import Recommender
from pyexplain.recommenders.networks import FeatureProductNetwork
from pyexplain.run import Run

from .measure import Row, in_turn
from .peers import plain_head
from .world import network_of

PEER_PAIRS = 512  # of 200 Adam steps: enough to fill a batch
LOOP_PAIRS = 200


@dataclass(frozen=True, eq=False)
class Asked:
    """Training pairs, each with an item that the user never liked."""

    pairs: np.ndarray
    against: np.ndarray

    @staticmethod
    def of(run: Run, runner_up: bool = False) -> Asked:
        """A random item, or the runner-up, which is what `explain` compares with unless told."""
        data = run.data
        if runner_up:
            return Asked(data.train, choose_against(run.recommender, data, data.train, 0))
        sampler = NegativeSampler(data.train, data.n_users, data.n_items)
        return Asked(data.train, sampler.sample(data.train[:, 0], np.random.default_rng(0)))


def counterfactuals(run: Run, repeats: int) -> list[Row]:
    """A pair, ours and by 200 Adam steps in eager torch from the published start; and what either finds."""
    return [_counterfactual(run, runner_up, repeats) for runner_up in (True, False)]


def _counterfactual(run: Run, runner_up: bool, repeats: int) -> Row:
    asked = Asked.of(run, runner_up)
    what = f"a counterfactual against {'the runner-up' if runner_up else 'a random item'}, d = 350"
    peer = EagerAdam(run, asked)
    found: dict[str, Explanations] = {}

    def ours() -> None:
        found["ours"] = solve(run.recommender, run.data, asked.pairs, asked.against, SolverSettings())

    taken = in_turn({"ours": ours, "theirs": peer.solve}, repeats)
    published = solve(run.recommender, run.data, asked.pairs, asked.against, SolverSettings(solver="adam"))
    note = f"ours: {quality(found['ours'])}; Adam from the published start: {quality(published)}"
    each = 1e3 * taken["ours"] / len(asked.pairs), 1e3 * taken["theirs"] / peer.count
    return Row(what, "200 Adam steps, eager torch, batch 512", "ms", *each, 100, 250, note=note)


def quality(found: Explanations) -> str:
    """Of the pairs whose order can be turned around, in one line."""
    assert found.margin_before is not None
    assert found.valid is not None
    assert found.margin_after is not None
    assert found.change is not None
    rows = np.flatnonzero(found.margin_before >= 0)  # the user prefers the item: there is something to turn around
    sizes = np.diff(found.change.offsets)[rows]
    lengths = np.bincount(found.change.row_indices(), np.abs(found.change.values), minlength=len(found))[rows]
    valid = found.valid[rows]
    lies = int((found.valid & ~(found.margin_after < 0)).sum())
    return (
        f"{valid.mean():.2%} of {len(rows):,} flip when scored again, median {np.median(sizes[valid]):.0f} features, "
        f"mean L1 {lengths[valid].mean():.2f}, {lies} reported as flipped that are not"
    )


class EagerAdam:
    """200 steps of torch.optim.Adam on delta for a batch of pairs at once, features dense, as the paper's eq. (9) is solved."""

    def __init__(self, run: Run, asked: Asked) -> None:
        network = network_of(run.recommender).eval()
        rows = slice(0, PEER_PAIRS)
        users, items, others = (torch.from_numpy(c[rows].copy()) for c in (asked.pairs[:, 0], asked.pairs[:, 1], asked.against))
        self.count = len(users)
        self.f_u = torch.from_numpy(run.data.user_features.select(users.numpy()).dense())
        with torch.no_grad():
            self.sides = [self._side(network, run, users, side) for side in (items, others)]
        self.network = network

    @staticmethod
    def _side(network: FeatureProductNetwork, run: Run, users: Tensor, items: Tensor) -> tuple[Tensor, Tensor]:
        f_i = torch.from_numpy(run.data.item_features.select(items.numpy()).dense())
        return network.user_embedding[users] * network.item_embedding[items], f_i @ network.item_map.weight

    def solve(self) -> Tensor:
        """delta [n, P]."""
        network, head = self.network, [p.detach() for p in self.network.head.parameters()]
        generator = torch.Generator().manual_seed(0)
        delta = (2 * torch.rand(self.f_u.shape, generator=generator) - 1).requires_grad_()
        optimizer = torch.optim.Adam([delta], lr=0.1)
        for _ in range(200):
            z = (self.f_u + delta) @ network.user_map.weight.detach()
            scores = [plain_head(torch.cat([identity, z * gate], dim=1), *head) for identity, gate in self.sides]
            loss = torch.nn.functional.softplus(scores[0] - scores[1]).sum() + 0.001 * (delta.square().sum() + delta.abs().sum())
            (gradient,) = torch.autograd.grad(loss, delta)
            delta.grad = gradient
            optimizer.step()
        return delta.detach()


def adversarial(run: Run, repeats: int) -> list[Row]:
    """A pair's adversarial change of f_u: all training pairs in batches, against one backward a pair in a Python loop."""
    asked = Asked.of(run)
    explainer = run.explainer("car")
    model = run.recommender

    def ours() -> None:
        explainer.explain(asked.pairs, asked.against)

    def loop() -> None:
        for (user, item), other in zip(asked.pairs[:LOOP_PAIRS], asked.against[:LOOP_PAIRS], strict=True):
            one = [torch.tensor([int(k)]) for k in (user, item, other)]
            features = torch.from_numpy(run.data.user_features.select([int(user)]).dense()).requires_grad_()
            margin = model.scores(one[0], one[1], features) - model.scores(one[0], one[2], features)
            (gradient,) = torch.autograd.grad(torch.nn.functional.softplus(-margin).sum(), features)
            gradient / gradient.norm().clamp_min(1e-30)

    taken = in_turn({"ours": ours, "loop": loop, "products": products(model, len(asked.pairs))}, repeats)
    ours_us, products_us = (1e6 * taken[name] / len(asked.pairs) for name in ("ours", "products"))
    what = "an adversarial explanation, d = 350"
    return [
        Row(what, "one backward a pair in a loop", "us", ours_us, 1e6 * taken["loop"] / LOOP_PAIRS, 30, None),
        Row(what, "the matrix products alone", "us", ours_us, products_us, None, 1.3, at_most=True),
    ]


def products(model: Recommender, n: int) -> Callable[[], None]:
    """The products that cannot be avoided: through the head for two items, forth and back, and back to the features."""
    network = network_of(model)
    d = network.user_embedding.shape[1]
    W, E = network.head.W1.detach()[:, d:].contiguous(), network.user_map.weight.detach()
    x = torch.randn(2 * 2048, d)

    def run() -> None:
        for _ in range(0, n, 2048):
            hidden = matrix_product(x, W.T)
            matrix_product(x, W.T)  # of the embeddings
            back = matrix_product(hidden, W)
            matrix_product(back[:2048], E.T)

    return run
