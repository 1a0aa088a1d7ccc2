"""What only held-out pairs could tell is planted in each kind of feature, and is nowhere in what models see."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import pyexplain as px
from pyexplain.data.audit import audit
from pyexplain.preparation.prepare import prepare
from pyexplain.preparation.settings import PrepareOptions
from pyexplain.registry import load_registry

KINDS = ["word", "attribute", "history"]
WORDS = ("sound", "battery", "price", "case")
SECRET = ("i0", "i1", "i2")  # liked by u0 to u19 in held-out reviews alone


def shop(held_out: str) -> px.Dataset:
    """40 people, 25 things. People 0 to 19 like a secret thing, of a genre that they like nothing else of, and write a word of it
    that they write nowhere else; in reviews of the part `held_out`."""
    rng = np.random.default_rng(0)
    rows = []
    for user in range(40):
        for item in rng.permutation(np.arange(3, 25))[:8]:
            word = WORDS[int(rng.integers(len(WORDS)))]
            rows.append((f"u{user}", f"i{item}", 5, f"The {word} is great. I love the {word}.", "train"))
        if user < 20:
            rows.append((f"u{user}", SECRET[user % 3], 5, "The zither is great. I love the zither.", held_out))
        else:  # others may tell of it in training
            rows.append((f"u{user}", SECRET[user % 3], 5, "The zither is great. I love the zither.", "train"))
        rows.append((f"u{user}", f"i{3 + user % 22}", 5, "The case is great.", "test"))
    frame = pd.DataFrame(rows, columns=["user_id", "item_id", "rating", "text", "split"]).drop_duplicates(["user_id", "item_id"])
    genres = ["secret" if f"i{item}" in SECRET else ("pop", "rock")[item % 2] for item in range(25)]
    items = pd.DataFrame({"item_id": [f"i{item}" for item in range(25)], "title": "", "genre": genres})
    return prepare([frame], PrepareOptions("shop", items=(items,)), load_registry())


def told(data: px.Dataset) -> dict[str, int]:
    """kind -> how many of the people 0 to 19 have the planted feature of it."""
    view = data.with_kinds(KINDS)
    columns = {
        "word": [("zither", "word")],
        "attribute": [("genre: secret", "attribute")],
        "history": [(i, "history") for i in SECRET],
    }
    dense = view.user_features.dense()
    rows = [view.users.index(f"u{user}") for user in range(20)]
    found = {}
    for kind, names in columns.items():
        at = [view.features.index(*name) for name in names]
        found[kind] = int((dense[np.ix_(rows, at)] != 0).any(axis=1).sum())
    return found


@pytest.mark.parametrize("held_out", ["test", "valid"])
def test_no_kind_of_feature_knows_what_is_held_out(held_out: str) -> None:
    data = shop(held_out)
    assert {(data.users[u], data.items[i]) for u, i in getattr(data, held_out)} >= {(f"u{u}", SECRET[u % 3]) for u in range(20)}
    assert told(data) == {"word": 0, "attribute": 0, "history": 0}
    view = data.with_kinds(KINDS)
    assert not [finding for finding in audit(view) if finding.severity == "error"]
    counts = view.user_mentions
    assert counts is not None
    rows = [view.users.index(f"u{user}") for user in range(20)]
    planted = [view.features.index("zither", "word"), view.features.index("genre: secret")]
    assert not counts.counts.dense()[np.ix_(rows, planted)].any()


def test_the_same_in_training_reviews_is_seen() -> None:
    assert told(shop("train")) == {"word": 20, "attribute": 20, "history": 20}
