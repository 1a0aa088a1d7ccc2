"""Ids that are digits alone are no names for a sentence; where they are typed or read by programs they stay as they are."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

import pyexplain as px
from pyexplain.present.recommendations import recommendation_table
from pyexplain.statements.english import ENGLISH

BARE = re.compile(r"(?<!tem )(?<!user )(?<![\d.])\b(7\d\d)\b(?!\.\d)")  # an id of LIKES that nothing stands before


@pytest.fixture(scope="module")
def run() -> px.Run:
    rng = np.random.default_rng(0)
    pairs = [(700 + user, 740 + item) for user in range(30) for item in rng.permutation(20)[:8] + 20 * (user % 2)]
    data = px.prepare(pd.DataFrame(pairs, columns=["user", "item"]), name="digits")
    return px.train(data, settings={"epochs": 5, "dim": 8, "patience": 0})


def test_only_digits_are_given_a_word() -> None:
    assert ENGLISH.called("item", "23") == "item 23"
    assert ENGLISH.called("user", "5") == "user 5"
    assert [ENGLISH.called("item", name) for name in ("B0002", "i7", "2.5", "-3", "")] == ["B0002", "i7", "2.5", "-3", ""]


def test_sentences_say_item_and_user_and_documents_have_the_ids(run: px.Run) -> None:
    user = run.data.user_ids[0]
    found = [run.explain(user, item) for item, _ in run.recommend(user, 5)]
    found.append(run.explain(user, run.recommend(user, 20)[-1][0]))  # why not that one
    said = [
        text for why in found for text in (why.say(), why.sentence(), repr(why).split(";")[0], *(s.text for s in why.statements))
    ]
    assert any(re.search(r"you liked item 7\d\d", text) for text in said)
    assert any(re.search(r"^Item 7\d\d ranks above item 7\d\d.* for user 7\d\d", text) for text in said)
    assert any(re.search(r"^If .*item 7\d\d would rank above item 7\d\d", text) for text in said)
    assert [text for text in said if BARE.search(text)] == []
    document = json.loads(found[0].to_json())
    ids = {document["user"], document["item"], document["against"], *(one["feature"] for one in document["features"])}
    assert all(name.isdecimal() for name in ids)
    assert {one["title"] for one in document["features"]} == {None}


def test_many_at_once_and_lists_say_the_same(run: px.Run) -> None:
    user = run.data.user_ids[0]
    pairs = [(user, item) for item, _ in run.recommend(user, 3)]
    many = run.explain_many(pd.DataFrame(pairs, columns=["user", "item"]))
    assert list(many.say()) == [run.explain(*pair).say() for pair in pairs]
    whole = run.explain_list(user, 5)
    assert re.search(r"liked item 7\d\d", whole.say())
    assert not BARE.search(whole.say())
    console = Console(width=200)
    with console.capture() as shown:
        console.print(*recommendation_table(run.trained, user, run.recommend(user, 3), None))
    assert f"Recommendations for user {user} by" in shown.get()
