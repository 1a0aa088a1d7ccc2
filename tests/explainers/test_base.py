"""What the base class does for a method that only weighs margins: the other item, batches, wrapping."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pyexplain import Explanations, RunOptions
from pyexplain.data.sparse import SparseRows
from pyexplain.errors import DataError, UsageError
from pyexplain.explainers import NO_ITEM, Explainer, choose_against

from ..worlds import small_world
from .toys import Relu, all_pairs

DATA = small_world()
PAIRS, AGAINST = all_pairs(DATA, 30)
MODEL = Relu(DATA)


class Lead(Explainer):
    """Weights are the features of the user, times the lead over the other item."""

    name, comes_with = "lead", "vbpr"
    sizes: list[int]

    def weigh(self, margin):  # type: ignore[no-untyped-def]
        self.sizes.append(len(margin))
        return margin.features.dense() * margin.value()[:, None]


def fitted(cls: type[Explainer] = Lead, **options: int) -> Explainer:
    made = cls()
    made.fit(MODEL, DATA, RunOptions(**options))  # type: ignore[arg-type]
    made.sizes = []  # type: ignore[attr-defined]
    return made


def test_the_other_item_is_the_next_in_the_order_where_none_is_named() -> None:
    found = fitted().explain(PAIRS)
    runner_up = choose_against(MODEL, DATA, PAIRS)
    assert found.against is not None
    assert found.against.tolist() == runner_up.tolist()
    again = fitted().explain(PAIRS, runner_up)
    np.testing.assert_array_equal(again.weights.dense(), found.weights.dense())
    assert (again.method, again.feature_space, again.side) == ("lead", DATA.features.fingerprint, "user")
    assert (found.users.tolist(), found.items.tolist()) == (PAIRS[:, 0].tolist(), PAIRS[:, 1].tolist())


def test_batches_keep_within_the_memory_and_change_no_weight() -> None:
    small = fitted(max_memory=4 * Lead.copies * DATA.n_features * 7)
    found, whole = small.explain(PAIRS, AGAINST), fitted().explain(PAIRS, AGAINST)
    assert small.sizes == [7, 7, 7, 7, 2]  # type: ignore[attr-defined]
    np.testing.assert_allclose(found.weights.dense(), whole.weights.dense(), atol=1e-4)

    class ByItself(Lead):
        copies = 0

    free = fitted(ByItself, max_memory=1)
    free.explain(PAIRS, AGAINST)
    assert free.sizes == [30]  # type: ignore[attr-defined]


@pytest.mark.parametrize("form", [lambda x: x, torch.from_numpy, SparseRows.from_dense])
def test_weights_may_be_an_array_a_tensor_or_sparse_rows(form) -> None:  # type: ignore[no-untyped-def]
    class Formed(Lead):
        def weigh(self, margin):  # type: ignore[no-untyped-def]
            return form(margin.features.dense())

    wanted = DATA.user_features.select(PAIRS[:, 0]).dense()
    np.testing.assert_array_equal(fitted(Formed).explain(PAIRS, AGAINST).weights.dense(), wanted)


def test_whole_explanations_of_batches_are_put_together() -> None:
    class Changing(Lead):
        pairs_at_once = 8

        def weigh(self, margin):  # type: ignore[no-untyped-def]
            value, rows = margin.value().astype(np.float32), margin.features
            more = {"change": rows, "margin_before": value, "notes": tuple(map(str, margin.items)), "side": "user"}
            return Explanations("own", margin.users, margin.items, rows, DATA.features.fingerprint, margin.against, **more)

    found = fitted(Changing).explain(PAIRS, AGAINST)
    assert (found.method, found.margin_after) == ("own", None)
    assert found.change is not None
    np.testing.assert_array_equal(found.change.dense(), DATA.user_features.select(PAIRS[:, 0]).dense())
    assert found.notes == tuple(map(str, PAIRS[:, 1]))
    assert found.margin_before is not None
    assert len(found.margin_before) == len(PAIRS)


def test_one_that_looks_at_no_other_item_is_handed_none_and_may_not_ask() -> None:
    class Alone(Lead):
        contrastive = False

        def weigh(self, margin):  # type: ignore[no-untyped-def]
            assert (margin.against == NO_ITEM).all()
            return margin.features

    assert fitted(Alone).explain(PAIRS).against is None
    with pytest.raises(UsageError, match="one of them is not named"):
        fitted(type("Asking", (Lead,), {"contrastive": False})).explain(PAIRS)


@pytest.mark.parametrize(
    ("gives", "said"),
    [
        (lambda margin: margin.features.dense()[1:], r"shape \(29, 8\), wanted \(30, 8\)"),
        (lambda margin: margin.features.dense()[:, 1:], r"shape \(30, 7\), wanted \(30, 8\)"),
        (lambda margin: margin.features.values, r"shape \(\d+,\), wanted \(30, 8\)"),  # of the stored entries, without their places
        (lambda margin: fitted().explain(PAIRS[:4], AGAINST[:4]), "30 margins and explained 4"),
    ],
)
def test_weights_of_other_margins_are_refused(gives, said: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(DataError, match=said):
        fitted(type("Wrong", (Lead,), {"weigh": lambda self, margin: gives(margin)})).explain(PAIRS, AGAINST)


def test_one_verb_of_the_two_must_be_written() -> None:
    with pytest.raises(TypeError, match="weigh"):
        type("Neither", (Explainer,), {"name": "neither", "comes_with": "vbpr"})()

    class Own(Explainer):
        name, comes_with = "own", "vbpr"

        def explain(self, pairs, against=None):  # type: ignore[no-untyped-def]
            return Explanations("own", pairs[:, 0], pairs[:, 1], self.data.user_features.select(pairs[:, 0]), "")

    assert len(fitted(Own).explain(PAIRS)) == len(PAIRS)
    with pytest.raises(UsageError, match="explain"):
        fitted(Own).weigh(None)  # type: ignore[arg-type]


def test_no_pairs_get_no_rows() -> None:
    found = fitted().explain(PAIRS[:0], AGAINST[:0])
    assert (len(found), found.weights.shape) == (0, (0, DATA.n_features))


@pytest.mark.parametrize(
    ("value", "says"),
    [(np.nan, "30 weights that are NaN or infinite"), (-np.inf, "30 weights that are NaN"), ("much", "weights of type <U")],
)
def test_what_is_no_finite_number_is_said_with_the_name_of_the_method(value: object, says: str) -> None:
    class Odd(Lead):
        name = "odd"

        def weigh(self, margin):  # type: ignore[no-untyped-def]
            found = super().weigh(margin).astype(np.asarray(value).dtype)
            found[:, 0] = value
            return found

    with pytest.raises(DataError, match=says) as raised:
        fitted(Odd).explain(PAIRS, AGAINST)
    assert "odd" in str(raised.value)
