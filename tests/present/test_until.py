"""--until: the change reaches what was asked, by scores asked here and by hand; where it does not, nothing says that it does."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch

import pyexplain as px
from pyexplain.everyone import explain_everyone
from pyexplain.explainers.counterfactual.until import Until
from pyexplain.present.explanation import PairExplanation

from ..worlds import small_world


@cache
def made() -> px.Run:
    return px.train(small_world(), explainer="cnr", dim=8, epochs=6, warmup_epochs=2)


def order_after(run: px.Run, found: PairExplanation) -> list[str]:
    """The catalogue for the user once the features are as the explanation says, best first; asked row by row, densely."""
    data = run.data
    user = data.users.index(found.user)
    row = torch.from_numpy(data.user_features.select([user]).dense())
    for reason in found.reasons:
        if reason.after is not None:
            row[0, data.features.index(reason.feature)] = reason.after
    items = torch.arange(data.n_items)
    with torch.no_grad():
        scores = run.recommender.scores(torch.full_like(items, user), items, row.expand(len(items), -1)).numpy().copy()
    scores[data.train[data.train[:, 0] == user, 1]] = -np.inf
    return [data.items[i] for i in np.argsort(-scores, kind="stable") if np.isfinite(scores[i])]


@pytest.mark.parametrize("until", ["above", "first", "leaves-top-3"])
def test_what_is_called_reached_is_reached(until: str) -> None:
    run, reached = made(), 0
    for user in run.data.users.names:
        item = run.recommend(user, 1)[0][0]
        found = run.explain(user, item, until=until)
        after = order_after(run, found)
        there = {
            "above": after.index(found.against or "") < after.index(found.item),
            "first": after[0] == found.against,
            "leaves-top-3": found.item not in after[:3],
        }[until]
        assert found.valid == there, found.to_json()
        reached += there
        kinds = {statement.kind: statement for statement in found.statements}
        if until == "first" and there and "replacement" in kinds:
            assert kinds["replacement"].count == (1, 1)
        if not there:
            assert until == "above" or found.note
            assert ("replacement" not in kinds) or after.index(found.against or "") == 0
    assert reached > len(run.data.users) / 3


def test_an_explainer_without_a_change_is_given_one_and_keeps_its_weights() -> None:
    run = made()
    user = run.data.users.names[0]
    item = run.recommend(user, 1)[0][0]
    plain, reaching = (run.explain(user, item, explainer="integrated-gradients", until=until) for until in (None, "first"))
    assert plain.valid is None
    assert reaching.valid is not None
    assert reaching.until == "first"
    weights = {name: weight for name, weight in plain.top(50) if weight}
    assert {name: weight for name, weight in reaching.top(50) if weight} == pytest.approx(weights)


def test_what_nobody_knows_and_what_changes_items_is_refused() -> None:
    run = made()
    user = run.data.users.names[0]
    item = run.recommend(user, 1)[0][0]
    with pytest.raises(px.UsageError, match="nothing that a change can reach"):
        run.explain(user, item, until="second")
    with pytest.raises(px.UsageError, match="changes items"):
        run.explain(user, item, explainer="cer", until="first")


def test_everybody_is_explained_until_the_item_leaves(tmp_path: Path) -> None:
    run, out = made(), tmp_path / "all.parquet"
    explain_everyone(run, out, k=2, until=Until.parse("leaves-top-2"))
    frame = pq.read_table(out).to_pandas().drop_duplicates(["user", "item"])
    leaving = [s for told in frame["statements"] for s in json.loads(told) if s["kind"] == "leaving"]
    assert len(leaving) == int(frame["valid"].sum()) > 0
    assert all(s["count"][0] == 2 and s["count"][1] > 2 for s in leaving)


def test_more_items_than_there_are_reserve_nothing(tmp_path: Path) -> None:
    run = made()
    most, all_of_them = (explain_everyone(run, tmp_path / f"{k}.parquet", k=k) for k in (2**31 - 1, run.data.n_items))
    assert most == all_of_them > 0


def test_lists_longer_than_the_catalogue(tmp_path: Path) -> None:
    run, most = made(), 2**31 - 1
    user = run.data.users.names[0]
    told = run.recommend_with_reasons(user, most)
    assert [item for item, _, _ in told] == [item for item, _ in run.recommend(user, most)]
    assert run.explain(user, told[-1][0], shown=most).item
    assert run.explain(user, told[0][0], until=f"leaves-top-{10**9 - 1}").valid is False  # nothing leaves a list of all


def test_parts_of_another_question_are_not_mixed(tmp_path: Path) -> None:
    """What `explain --all --resume` compares names the question."""
    from pyexplain.everyone import _identity

    run = made()
    given = [
        _identity(run, run.explainer(), {"until": until}) for until in (None, Until.parse("first"), Until.parse("leaves-top-3"))
    ]
    assert len({tuple(sorted(one.items())) for one in given}) == 3
