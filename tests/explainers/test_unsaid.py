"""What nobody is told of: no sentence, table, document or file of explanations names it, whatever the method."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import pyexplain as px
from pyexplain.data.attributes import with_attributes
from pyexplain.data.json_file import read_json
from pyexplain.data.sparse import SparseRows
from pyexplain.data.unsaid import SENSITIVE, is_sensitive, unsaid
from pyexplain.everyone import explain_everyone
from pyexplain.explainers.unsaid import without_unsaid
from pyexplain.preparation.attributes import Wanted, make_attributes
from tests.worlds import small_world

HIDDEN = ("gender: women", "f1", "Film i003")


def world(*never: str) -> px.Dataset:
    data = small_world()
    titled = px.data.Vocabulary(data.items.names, "item", [f"Film {name}" for name in data.items.names])
    has = np.zeros((data.n_items, 2), np.float32)
    has[::2, 0] = has[::3, 1] = 1
    data = replace(data, items=titled, settings=replace(data.settings, never=never))
    return with_attributes(data, ["gender: women", "genre: Horror"], SparseRows.from_dense(has))


def test_features_are_meant_by_their_names_and_attributes_with_all_their_values() -> None:
    view = world("F1", "genre", "film I003").with_kinds(["word", "attribute", "history"])
    assert view.unsaid is not None
    named = {(view.features.kind_of(at), view.features[at]) for at in np.flatnonzero(view.unsaid)}
    assert named == {
        ("word", "f1"),
        ("attribute", "gender: women"),
        ("attribute", "genre: Horror"),
        ("history", "i003"),
    }
    assert small_world().unsaid is None
    assert unsaid(small_world().features, ["nothing of the kind"]) is None


def test_sensitive_attributes_are_no_features_unless_a_person_insists() -> None:
    assert is_sensitive("Gender")
    assert all(name == name.casefold() for name in SENSITIVE)
    items = px.data.Vocabulary([f"i{number}" for number in range(10)], "item")
    said = {"Gender": dict(zip(items.names, ["women", "men"] * 5, strict=True))}
    assert make_attributes(said, items, Wanted()).names == []
    assert make_attributes(said, items, Wanted(("gender",))).names == ["gender: men", "gender: women"]


def test_a_data_set_says_that_a_reader_must_know_of_it(tmp_path: Path) -> None:
    px.save_dataset(world("f1"), tmp_path / "data")
    assert read_json(tmp_path / "data" / "dataset.json")["needs"] == ["kinds", "never"]
    assert px.load_dataset(tmp_path / "data").settings.never == ("f1",)


@pytest.mark.parametrize("explainer", ["cnr", "integrated-gradients", "gradient-input", "lime"])
def test_nothing_that_is_told_names_it(explainer: str, tmp_path: Path) -> None:
    px.save_dataset(world("f1", "Film i003"), tmp_path / "data")
    run = px.train(tmp_path / "data", baseline="vbpr", kinds=["word", "attribute", "history"], epochs=15, dim=8, learning_rate=0.01)
    assert run.data.unsaid is not None
    assert run.data.unsaid.sum() == 3
    pairs = np.stack([np.arange(10), np.argsort(run.data.item_features.counts)[-10:]], axis=1)
    weighed = run.explainer(explainer).explain(pairs).weights
    hidden = np.flatnonzero(run.data.unsaid)
    assert explainer == "cnr" or np.isin(hidden, weighed.indices).any()  # there is something to be left out
    texts = []
    for user in run.data.users.names[:10]:
        for _item, _score, told in run.recommend_with_reasons(user, 3, explainer):
            document = told.to_dict()
            named = [(f["kind"], f["feature"]) for f in document["features"]]
            stated = [s["feature"] for s in document["statements"]] + [c for s in document["statements"] for c in s["change"]]
            named += [(f["kind"], f["name"]) for f in stated if f]
            assert not {("word", "f1"), ("attribute", "gender: women"), ("history", "i003")} & set(named)
            reasons = [document["say"], *(s["text"] for s in document["statements"] if s["kind"] != "evidence")]
            texts += [*reasons, told.say("analyst"), str(told.to_frame()), told.to_html()]
    assert not any("women" in text or "liked Film i003" in text or "about the f1" in text for text in texts)
    explain_everyone(run, tmp_path / "all.parquet", k=2, top=50, explainer=explainer)
    rows = pd.read_parquet(tmp_path / "all.parquet")
    cells = set(zip(rows["kind"], rows["feature"], strict=True))
    assert len(cells) > 5
    assert not {("word", "f1"), ("attribute", "gender: women"), ("history", "i003")} & cells


def test_a_change_that_rests_on_it_is_none() -> None:
    data = world()
    hidden = data.features.index("gender: women")
    weights = SparseRows.from_triples([0, 0, 1], [0, hidden, 0], [1.0, 2.0, 1.0], (2, data.n_features))
    change = SparseRows.from_triples([0, 0, 1], [0, hidden, 0], [-1.0, -2.0, -1.0], (2, data.n_features))
    users = np.array([0, 1])
    lead = np.ones(2, np.float32)
    asked = (users, users, weights, data.features.fingerprint, users + 1, change, lead, -lead, np.ones(2, dtype=bool))
    own, other = px.explainers.Sentence(0, "Good f0."), px.explainers.Sentence(hidden, "Good women.")
    told = without_unsaid(px.Explanations("mine", *asked, sentences=((other, own), (other,))), data)
    assert told.sentences == ((own,), ())
    assert told.valid is not None
    assert told.valid.tolist() == [False, True]
    assert told.change is not None
    assert np.diff(told.change.offsets).tolist() == [0, 1]
    assert told.weights.row(0)[0].tolist() == [0]
    assert told.notes is not None
    assert "not said" in told.notes[0]
