"""LIME: the coefficients of a linear score, the same for any batch and memory, scores alone."""

from __future__ import annotations

import numpy as np

from pyexplain import RunOptions
from pyexplain.margin import Coalitions
from pyexplain.plugins.lime import Lime
from pyexplain.registry import load_registry

from ..explainers.toys import Linear, world_with
from ..worlds import small_world

DATA = small_world()


def fitted(**options: int) -> Lime:
    cls = load_registry(strict=True).get("recommender", "vbpr")
    recommender = cls(cls.Config(dim=8, epochs=20, batch_size=32, patience=0, learning_rate=0.01))
    recommender.fit(DATA, RunOptions(seed=2))
    explainer = Lime()
    explainer.fit(recommender, DATA, RunOptions(**options))
    return explainer


def test_of_a_linear_score_it_finds_weight_times_feature() -> None:
    """Margin 2 * 4 - 2 * 2 + 3 * 1 when all three are kept; a ridge of next to nothing shrinks nothing."""
    data = world_with([[4, 2, 1]])
    explainer = Lime(Lime.Config(samples=60, ridge=1e-9))
    model = Linear(data, [[3, -1, 4], [1, 1, 1]])
    explainer.fit(model, data, RunOptions())
    pairs, against = np.array([[0, 0]]), np.array([1])
    found = explainer.coefficients(Coalitions(model, data, pairs, against, 2**20))[0]
    np.testing.assert_allclose(found, [8, -4, 3], rtol=1e-4)
    np.testing.assert_allclose(explainer.explain(pairs, against).weights.dense()[0, :3], [8, 0, 3], rtol=1e-4)


def test_a_larger_ridge_shrinks() -> None:
    data = world_with([[4, 2, 1]])
    model = Linear(data, [[3, -1, 4], [1, 1, 1]])
    asked = Coalitions(model, data, np.array([[0, 0]]), np.array([1]), 2**20)
    sizes = []
    for ridge in (1e-6, 1.0):
        explainer = Lime(Lime.Config(ridge=ridge))
        explainer.fit(model, data, RunOptions())
        sizes.append(np.abs(explainer.coefficients(asked)).sum())
    assert sizes[1] < 0.5 * sizes[0]


def test_rows_do_not_depend_on_the_batch_or_on_memory() -> None:
    explainer, narrow = fitted(), fitted(max_memory=1)
    against = (DATA.test[:, 1] + 3) % DATA.n_items
    together = explainer.explain(DATA.test, against).weights.dense()
    alone = [narrow.explain(DATA.test[k : k + 1], against[k : k + 1]).weights.dense()[0] for k in range(len(DATA.test))]
    np.testing.assert_allclose(together, np.array(alone), atol=1e-4)
    assert together.any()


def test_only_own_features_are_named_and_a_user_without_any_gets_none() -> None:
    data = world_with([[0]])
    explainer = Lime()
    explainer.fit(Linear(data, [[3, -1, 4]]), data, RunOptions())
    found = explainer.explain(np.array([[0, 0], [1, 0]]), np.array([1, 1])).weights.dense()
    assert not found[0].any()
    assert (found[1] > 0).sum() <= (data.user_features.dense()[1] > 0).sum()


def test_no_more_questions_than_were_allowed() -> None:
    """Each is the difference of two scores: all 2^s coalitions of s features, or `samples` where those are too many."""
    data = world_with([[1, 2, 3, 4, 5, 1], [1, 2], [0]])
    model = Linear(data, [[1.0] * 6])
    for row, (samples, wanted) in enumerate([(20, 20), (20, 4), (20, 0)]):
        explainer = Lime(Lime.Config(samples=samples))
        explainer.fit(model, data, RunOptions())
        asked = Coalitions(model, data, np.array([[row, 0]]), np.array([1]), 2**20)
        explainer.coefficients(asked)
        assert asked.asked == 2 * wanted


def test_few_features_are_explained_without_draws() -> None:
    """The regression over all coalitions: the same for any seed; of more features, a seed decides."""
    made = [fitted(seed=seed) for seed in (1, 2)]
    against = (DATA.test[:, 1] + 3) % DATA.n_items
    assert np.diff(DATA.user_features.offsets).max() < 6
    np.testing.assert_array_equal(*(e.explain(DATA.test, against).weights.dense() for e in made))
    for explainer in made:
        explainer.config = Lime.Config(samples=3)
    assert not np.array_equal(*(e.explain(DATA.test, against).weights.dense() for e in made))


def test_the_kernel_by_hand() -> None:
    """Two features, margin only where both are kept: 1 for both, 0 else; weights 1, k, k, k^4 with k = exp(-(1/2 / width)^2)."""
    width = 0.9
    k = np.exp(-((0.5 / width) ** 2))
    weights, x = np.array([1, k, k, k**4]), np.array([[1, 1], [1, 0], [0, 1], [0, 0]])
    design = np.column_stack([np.ones(4), x])
    wanted = np.linalg.solve(design.T @ (weights[:, None] * design), design.T @ (weights * np.array([1, 0, 0, 0])))[1:]
    found = Lime(Lime.Config(width=width, ridge=1e-12))._regression(x[None].astype(bool), np.array([[1.0, 0, 0, 0]]))
    np.testing.assert_allclose(found[0], wanted, rtol=1e-6)
