"""The residual of hybrid: it finds what no sum can say, leaves the sum as it is, and what is told of the whole stays true."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
import torch

import pyexplain as px
from pyexplain import RunOptions
from pyexplain.data import SparseRows
from pyexplain.data.build import assign_parts, build_dataset
from pyexplain.data.counts import seen_by
from pyexplain.data.settings import Settings
from pyexplain.data.sparse import apply_change
from pyexplain.data.types import Candidates, Dataset
from pyexplain.errors import UsageError
from pyexplain.everyone import explain_everyone
from pyexplain.margin import AdditiveParts, Margin, contributions
from pyexplain.plugins.hybrid import Hybrid
from pyexplain.recommenders.residual import TABLES
from pyexplain.testing import RecommenderContract

from ..test_profile import profile_of
from ..worlds import grown_world, small_world

ON = {"residual": 8, "residual_dropout": 0.0, "learning_rate": 0.01, "dim": 16, "epochs": 12, "batch_size": 64, "patience": 0}
OFF = {**ON, "residual": 0}


@cache
def either_but_not_both() -> Dataset:
    """Users write about a, b, both or neither. Half of the items are liked by who writes about one of the two, the others by who
    writes about both or neither. Everybody praises, and nothing but words is known: the sum over a and b says nothing."""
    rng, n_items = np.random.default_rng(3), 60
    rows, words = [], []
    for user in range(160):
        said = [name for name, bit in (("a", 1), ("b", 2)) if user & bit]
        liked = rng.permutation(np.arange(len(said) % 2, n_items, 2))[:12]
        for item in liked.tolist():
            rows.append((f"u{user:03}", f"i{item:03}", 5.0, int(rng.integers(1_000_000))))
            words += [(f"u{user:03}", f"i{item:03}", name, "good", 1.0, "It is good.") for name in [*said, "c"]]
    interactions = pd.DataFrame(rows, columns=["user", "item", "rating", "time"])
    interactions["part"] = assign_parts(interactions, "random", 0, 4.0).to_numpy()
    mentions = pd.DataFrame(words, columns=["user", "item", "feature", "opinion", "sentiment", "sentence"])
    return build_dataset("either", interactions, mentions, "heldout", Settings("generated", "random", 0, n_candidates=30))


def trained(data: Dataset, settings: dict[str, object], **more: object) -> px.Run:
    return px.train(data, explainer="hybrid", settings=settings, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def run() -> px.Run:
    return trained(small_world(n_users=120, n_items=90), ON)


def all_pairs(run: px.Run) -> np.ndarray:
    return np.stack(np.meshgrid(np.arange(run.data.n_users), np.arange(run.data.n_items), indexing="ij"), axis=-1).reshape(-1, 2)


def scores(run: px.Run, pairs: np.ndarray) -> torch.Tensor:
    return run.recommender.scores(*torch.from_numpy(pairs.copy()).unbind(1))


def without_lists(data: Dataset) -> Dataset:
    """Without a validation part the last epoch is kept."""
    lists = data.valid_candidates
    return replace(data, valid_candidates=Candidates(lists.users[:0], lists.items[:0], lists.relevant[:0]))


def test_it_finds_what_no_sum_can_say() -> None:
    found = {}
    for width in (0, 16):
        run = trained(either_but_not_both(), {**ON, "residual": width, "epochs": 40, "patience": 10}, kinds=["word"])
        found[width] = px.evaluate(run).to_dict()["runs"][0]["ranking"]["ndcg@10"]
    assert found[0] < 0.25  # 10 of 31 items, drawn: .15
    assert found[16] > found[0] + 0.2


def test_the_sum_learns_what_it_learns_without_to_the_last_bit() -> None:
    data = without_lists(small_world())
    off, on = (trained(data, {**settings, "residual_dropout": 0.5}).recommender.state() for settings in (OFF, ON))
    assert not any(name.startswith("residual") for name in off)
    assert all(torch.equal(value, on[name]) for name, value in off.items())
    assert on["residual.head.w2"].abs().min() > 0


def test_it_begins_at_the_sum() -> None:
    data = seen_by(small_world(), ("word", "history"), counts=True)
    on, off = Hybrid(Hybrid.Config(**ON)), Hybrid(Hybrid.Config(**OFF))
    for made in (on, off):
        made.prepare(data, RunOptions())
    assert torch.equal(on.catalogue_scores(torch.arange(9)), off.catalogue_scores(torch.arange(9)))


def test_every_way_to_ask_gives_the_same_score(run: px.Run) -> None:
    data, made, pairs = run.data, run.recommender, all_pairs(run)
    wanted = scores(run, pairs)
    users, items = torch.from_numpy(pairs[:600].copy()).unbind(1)
    torch.testing.assert_close(made.catalogue_scores(torch.arange(data.n_users)).view(-1), wanted, atol=1e-5, rtol=1e-5)
    rows = data.user_features.select(pairs[:600, 0])
    dense, of_items = (torch.from_numpy(part.dense()) for part in (rows, data.item_features.select(pairs[:600, 1])))
    side = made.user_side(users, items)
    every = data.user_features.tensors()
    whole = SparseRows.from_dense(np.ones((data.n_users, data.n_items), np.float32)).tensors()
    assert not side.linear
    for found in (
        made.scores(users, items, rows.tensors()),
        made.scores(users, items, dense),
        made.scores(users, items, dense, of_items),
        made.scores(users, items, None, of_items),
        side.score(dense @ side.feature_map),
        made.scores_in(whole, torch.arange(data.n_users), every)[:600],
        made.catalogue_scores(torch.arange(data.n_users), every).view(-1)[:600],
    ):
        torch.testing.assert_close(found, wanted[:600], atol=1e-5, rtol=1e-5)


def test_parts_and_contributions_add_up_to_the_lead_of_ten_thousand_pairs(run: px.Run) -> None:
    pairs = all_pairs(run)[:10_000]
    against = (pairs[:, 1] + 7) % run.data.n_items
    lead = (scores(run, pairs).double() - scores(run, np.stack([pairs[:, 0], against], axis=1)).double()).numpy()
    parts = AdditiveParts.of(Margin.of(run.recommender, run.data, pairs, against))
    found = contributions(run.recommender, run.data, pairs, against)
    sums, shared = (np.bincount(rows.row_indices(), rows.values, len(pairs)) for rows in (parts.values, found.values))
    np.testing.assert_allclose(sums + parts.residual + parts.bias, lead, atol=1e-5)
    np.testing.assert_allclose(shared + found.nothing, lead, atol=1e-5)
    np.testing.assert_allclose(sums + parts.residual, shared, atol=1e-5)
    assert np.abs(parts.residual).mean() > 0.1


def test_parts_are_those_of_the_sum_alone(run: px.Run) -> None:
    plain = Hybrid(Hybrid.Config(**OFF))
    plain.prepare(run.data, RunOptions())
    plain.load_state({name: value for name, value in run.recommender.state().items() if not name.startswith("residual")})
    pairs = run.data.test[:50]
    against = (pairs[:, 1] + 7) % run.data.n_items
    parts = [AdditiveParts.of(Margin.of(made, run.data, pairs, against)) for made in (plain, run.recommender)]
    wanted = contributions(plain, run.data, pairs, against).values
    assert np.array_equal(parts[0].values.values, parts[1].values.values)
    np.testing.assert_allclose(parts[1].values.dense(), wanted.dense(), atol=1e-6)
    assert not parts[0].residual.any()
    with pytest.raises(UsageError, match="no sum"):
        AdditiveParts.of(Margin.of(px.train(small_world(), baseline="vbpr", epochs=1).recommender, run.data, pairs, against))


def test_changes_turn_the_order_around_and_are_not_said_to_be_proved(run: px.Run) -> None:
    found = run.explainer("hybrid").explain(run.data.test)
    assert found.counterfactual is not None
    changed = apply_change(run.data.user_features.select(found.users), found.change).tensors()
    users, items, others = (torch.from_numpy(numbers.copy()) for numbers in (found.users, found.items, found.against))
    after = run.recommender.scores(users, items, changed) - run.recommender.scores(users, others, changed)
    before = run.recommender.scores(users, items) - run.recommender.scores(users, others)
    assert np.array_equal(found.valid, ((before > 0) & (after < 0)).numpy())
    assert found.valid.mean() > 0.8
    assert not found.proved.any()
    parts = AdditiveParts.of(Margin.of(run.recommender, run.data, np.stack([found.users, found.items], axis=1), found.against))
    for part, note in zip(parts.residual, found.notes, strict=True):
        assert f"{part:+.3f} of the lead is what features do together" in note
    plain = trained(small_world(), OFF).explainer("hybrid").explain(small_world().test)
    assert plain.proved.any()
    assert not any("together" in note for note in plain.notes)


@pytest.mark.parametrize("until", ["above", "first", "leaves-top-5"])
def test_what_people_are_told_of_it(run: px.Run, until: str) -> None:
    user = run.data.users[4]
    told = run.explain(user, run.recommend(user, 1)[0][0], until=until)
    assert "what features do together (the residual)" in told.note
    assert told.say()


def test_lists_everybody_and_figures(run: px.Run, tmp_path: Path) -> None:
    user = run.data.users[4]
    assert run.explain_list(user, 5).say()
    assert explain_everyone(run, tmp_path / "all.parquet", k=2, top=3) > 0
    assert set(pd.read_parquet(tmp_path / "all.parquet")["proved"]) == {False}
    told = [px.evaluate(run, explanations=True, explainer=name, max_pairs=60).to_dict()["runs"][0] for name in ("hybrid", "events")]
    own, events = (one["explanations"]["faithfulness"]["deletion"] for one in told)
    attributed, popular = (
        told[0][part][name]["faithfulness"]["deletion"]
        for part, name in (("attributions", "integrated-gradients"), ("controls", "popularity"))
    )
    assert own <= min(attributed, popular, events) + 0.01
    assert own < 0.5 * popular


def test_any_number_of_threads_trains_and_ranks_the_same_bits() -> None:
    before, found = torch.get_num_threads(), []
    try:
        for threads in (1, 3):
            made = trained(
                small_world(n_users=120, n_items=90), {**ON, "residual": 64, "epochs": 3}, options=RunOptions(threads=threads)
            )
            found.append({**made.recommender.state(), "scores": made.recommender.catalogue_scores(torch.arange(40))})
    finally:
        torch.set_num_threads(before)
    assert all(torch.equal(found[0][name], found[1][name]) for name in found[0])


def test_an_interrupted_training_goes_on_with_the_same_numbers(tmp_path: Path) -> None:
    settings = {**ON, "residual_dropout": 0.5, "epochs": 6}
    whole = trained(small_world(), settings)

    def leave(label: str, done: int, total: int) -> None:
        if label == "training" and done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trained(small_world(), settings, options=RunOptions(checkpoints=tmp_path, progress=leave))
    again = trained(small_world(), settings, options=RunOptions(checkpoints=tmp_path, resume=True))
    for name, value in whole.recommender.state().items():
        assert torch.equal(value, again.recommender.state()[name]), name


@pytest.mark.parametrize("kinds", [("word",), ("history",), ("history", "word")])
def test_any_kinds_train_explain_and_come_back_from_disk(kinds: tuple[str, ...], tmp_path: Path) -> None:
    data = small_world()
    run = trained(data, {**ON, "epochs": 2}, kinds=kinds)
    run.save(tmp_path / "run")
    again, user = px.load_run(tmp_path / "run", dataset=data), data.users[3]
    assert again.recommend(user, 5) == run.recommend(user, 5)
    item = run.recommend(user, 1)[0][0]
    assert str(again.explain(user, item)) == str(run.explain(user, item))


def test_a_profile_is_answered_as_the_user_in_the_data() -> None:
    run = trained(small_world(), ON)
    for user in (7, 0, 21):
        name, profile = run.data.users[user], profile_of(small_world(), user)
        wanted = run.recommend(name, 6)
        assert run.recommend(profile, 6) == wanted
        one, two = (run.explain(who, wanted[1][0], quotes="none").to_dict() for who in (name, profile))
        for key in ("item", "against", "rank_before", "margin_before", "margin_after", "valid", "features", "note"):
            assert one[key] == two[key], key


def test_a_warm_start_takes_it_along_and_one_without_is_refused() -> None:
    first, grown = trained(small_world(), ON), grown_world()
    more = trained(grown, {**ON, "epochs": 1, "learning_rate": 1e-9}, warm_start=first).recommender.state()
    for name, kind in TABLES.items():
        size = {"items": grown.n_items, "readable": grown.n_features}[kind]
        assert len(more[name]) == size, name
    known, before = more["residual.given"][: small_world().n_items], first.recommender.state()["residual.given"]
    torch.testing.assert_close(known, before, atol=1e-5, rtol=1e-5)
    with pytest.raises(UsageError, match="residual"):
        trained(grown, OFF, warm_start=first)


class OnTop(RecommenderContract):
    cls = Hybrid
    settings: ClassVar[dict[str, object]] = {"residual": 5, "residual_dropout": 0.5, "learning_rate": 0.01}


def test_the_contract_of_recommenders_holds() -> None:
    outcomes = [OnTop.judge(check) for check in OnTop.checks()]
    assert [outcome for outcome in outcomes if outcome.status == "failed"] == []
