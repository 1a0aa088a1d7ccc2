"""What features of a change weigh: by hand on a linear score and on one that bends, and asked again entry by entry."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from pyexplain import Dataset, RunOptions, UsageError
from pyexplain.data.sparse import SparseRows, apply_change
from pyexplain.explainers import Explainer, Explanations, SolverSettings, solve, weights_of_change
from pyexplain.explainers.counterfactual.measures import MEASURES, one_mention
from pyexplain.margin import Margin
from pyexplain.recommenders import Recommender
from pyexplain.registry import load_registry

from ...worlds import small_world
from ..toys import Linear, Relu, all_pairs, world_with

DATA = small_world()
ONE = 1 + 4 * (2 / (1 + np.exp(-1.0)) - 1)  # 2.848, eq. (1) of one mention


class Both(Linear):
    """min of the first two features plus a third of the third, for item 0; 1 for every other item."""

    def __init__(self, data: Dataset) -> None:
        super().__init__(data, [])

    def scores(
        self, users: Tensor, items: Tensor, user_features: Tensor | None = None, item_features: Tensor | None = None
    ) -> Tensor:
        f = self.f_u[users] if user_features is None else user_features
        return torch.where(items == 0, torch.minimum(f[:, 0], f[:, 1]) + f[:, 2] / 3, 1.0)


def changed(model: Recommender, data: Dataset, delta: list[float]) -> tuple[Margin, Explanations]:
    """The margin of user 0 for item 0 against item 1, and explanations with that change of it."""
    margin = Margin.of(model, data, np.array([[0, 0]]), np.array([1]))
    row = np.zeros((1, data.n_features), np.float32)
    row[0, : len(delta)] = delta
    change = SparseRows.from_dense(row)
    before, after = margin.value(), margin.value(apply_change(margin.features, change))
    nothing = SparseRows.empty((1, data.n_features))
    pair = (np.array([0]), np.array([0]), nothing, data.features.fingerprint, np.array([1]))
    numbers = (before.astype(np.float32), after.astype(np.float32), (before > 0) & (after < 0))
    return margin, Explanations("toy", *pair, change, *numbers)


@pytest.mark.parametrize(
    ("measure", "wanted"),
    [
        ("delta", [-4, 0, 2, -1]),
        ("abs-delta", [4 / ONE, 0, 2 / ONE, 1 / ONE]),
        # margin 3 * 4 - 2 * 1 + 1 = 11, with the change -6: it falls by 17, of which 12, 4 and 1 are these features'
        ("flip-share", [12 / 17, 0, 4 / 17, 1 / 17]),
    ],
)
def test_by_hand_on_a_linear_score(measure: str, wanted: list[float]) -> None:
    data = world_with([[4, 2, 1, 1]])
    margin, found = changed(Linear(data, [[3, 0, 0, 1], [0, 0, 2, 0]]), data, [-4, 0, 2, -1])
    np.testing.assert_allclose(weights_of_change(measure, margin, found).dense()[0, :4], wanted, rtol=1e-5)


def test_an_entry_of_history_is_one_of_its_own() -> None:
    data = DATA.with_kinds(("history", "word"))
    mine, words = data.user_features.row(0)[0], data.n_items
    delta = np.zeros(data.n_features)
    delta[mine[0]], delta[words] = -1, 2
    margin, found = changed(Relu(data), data, delta.tolist())
    weights = weights_of_change("abs-delta", margin, found).dense()[0]
    assert weights[[mine[0], words]].tolist() == pytest.approx([1, 2 / ONE])


def test_a_share_is_what_is_lost_alone_and_a_change_without_effect_weighs_nothing() -> None:
    """min(4, 3) + 3/3 - 1 = 3 falls to min(1, 1) + 4.5/3 - 1 = 1.5: taking back one of the two that fall loses nothing, because the
    other still is the smaller; taking back the rise, which worked against the change, loses nothing either."""
    data = world_with([[4, 3, 3]])
    margin, found = changed(Both(data), data, [-3, -2, 1.5])
    assert (found.margin_before, found.margin_after) == (pytest.approx(3.0), pytest.approx(1.5))
    assert weights_of_change("flip-share", margin, found).indices.tolist() == []
    margin, found = changed(Both(data), data, [-3, -1, 0])  # from 3 to 1; without the first to 2, without the second to 1
    np.testing.assert_allclose(weights_of_change("flip-share", margin, found).dense()[0, :3], [0.5, 0, 0], rtol=1e-6)


def test_a_margin_that_does_not_fall_has_no_shares() -> None:
    data = world_with([[4, 2]])
    margin, found = changed(Linear(data, [[1, 1]]), data, [0.5, 1])
    assert weights_of_change("flip-share", margin, found).indices.tolist() == []
    assert weights_of_change("abs-delta", margin, found).indices.tolist() == [0, 1]


@pytest.mark.parametrize("own", ["first", "any"])
@pytest.mark.parametrize("fast", [True, False])
def test_shares_are_those_of_asking_entry_by_entry(fast: bool, own: str) -> None:
    model = Relu(DATA, fast=fast)
    pairs, against = all_pairs(DATA, 60)
    found = solve(model, DATA, pairs, against, SolverSettings(own=own))
    assert found.change is not None
    shares = weights_of_change("flip-share", Margin.of(model, DATA, pairs, against), found).dense()
    checked = 0
    for row in np.flatnonzero(found.valid):
        f, delta = (rows.dense()[row] for rows in (DATA.user_features.select(pairs[:, 0]), found.change))
        for k in np.flatnonzero(delta):
            without = delta.copy()
            without[k] = 0
            m = [_margin(model, pairs[row], against[row], f + d) for d in (0 * delta, delta, without)]
            assert shares[row, k] == pytest.approx(max(0.0, (m[2] - m[1]) / (m[0] - m[1])), abs=2e-4)
            checked += 1
        assert (shares[row][delta == 0] == 0).all()
    assert checked > 40


def _margin(model: Recommender, pair: np.ndarray, other: int, features: np.ndarray) -> float:
    rows = torch.from_numpy(features.astype(np.float32))[None]
    user, item, against = (torch.tensor([int(x)]) for x in (*pair, other))
    with torch.no_grad():
        return float(model.scores(user, item, rows) - model.scores(user, against, rows))


def test_one_mention_of_a_user_and_of_an_item_and_where_what_is_not_mentioned_is_one() -> None:
    assert one_mention(DATA) == pytest.approx(ONE)
    assert one_mention(DATA, "item") == pytest.approx(1 + 4 / (1 + np.exp(-1.0)))
    literal = replace(DATA, settings=replace(DATA.settings, unmentioned="literal"))
    assert one_mention(literal) == pytest.approx(ONE - 1)


def test_another_measure_and_explanations_without_a_change_are_refused() -> None:
    data = world_with([[4, 2]])
    margin, found = changed(Linear(data, [[1, 1]]), data, [-1, 0])
    with pytest.raises(UsageError, match="size"):
        weights_of_change("size", margin, found)
    with pytest.raises(UsageError, match="no change"):
        weights_of_change("delta", margin, replace(found, counterfactual=None))


@pytest.mark.parametrize("measure", MEASURES)
def test_cnr_weighs_by_its_change_and_names_nothing_else(measure: str) -> None:
    found = fitted("cnr", Relu(DATA), weights=measure).explain(*all_pairs(DATA, 40))
    assert found.change is not None
    weighing, changing = (
        set(zip(rows.row_indices().tolist(), rows.indices.tolist(), strict=True)) for rows in (found.weights, found.change)
    )
    assert weighing <= changing
    if measure != "flip-share":
        assert weighing == changing
    sign = np.sign(found.change.dense()) if measure == "delta" else np.abs(np.sign(found.weights.dense()))
    assert (np.sign(found.weights.dense()) == sign).all()


def test_with_until_the_weights_are_of_the_change_that_is_told() -> None:
    import pyexplain as px

    run = px.train(DATA, explainer="cnr", dim=8, epochs=4, warmup_epochs=2)
    more = 0
    for user in run.data.users.names[:20]:
        item = run.recommend(user, 2)[1][0] if len(run.recommend(user, 2)) > 1 else run.recommend(user, 1)[0][0]
        found = run.explain(user, item, until="first", settings={"weights": "abs-delta"})
        unit = one_mention(run.data)
        for reason in found.reasons:
            assert reason.after is not None
            assert reason.weight == pytest.approx(abs(reason.after - reason.before) / unit, abs=1e-6)
        more += len(found.named) > 1
    assert more


def fitted(name: str, model: Recommender, **keys: object) -> Explainer:
    cls = load_registry(strict=True).get("explainer", name)
    explainer: Explainer = cls(cls.Config(**keys))
    explainer.fit(model, DATA, RunOptions())
    return explainer
