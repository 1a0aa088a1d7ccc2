"""Stability, sanity and diversity: by hand, and through copies of a recommender that really depends on its weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from pyexplain.data.sparse import SparseRows
from pyexplain.data.types import Dataset
from pyexplain.errors import RunError
from pyexplain.evaluation.questions import Sample
from pyexplain.evaluation.reruns import copy_recommender, rerun, with_noise
from pyexplain.explainers.base import Explainer
from pyexplain.explainers.types import Explanations
from pyexplain.metrics.base import MetricInput
from pyexplain.recommenders.base import Recommender
from pyexplain.recommenders.options import RunOptions
from tests.metrics.toys import all_metrics, explanations, plugin_module, toy_data
from tests.worlds import small_world

METRICS = {name: cls for name, cls in all_metrics().items() if cls.group in ("stability", "sanity", "diversity")}
DATA = toy_data(np.ones((3, 4)), np.ones((1, 4)))


def value(name: str, given: MetricInput) -> float:
    return METRICS[name]().measure(given, "x").value


def explained(*weights: list[float], users: list[int] | None = None) -> Explanations:
    return explanations(DATA, [(u, 0) for u in users or range(len(weights))], list(weights))


def test_overlap_by_hand() -> None:
    """First two features {0, 1} against {0, 2}: one of three in common. Named once only: 0. Never named: 0."""
    ours = explained([2, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0])
    other = explained([2, 0, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0])
    given = MetricInput(DATA, 2, explanations=ours, noisy=other, randomised=other, reseeded=(ours, other))
    assert value("stability-noise", given) == pytest.approx((1 / 3 + 0 + 0) / 3)
    assert value("sanity", given) == pytest.approx((2 / 3 + 1 + 0) / 3)
    assert value("stability-seeds", given) == pytest.approx(((1 + 1 / 3) / 2 + 1 / 2 + 0) / 3)


def test_only_the_first_k_count() -> None:
    given = MetricInput(DATA, 1, explanations=explained([2, 1, 0, 0]), noisy=explained([2, 0, 1, 0]))
    assert value("stability-noise", given) == 1


def test_other_pairs_cannot_be_compared() -> None:
    given = MetricInput(DATA, explanations=explained([1, 0, 0, 0], users=[0]), noisy=explained([1, 0, 0, 0], users=[1]))
    with pytest.raises(RunError, match="different pairs"):
        value("stability-noise", given)


def test_diversity_by_hand() -> None:
    """{0, 1}, {0}, nothing: of user 0's features one is named by one of two others; user 1's by one of two; user 2 counts as 0."""
    given = MetricInput(DATA, 2, explanations=explained([2, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]))
    assert value("diversity", given) == pytest.approx((0.75 + 0.5 + 0) / 3)


def test_diversity_is_between_users() -> None:
    """Two rows of one user that say the same do not count against each other; with one user there is nothing to compare."""
    rows = [[1, 0, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0]]
    assert value("diversity", MetricInput(DATA, 2, explanations=explained(*rows, users=[0, 0, 1]))) == 1
    alone = MetricInput(DATA, 2, explanations=explained(*rows, users=[0, 0, 0]))
    assert len(METRICS["diversity"]().values(alone)) == 0


class Linear(Recommender):
    """score = weights . f_u, with one learned weight a feature."""

    name = "linear"

    def prepare(self, data: Dataset, options: RunOptions) -> None:
        self.rows = torch.from_numpy(data.user_features.dense())
        self.weights = torch.rand(data.n_features, generator=torch.Generator().manual_seed(options.seed))

    def fit(self, data: Dataset, options: RunOptions) -> list[dict[str, float]]:
        self.prepare(data, options)
        self.weights = torch.arange(data.n_features, dtype=torch.float32) + 1
        return []

    def scores(
        self, users: Tensor, items: Tensor, user_features: Tensor | None = None, item_features: Tensor | None = None
    ) -> Tensor:
        return (self.rows[users] if user_features is None else user_features) @ self.weights

    def state(self) -> dict[str, Tensor]:
        return {"weights": self.weights}

    def load_state(self, state: dict[str, Tensor]) -> None:
        self.weights = state["weights"]


class Weights(Explainer):
    """The recommender's weights."""

    name, comes_with = "weights", "linear"

    def explain(self, pairs: np.ndarray, against: np.ndarray | None = None) -> Explanations:
        rows = SparseRows.from_dense(np.tile(self.recommender.weights.numpy(), (len(pairs), 1)))
        return Explanations(self.name, pairs[:, 0], pairs[:, 1], rows, self.data.features.fingerprint, against)


def test_reruns_leave_the_original_alone_and_tell_the_two_kinds_apart() -> None:
    """An explainer that shows the weights is unmoved by noise on the data and changes when the weights do; echo is the opposite."""
    data = small_world(n_features=40, n_users=60)
    recommender = Linear()
    recommender.fit(data, RunOptions())
    before = recommender.weights.clone()
    sample = Sample("heldout", data.test, None)
    got = {}
    for explainer in (Weights(), plugin_module("controls").Echo()):
        explainer.fit(recommender, data, RunOptions())
        again = rerun(explainer, data, sample, 0, [])
        ours = explainer.explain(sample.pairs)
        given = MetricInput(data, 5, explanations=ours, noisy=again.noisy, randomised=again.randomised)
        got[explainer.name] = value("stability-noise", given), value("sanity", given)
    assert torch.equal(recommender.weights, before)
    assert got["weights"][0] == 1
    assert got["weights"][1] > 0.5
    assert got["echo"][1] == 0


def test_a_recommender_that_cannot_be_made_again() -> None:
    class Wrapped(Linear):
        def __init__(self, config: object, model: object) -> None:
            super().__init__()

    with pytest.raises(RunError, match="cannot be made a second time"):
        copy_recommender(Wrapped(None, "a model"), small_world(), 0, trained=False)


def test_noise_keeps_the_support_and_the_range() -> None:
    data = small_world()
    noisy = with_noise(data, 0)
    assert np.array_equal(noisy.user_features.indices, data.user_features.indices)
    assert not np.array_equal(noisy.user_features.values, data.user_features.values)
    assert noisy.user_features.values.min() >= 0
    assert noisy.user_features.values.max() <= data.settings.max_rating
