"""Lists of items that are made where the scores are: what is copied, what is waited for, and that the lists are the processor's."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import pyexplain as px
from pyexplain.errors import RunError
from pyexplain.explainers.catalogue import CatalogueScorer
from pyexplain.ops.first_entries import run_first_entries
from pyexplain.testing.worlds import small_world
from tools.gpu.bench import onto

from .card import card
from .emulation import DTYPES, SCHEDULES, emulated, emulated_kernel

DATA = small_world()
HERE = torch.device("cpu")


@pytest.mark.parametrize("dtype", DTYPES)
def test_long_rows_with_ties_are_sorted_as_by_a_stable_sort(dtype: torch.dtype) -> None:
    kernel, generator = emulated_kernel("first_entries", HERE, dtype), torch.Generator().manual_seed(1)
    assert kernel is not None
    scores = torch.randint(-40, 40, (7, 700), generator=generator).to(dtype) / 8
    offsets, columns = torch.arange(8) * 30, torch.cat([torch.randperm(700, generator=generator)[:30] for _ in range(7)])
    wanted = run_first_entries.twin(scores.clone(), offsets, columns, 60)
    for seed in SCHEDULES:
        emulated().schedule(seed)
        found = run_first_entries.native(kernel, scores.clone(), offsets, columns, 60)
        assert all(map(torch.equal, found, wanted))


def test_a_list_is_one_wait_and_the_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    here = px.train(DATA, explainer="cnr", settings={"epochs": 1, "patience": 0})
    emulated().look_for_races(False)
    try:
        with card(monkeypatch) as there:
            run = onto(here, px.RunOptions(device="cuda:0"))
            users, k = np.arange(DATA.n_users), DATA.n_items
            run.order.best(users[:1], 1)
            there.waits.clear()
            items, scores = run.order.best(users, k)
            assert sum(there.waits.values()) == 1, there.waits
    finally:
        emulated().look_for_races(True)
    wanted, values = here.order.best(users, k)
    np.testing.assert_array_equal(items, wanted)
    np.testing.assert_allclose(scores, values, rtol=1e-4, atol=1e-5)


def test_places_and_next_items_are_the_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Found where the scores are, in one wait for a block of pairs, some of one user."""
    here = px.train(DATA, explainer="cnr", settings={"epochs": 1, "patience": 0})
    pairs = np.concatenate([DATA.test, DATA.train[::3], DATA.test[:5]])
    emulated().look_for_races(False)
    try:
        with card(monkeypatch) as there:
            order = onto(here, px.RunOptions(device="cuda:0")).order
            order.place(pairs[:1])
            there.waits.clear()
            place = order.place(pairs)
            assert sum(there.waits.values()) == 1, there.waits
            below, foils = order.below(pairs), [order.foil(pairs, k) for k in (1, 10)]
            some = DATA.user_features.select(pairs[::-1, 0])
            moved = order.place(pairs, some)
    finally:
        emulated().look_for_races(True)
    np.testing.assert_array_equal(place, here.order.place(pairs))
    np.testing.assert_array_equal(below, here.order.below(pairs))
    np.testing.assert_array_equal(moved, here.order.place(pairs, some))
    for found, k in zip(foils, (1, 10), strict=True):
        for a, b in zip(vars(found).values(), vars(here.order.foil(pairs, k)).values(), strict=True):
            np.testing.assert_array_equal(a, b)


def test_ties_count_against_the_item_there_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every item scores as high as every other: none is below, and the first is the lowest."""
    here = px.train(DATA, explainer="cnr", settings={"epochs": 1, "patience": 0})
    model, pairs = here.recommender.model, DATA.test  # type: ignore[attr-defined]
    dict(model.network.named_parameters())["head.w2"].data.zero_()
    model.changed()
    others = DATA.n_items - np.array([len(DATA.liked.cells(pairs[k : k + 1, 0])[1]) for k in range(len(pairs))])
    with card(monkeypatch):
        order = onto(here, px.RunOptions(device="cuda:0")).order
        place, below, foil = order.place(pairs), order.below(pairs), order.foil(pairs, DATA.n_items)
    assert set(foil.items.tolist()) == {-1}
    assert place.tolist() == others.tolist() == here.order.place(pairs).tolist()
    assert below.tolist() == here.order.below(pairs).tolist()


def test_scores_that_are_no_numbers_are_refused_there_too(monkeypatch: pytest.MonkeyPatch) -> None:
    here = px.train(DATA, explainer="cnr", settings={"epochs": 1, "patience": 0})
    with card(monkeypatch):
        run = onto(here, px.RunOptions(device="cuda:0"))
        parameters = dict(run.recommender.model.network.named_parameters())  # type: ignore[attr-defined]
        parameters["head.b2"].data.fill_(torch.nan)
        run.recommender.model.changed()  # type: ignore[attr-defined]
        scorer = CatalogueScorer(run.recommender, DATA.n_items, DATA.n_features, 2**20)
        with pytest.raises(RunError, match=f"with {2 * DATA.n_items} not finite"):
            scorer.first(np.arange(2), 3, DATA.liked)
