"""Changes until the other item is above, is first, or the item leaves the list: by hand, asked again by other means, not found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

import pyexplain as px
from pyexplain import RunOptions, UsageError
from pyexplain.data.sparse import apply_change
from pyexplain.explainers import SolverSettings
from pyexplain.explainers.counterfactual.until import Until, solve_until
from pyexplain.explainers.order import Order
from pyexplain.explainers.standing import with_places
from pyexplain.explainers.types import Explanations
from pyexplain.recommenders.base import Recommender
from pyexplain.registry import load_registry

from ...worlds import small_world
from ..toys import Linear, Relu, world_with

DATA = small_world()
ABOVE, FIRST = Until.parse("above"), Until.parse("first")
NAMES = ["closed", "by autograd", "scores alone", "attention"]


class ScoresAlone(Relu):
    def __init__(self) -> None:
        super().__init__(DATA)
        self.offers = frozenset({"scores"})  # type: ignore[misc]


def recommender(name: str) -> Recommender:
    if name == "attention":
        cls = load_registry(strict=True).get("recommender", "nar")
        trained = cls(cls.Config(dim=8, epochs=10, batch_size=32, patience=0, learning_rate=0.01))
        trained.fit(DATA, RunOptions(seed=2))
        return trained
    return {"closed": lambda: Relu(DATA), "by autograd": lambda: Relu(DATA, fast=False), "scores alone": ScoresAlone}[name]()


def questions(model: Recommender, n: int = 30, each: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """The best items of the first users, each against the next."""
    order = Order(model, DATA)
    items, _ = order.best(np.arange(n), each)
    pairs = np.stack([np.repeat(np.arange(n), each), items.ravel()], axis=1)
    return pairs, order.foil(pairs).items


def asked_again(model: Recommender, found: Explanations) -> list[tuple[int, int, int]]:
    """Of each pair: places of i and j with the change, ties against them, and how many items are above i. Item by item."""
    changed = apply_change(DATA.user_features.select(found.users), found.change).dense()
    out = []
    for row, (user, item, other) in enumerate(zip(found.users, found.items, found.against, strict=True)):
        liked = set(DATA.train[DATA.train[:, 0] == user, 1].tolist())
        items = torch.tensor([i for i in range(DATA.n_items) if i not in liked or i in (item, other)])
        f_u = torch.from_numpy(changed[row]).expand(len(items), -1)
        with torch.no_grad():
            scores = dict(zip(items.tolist(), model.scores(torch.full_like(items, int(user)), items, f_u).tolist(), strict=True))
        values = np.array(list(scores.values()))
        out.append(((values >= scores[item]).sum(), (values >= scores[other]).sum(), (values > scores[item]).sum()))
    return out


def test_what_can_be_asked_for_and_nothing_else() -> None:
    assert (str(ABOVE), str(FIRST), str(Until.parse("leaves-top-10"))) == ("above", "first", "leaves-top-10")
    assert Until.parse("leaves-top-3").k == 3
    for text in (
        "",
        "FIRST",
        "leaves-top-0",
        "leaves-top-",
        "leaves-top--1",
        "leaves-top-01",
        "leaves-top-1.5",
        "leaves-top-९",
        "second",
    ):
        with pytest.raises(UsageError, match="leaves-top-K"):
            Until.parse(text)
    with pytest.raises(UsageError, match="leaves-top-K"):
        Until.parse("leaves-top-" + 30 * "9")


def three_items(bonus: float = 3.5) -> tuple[Linear, px.Dataset]:
    """R(u, 0) = 2 f0, R(u, 1) = f0 + f1, R(u, 2) = f0 + bonus, 0 for others. f_u = (4, 2): 8, 6 and 7.5. Nobody likes a thing."""
    data = world_with([[4, 2]])
    model = Linear(data, [[2, 0], [1, 1], [1, 0]], [[0], [0], [0, 0, 1]])
    model.f_i[2] = 0
    model.f_i[2, 2] = bonus
    return model, replace(data, train=data.train[data.train[:, 0] != 0])


def test_first_needs_more_than_above_by_hand() -> None:
    """f0 down by y and f1 up by x: item 1 is above item 0 where x + y > 2, above item 2 only where x > 1.5."""
    model, data = three_items()
    pair, other = np.array([[0, 0]]), np.array([1])
    found = solve_until(model, data, pair, other, FIRST, SolverSettings(own="only"))
    assert found.valid.tolist() == [True]
    assert (found.place_before.tolist(), found.other_place_before.tolist()) == ([1], [3])
    assert found.other_place_after.tolist() == [1]
    assert (found.until, found.notes) == ("first", ("",))
    assert np.abs(found.change.values).sum() == pytest.approx(2.05, abs=0.06)
    assert found.change.dense()[0, 1] > 1.5


def test_leaving_by_hand() -> None:
    """Item 0 leaves the first two when both others pass it: item 1 where x + y > 2, item 2 where y > .5."""
    model, data = three_items()
    found = solve_until(model, data, np.array([[0, 0]]), np.array([2]), Until.parse("leaves-top-2"), SolverSettings(own="only"))
    assert found.valid.tolist() == [True]
    assert found.place_after.tolist() == [3]
    assert np.abs(found.change.values).sum() == pytest.approx(2.05, abs=0.06)
    assert found.change.dense()[0, 0] < -0.5


def test_who_can_be_first_at_any_point_of_a_grid_is_found() -> None:
    """All 3^8 profiles of 0, 2.5 and 5: of those for whom one of them puts the other item first, most are found (about 9 of 10)."""
    model, (pairs, against) = Relu(DATA), questions(Relu(DATA))
    found = solve_until(model, DATA, pairs, against, FIRST)
    lost = np.flatnonzero(~found.valid)
    assert 0 < len(lost) < len(pairs) / 3
    grid = px.data.SparseRows.from_dense(
        np.stack(np.meshgrid(*[[0, 2.5, 5]] * DATA.n_features), axis=-1).reshape(-1, DATA.n_features)
    )
    missed = 0
    for row in lost:
        scores = Order(model, DATA).scores(np.full(grid.n_rows, pairs[row, 0]), grid)
        other = scores[:, against[row]].copy()
        scores[:, against[row]] = -np.inf
        missed += bool((scores.max(axis=1) < other).any())
    assert missed <= 0.2 * found.valid.sum()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("text", ["above", "first", "leaves-top-3"])
def test_what_is_said_to_be_reached_is_reached_when_every_item_is_asked_again(name: str, text: str) -> None:
    model, until = recommender(name), Until.parse(text)
    pairs, against = questions(model, 12 if name == "scores alone" else 30)
    found = solve_until(model, DATA, pairs, against, until)
    again = asked_again(model, found)
    reached = {
        "above": [p > q for p, q, _ in again],
        "first": [q == 1 for _, q, _ in again],
        "leaves-top": [n >= 3 for *_, n in again],
    }
    np.testing.assert_array_equal(found.valid, reached[until.kind])
    assert found.place_after.tolist() == [p for p, _, _ in again]
    assert found.other_place_after.tolist() == [q for _, q, _ in again]
    assert (found.other_place_before == found.place_before + 1).all()
    assert all(bool(note) != bool(valid) for note, valid in zip(found.notes, found.valid, strict=True))
    changed = apply_change(DATA.user_features.select(pairs[:, 0]), found.change).values
    assert changed.min() > 0
    assert changed.max() <= DATA.settings.max_rating + 1e-5
    if name != "attention":
        assert found.valid.mean() > (0.3 if name == "scores alone" else 0.7)


def test_above_is_what_the_solver_says() -> None:
    pairs, against = questions(Relu(DATA))
    found, plain = solve_until(Relu(DATA), DATA, pairs, against, ABOVE), px.explainers.solve(Relu(DATA), DATA, pairs, against)
    np.testing.assert_array_equal(found.change.dense(), plain.change.dense())
    np.testing.assert_array_equal(found.valid, plain.valid)
    np.testing.assert_array_equal(found.weights.dense(), plain.weights.dense())


@pytest.mark.parametrize("text", ["first", "leaves-top-3"])
def test_no_single_change_of_a_feature_can_be_taken_back(text: str) -> None:
    model, until = Relu(DATA), Until.parse(text)
    pairs, against = questions(model)
    found = solve_until(model, DATA, pairs, against, until, SolverSettings(own="only"))
    several = np.flatnonzero(found.valid & (np.diff(found.change.offsets) > 1))
    assert len(several) > 2
    for row in several:
        for column in found.change.row(row)[0]:
            dense = found.select([row]).change.dense()
            dense[0, column] = 0
            fewer = replace(found.select([row]), change=px.data.SparseRows.from_dense(dense))
            place, other, above = asked_again(model, fewer)[0]
            assert other > 1 if text == "first" else above < 3


def test_own_features_alone_come_first() -> None:
    model, (pairs, against) = Relu(DATA), questions(Relu(DATA))
    here = DATA.user_features.select(pairs[:, 0]).dense() > 0
    only, before = (solve_until(model, DATA, pairs, against, FIRST, SolverSettings(own=own)) for own in ("only", "first"))
    assert not (only.change.dense()[~here] != 0).any()
    assert (before.valid >= only.valid).all()
    assert before.valid.sum() > only.valid.sum()
    np.testing.assert_array_equal(
        before.change.select(np.flatnonzero(only.valid)).dense(), only.change.select(np.flatnonzero(only.valid)).dense()
    )
    allowed = np.ones(DATA.n_features, dtype=bool)
    allowed[2] = False
    barred = solve_until(model, DATA, pairs, against, FIRST, allowed=allowed)
    assert (barred.change.dense()[:, 2] == 0).all()
    assert barred.valid.any()


def test_where_none_is_found_it_is_said_and_not_that_there_is_none() -> None:
    """Item 2 is worth 90 to everybody, and item 1 at most 7 when f0 alone may change."""
    model, data = three_items(bonus=90)
    allowed = np.zeros(data.n_features, dtype=bool)
    allowed[0] = True
    found = solve_until(model, data, np.array([[0, 0]]), np.array([1]), FIRST, allowed=allowed)
    assert found.valid.tolist() == [False]
    assert found.other_place_after[0] > 1
    assert "no change was found that makes the other item first" in found.notes[0]
    top = Until.parse(f"leaves-top-{data.n_items}")
    found = solve_until(model, data, np.array([[0, 0]]), np.array([1]), top)
    assert found.valid.tolist() == [False]
    assert "no change was found" in found.notes[0]


def test_what_holds_already_is_not_reached() -> None:
    model = Relu(DATA)
    items = Order(model, DATA).best(np.array([3]), 12)[0][0]
    first = solve_until(model, DATA, np.array([[3, items[4]]]), items[:1], FIRST)
    assert (first.valid.tolist(), first.notes) == ([False], ("the other item is first already",))
    far = solve_until(model, DATA, np.array([[3, items[11]]]), items[:1], Until.parse("leaves-top-10"))
    assert (far.valid.tolist(), far.notes) == ([False], ("the item is not among the first 10 as it is",))
    behind = solve_until(model, DATA, np.array([[3, items[4]]]), items[:1], ABOVE)
    assert (behind.valid.tolist(), behind.notes) == ([False], ("the other item is ahead already",))
    for found in (first, far, behind):
        assert len(found.change.indices) == 0


def test_rows_do_not_depend_on_the_batch_or_on_memory() -> None:
    model = Relu(DATA)
    pairs, against = questions(model)
    for until in (FIRST, Until.parse("leaves-top-3")):
        whole = solve_until(model, DATA, pairs, against, until)
        for k in range(0, len(pairs), 11):
            alone = solve_until(model, DATA, pairs[k : k + 1], against[k : k + 1], until, max_memory=1)
            assert alone.valid[0] == whole.valid[k]
            np.testing.assert_allclose(alone.change.dense()[0], whole.change.dense()[k], atol=0.2)
        assert len(solve_until(model, DATA, pairs[:0], against[:0], until)) == 0


def test_places_of_anybodys_changes() -> None:
    """Of the user's features, of the item's, and of explanations that change nothing."""
    model = Relu(DATA)
    pairs, against = questions(model)
    order = Order(model, DATA)
    found = with_places(px.explainers.solve(model, DATA, pairs, against), order)
    again = asked_again(model, found)
    assert found.place_after.tolist() == [p for p, _, _ in again]
    assert found.other_place_after.tolist() == [q for _, q, _ in again]
    items = with_places(px.explainers.solve(model, DATA, pairs, against, side="item"), order)
    changed = apply_change(DATA.item_features.select(pairs[:, 1]), items.change)
    np.testing.assert_array_equal(items.place_after, order.place(pairs, None, changed))
    assert (items.place_after[items.valid] > items.other_place_after[items.valid]).all()
    weights = px.explainers.sparse_weights(np.ones((len(pairs), DATA.n_features)))
    plain = with_places(Explanations("x", pairs[:, 0], pairs[:, 1], weights, "", None), order)
    assert plain.place_after is None
    assert plain.other_place_before.tolist() == [0] * len(pairs)
    np.testing.assert_array_equal(plain.place_before, order.place(pairs))
    assert with_places(found.select([3, 1]), order).place_before.tolist() == found.place_before[[3, 1]].tolist()
