"""With very many features: explaining makes no array that is as long as there are features, not even one for a whole batch."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

import pyexplain as px
from pyexplain import everyone
from pyexplain.data.sparse import SparseRows
from pyexplain.data.vocabulary import Vocabulary
from pyexplain.explainers import SolverSettings, solve
from pyexplain.explainers.counterfactual import working_set
from pyexplain.explainers.counterfactual.until import Until, solve_until
from pyexplain.run import Run

from ...worlds import small_world

P = 100_000


@pytest.fixture(scope="module")
def run() -> Run:
    """The small world among many features that nobody writes about."""
    data = small_world()
    names = [*data.features.names, *(f"other{k}" for k in range(P - data.n_features))]

    def widened(rows: SparseRows) -> SparseRows:
        return SparseRows(rows.offsets, rows.indices, rows.values, P)

    wide: dict[str, Any] = {"user_features": widened(data.user_features), "item_features": widened(data.item_features)}
    wide |= {"user_mentions": None, "item_mentions": None}  # nobody asks for them here
    run = px.train(replace(data, features=Vocabulary(names, data.features.kind), **wide), baseline="vbpr", epochs=1, dim=4)
    return px.explain_model(run.recommender, run.data, explainer="cnr")


class Longest(TorchDispatchMode):
    """The longest tensor that is made (views of what was there before do not count)."""

    def __init__(self, known: list[torch.Tensor]) -> None:
        super().__init__()
        self.known, self.numel, self.made = {t.untyped_storage().data_ptr() for t in known}, 0, ""

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        found = function(*args, **(kwargs or {}))
        for out in found if isinstance(found, (tuple, list)) else (found,):
            new = isinstance(out, torch.Tensor) and out.untyped_storage().data_ptr() not in self.known
            if new and out.untyped_storage().nbytes() // out.element_size() > self.numel:
                self.numel, self.made = out.untyped_storage().nbytes() // out.element_size(), str(function)
        return found


def longest(run: Run, act: Any) -> tuple[int, int, str]:
    """Elements of the longest tensor, and bytes of all arrays at the worst moment, once what is kept from call to call is there."""
    act()
    # the tables of the network: [P, d] by themselves
    model = run.recommender.model
    tensors = [p.detach() for p in model.network.parameters()] + [*model.user_rows, *model.item_rows]
    with Longest(tensors) as seen:
        act()
    tracemalloc.start()
    try:
        act()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    return seen.numel, peak, seen.made


@pytest.mark.parametrize("own", ["only", "first"])
def test_a_counterfactual_makes_nothing_as_long_as_the_vocabulary(run: Run, own: str) -> None:
    data = run.data
    pairs = data.train[:20]
    against = (pairs[:, 1] + 1) % data.n_items
    settings = SolverSettings(own=own)
    numel, peak, made = longest(run, lambda: solve(run.recommender, data, pairs, against, settings))
    assert numel < P, made
    assert peak < 4 * P  # bytes: less than one float32 a feature


def test_what_is_found_is_what_is_found_among_few_features(run: Run) -> None:
    """The features that nobody writes about change nothing within the user's own ones, but for rounding."""
    pairs, own = run.data.train[:40], SolverSettings(own="only")
    against = (pairs[:, 1] + 3) % run.data.n_items
    found = solve(run.recommender, run.data, pairs, against, own)
    assert found.change is not None
    assert len(found.change.indices) > 0
    assert set(found.change.indices.tolist()) <= set(run.data.user_features.indices.tolist())


@pytest.mark.parametrize("until", ["first", "leaves-top-3"])
def test_a_change_that_the_whole_catalogue_agrees_with_makes_nothing_as_long(run: Run, until: str) -> None:
    """With the user's own features, and with all."""
    users = np.arange(10)
    items, _ = run.order.best(users, 1)
    pairs = np.stack([users, items[:, 0]], axis=1)
    others = run.order.foil(pairs).items
    # 10 rows among 4096 features at a time
    numel, peak, made = longest(
        run, lambda: solve_until(run.recommender, run.data, pairs, others, Until.parse(until), order=run.order)
    )
    assert numel < P, made
    assert peak < 16 * P  # bytes: less than half a dense row for each of the 10


@pytest.mark.parametrize("explainer", ["black-box", "lime", "shap-sampling"])
def test_questions_make_nothing_as_long_as_the_vocabulary(run: Run, explainer: str) -> None:
    asked = px.explain_model(run.recommender, run.data, explainer=explainer)
    pairs = run.data.train[:8]
    against = (pairs[:, 1] + 1) % run.data.n_items
    numel, peak, made = longest(run, lambda: asked.explainer(explainer).explain(pairs, against))
    assert numel < P, made
    assert peak < 32 * P  # bytes: as much as one dense row for each of the 8; there are hundreds of questions


def test_explaining_everybody_makes_nothing_as_long_as_the_vocabulary(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for the one hash of all parameters, by which a call that was cut off knows what it goes on with."""
    monkeypatch.setattr(working_set, "FEATURES", 512)  # times as many rows as have to look beyond their own
    monkeypatch.setattr(everyone, "_identity", lambda run, chosen, given: {})
    numel, peak, made = longest(run, lambda: everyone.explain_everyone(run, tmp_path / "all.parquet", k=2))
    assert numel < P, made
    assert peak < 4 * P * run.data.n_users / 2  # a dense row for every second user would be more
