"""Frames in, frames out: many users and pairs at once are what each by itself is."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import pyexplain as px
from pyexplain.tables import RECOMMENDED, pairs_of
from tests.worlds import small_world


@pytest.fixture(scope="module")
def run() -> px.Run:
    return px.train(small_world(), explainer="cnr", epochs=8, dim=8)


USERS = ["u003", "u001"]


def test_lists_of_many_users_are_those_of_each(run: px.Run) -> None:
    frame = run.recommend(USERS, k=3)
    assert tuple(frame.columns) == RECOMMENDED
    for user in USERS:
        mine = frame[frame["user"] == user]
        best = run.recommend(user, 3)
        assert mine["item"].tolist() == [item for item, _ in best]
        assert mine["score"].tolist() == pytest.approx([score for _, score in best], abs=1e-5)
        assert mine["rank"].tolist() == [1, 2, 3]
    assert run.recommend(pd.Series(USERS), k=3).equals(frame)


def test_with_reasons_each_row_has_its_sentence(run: px.Run) -> None:
    frame = run.recommend("u003", 3, explain=True)
    assert frame["sentence"].tolist() == [why.say() for *_, why in run.recommend_with_reasons("u003", 3)]


def test_scores_of_pairs_are_those_of_the_ranking(run: px.Run) -> None:
    best = run.recommend("u003", 3)
    frame = run.score(pd.DataFrame({"item": [item for item, _ in best], "user": "u003", "note": "x"}))
    assert list(frame.columns) == ["user", "item", "score"]
    assert frame["score"].tolist() == pytest.approx([score for _, score in best], abs=1e-5)
    assert run.score([]).empty


@pytest.mark.parametrize("against", [False, True])
def test_many_explanations_are_those_of_each_pair(run: px.Run, against: bool) -> None:
    best = [item for item, _ in run.recommend("u003", 3)]
    pairs = pd.DataFrame({"user": "u003", "item": best[:2]} | ({"against": best[1:]} if against else {}))
    many = run.explain_many(pairs)
    assert len(many) == 2
    for row, one in zip(pairs.itertuples(index=False), many, strict=True):
        alone = run.explain(*row)
        assert one.say() == alone.say()
        assert one.top(5) == [(name, pytest.approx(weight, abs=1e-4)) for name, weight in alone.top(5)]


@pytest.mark.parametrize(
    ("pairs", "error", "words"),
    [
        (pd.DataFrame({"user": ["u003"], "thing": ["i001"]}), px.UsageError, "lack the column item"),
        ([("u003",)], px.UsageError, "is not"),
        (["u003"], px.UsageError, "is not"),
        ([("u003", "i999")], px.DataError, "unknown item 'i999'"),
        ([("nobody", "i001")], px.DataError, "unknown user"),
    ],
)
def test_pairs_that_are_none(run: px.Run, pairs: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        run.score(pairs)


def test_an_item_is_not_compared_with_itself(run: px.Run) -> None:
    with pytest.raises(px.UsageError, match="with itself"):
        run.explain_many(pd.DataFrame({"user": ["u003"], "item": ["i001"], "against": ["i001"]}))


def test_no_pairs_are_no_rows(run: px.Run) -> None:
    assert pairs_of(run.data, []).shape == (0, 2)
    assert len(run.explain_many([])) == 0
    assert run.recommend([], k=3).empty


def test_seed_and_callback_are_said_beside_the_rest() -> None:
    heard: list[dict[str, float]] = []
    data = small_world()
    run = px.train(data, baseline="vbpr", epochs=3, dim=4, seed=7, callback=lambda entry: heard.append(dict(entry)))
    same = px.train(data, baseline="vbpr", epochs=3, dim=4, options=px.RunOptions(seed=7))
    assert run.trained.options.seed == 7
    assert [entry["loss"] for entry in heard] == [entry["loss"] for entry in same.history]
    with pytest.raises(KeyboardInterrupt):
        px.train(data, baseline="vbpr", epochs=3, dim=4, callback=lambda entry: (_ for _ in ()).throw(KeyboardInterrupt))


def test_methods_are_compared_in_a_frame(run: px.Run) -> None:
    other = px.train(run.data, baseline="item-knn")
    frame = px.compare(run, other)
    assert {"ndcg@10"} <= set(frame["metric"])
    row = px.compare(run, other, metric="ndcg@10").iloc[0]
    both = {found.method: found.to_dict()["ranking"]["ndcg@10"] for found in px.evaluate(run, other).runs}
    assert row["difference"] == pytest.approx(both[row["first"]] - both[row["second"]])
    assert row["low"] <= row["difference"] <= row["high"]
    with pytest.raises(px.UsageError, match="two methods"):
        px.compare(run)


def test_things_say_in_one_line_what_they_are(run: px.Run) -> None:
    data = run.data
    for thing in (run, data, run.explain("u003", "i001"), px.evaluate(run)):
        assert "\n" not in repr(thing)
        assert len(repr(thing)) < 250
    assert repr(data).startswith("<Dataset world-0: 40 users, 29 items, 8 features (word), ")
    assert "cnr" in repr(run)
    summary = data.summary()
    assert (summary["users"], summary["train pairs"], summary["features of kind word"]) == (40, len(data.train), 8)
    assert data.user_ids[:2] == ("u000", "u001")
    assert data.items.title(data.item_ids[0]) == "i000"
    assert "<table" in data._repr_html_()


def test_everything_has_a_picture(run: px.Run) -> None:
    for thing in (run, run.data, run.explain("u003", "i001"), run.explain_many([("u003", "i001")]), px.evaluate(run)):
        assert px.plot(thing).axes


def test_what_features_add_is_asked_once_for_a_list_and_is_that_of_each_pair(run: px.Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from pyexplain.statements import added

    asked: list[int] = []
    real = added.contributions

    def counted(recommender: Any, data: Any, pairs: Any, against: Any, **memory: Any) -> Any:
        asked.append(len(pairs))
        return real(recommender, data, pairs, against, **memory)

    alone = [{r.feature: r.contribution for r in run.explain("u003", item).reasons} for item, _ in run.recommend("u003", 4)]
    monkeypatch.setattr(added, "contributions", counted)
    listed = [{r.feature: r.contribution for r in why.reasons} for *_, why in run.recommend_with_reasons("u003", 4)]
    assert asked == [4]
    assert listed == [pytest.approx(one, abs=1e-5) for one in alone]
