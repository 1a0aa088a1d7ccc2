"""A network in a package of somebody else's gets what ours get, by declaring what it is; the core asks no network for its class."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import pyexplain as px
from pyexplain.recommenders.engine import TorchEngine
from pyexplain.recommenders.fused import FusedEngine
from pyexplain.registry import Registry, load_registry

from ..imports import CORE, FILES
from ..third_party import install
from ..worlds import small_world

PLUGIN = '''
    """Eq. (5) written anew: two tables, two maps into another size than the tables', a head of its own."""

    import torch
    from torch import nn

    from pyexplain import hookimpl
    from pyexplain.recommenders import FeatureMap, FeatureProduct, Recommender, TrainingConfig


    class Undeclared(nn.Module):
        def __init__(self, data, seed):
            super().__init__()
            g = torch.Generator().manual_seed(seed)
            draw = lambda *shape: torch.randn(*shape, generator=g) * 0.3
            self.p, self.q = nn.Parameter(draw(data.n_users, 6)), nn.Parameter(draw(data.n_items, 6))
            self.A, self.B = FeatureMap(draw(data.n_features, 4)), FeatureMap(draw(data.n_features, 4))
            self.W, self.b = nn.Parameter(draw(5, 10)), nn.Parameter(draw(5))
            self.v, self.c = nn.Parameter(draw(5)), nn.Parameter(torch.zeros(()))

        def encode_users(self, users, rows):
            return self.A(rows)

        def encode_items(self, items, rows):
            return self.B(rows)

        def decode(self, users, items, user_latent, item_latent, generator=None):
            x = torch.cat([self.p[users] * self.q[items], user_latent * item_latent], dim=1)
            return torch.relu(x @ self.W.T + self.b) @ self.v + self.c


    class Declared(Undeclared):
        def feature_product(self):
            return FeatureProduct(self.p, self.q, self.A.weight, self.B.weight, self.W, self.b, self.v, self.c)


    class Plain(Recommender):
        name = "plain-five"
        Config = TrainingConfig

        def build(self, data, seed):
            return Undeclared(data, seed)


    class Fast(Recommender):
        name = "fast-five"
        Config = TrainingConfig
        offers = frozenset({"scores", "gradients", "linear-user-side"})

        def build(self, data, seed):
            return Declared(data, seed)


    @hookimpl
    def pyexplain_recommenders():
        return [Plain, Fast]
'''


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    install(tmp_path, "five-anew", PLUGIN)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "five_anew", raising=False)
    return load_registry(strict=True)


def test_it_is_trained_natively_and_learns_the_same(registry: Registry) -> None:
    data = small_world()
    keys = {"dim": 6, "epochs": 2, "dropout": 0.0, "batch_size": 64}
    plain, fast = (px.train(data, baseline=name, registry=registry, **keys) for name in ("plain-five", "fast-five"))
    models = plain.recommender.model, fast.recommender.model
    assert [type(model._engine(plain.recommender.config)) for model in models] == [TorchEngine, FusedEngine]
    for name, wanted in plain.recommender.state().items():
        if name != "c":  # its gradient is zero but for rounding: it cancels in every difference of scores
            torch.testing.assert_close(fast.recommender.state()[name], wanted, rtol=1e-3, atol=1e-4)
    users, items = (torch.from_numpy(column.copy()) for column in data.test.T)
    slow, native = (run.recommender.scores(users, items) - run.recommender.state()["c"] for run in (plain, fast))
    torch.testing.assert_close(native, slow, rtol=1e-3, atol=1e-3)


def test_its_counterfactuals_are_solved_as_ours_are(registry: Registry) -> None:
    data = small_world()
    run = px.train(data, baseline="fast-five", registry=registry, dim=6, epochs=2, dropout=0.0)
    pairs = data.test[:20]
    others = px.explainers.choose_against(run.recommender, data, pairs, 0)
    found = px.explainers.solve(run.recommender, data, pairs, others)
    assert found.valid.any()
    assert np.all(found.margin_after[found.valid] <= 0)


def test_the_core_asks_no_network_for_its_class() -> None:
    """Neither isinstance nor type() beside the name of a network of ours."""
    for path in FILES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            asks = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("isinstance", "issubclass")
            compares = isinstance(node, ast.Compare) and any(isinstance(part, ast.Is | ast.IsNot | ast.Eq) for part in node.ops)
            if asks or compares:
                named = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
                networks = {name for name in named if name.endswith("Network") and name != "PairNetwork"}
                assert not networks, f"{path.relative_to(CORE)}:{node.lineno} asks for {networks}"
