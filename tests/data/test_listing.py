"""Users and items looked up: counts against a slow count, search by id and title."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd
import pytest

from pyexplain.data.listing import Searchable, _plain, listing
from pyexplain.data.types import Dataset
from tests.worlds import small_world


def titled() -> Dataset:
    data = small_world()
    named = {"i000": "Café crème, large", "i001": "Coffee grinder", "i002": "LARGE coffee cup"}
    return replace(data, items=data.items.with_titles(named))


def test_what_has_just_this_id_or_title_comes_first() -> None:
    names = ["11", "21", "1", "x 1"]
    listed = pd.DataFrame({"name": names, "title": ["1 and more", "Ones", "", "a  Part"]})
    assert list(Searchable.of(listed).matching("1")["name"]) == ["1", "11", "21", "x 1"]
    assert list(Searchable.of(listed).matching("ONES")["name"]) == ["21"]
    assert list(Searchable.of(listed).matching("a part")["name"]) == ["x 1"]


@pytest.mark.parametrize(("kind", "column"), [("user", 0), ("item", 1)])
def test_counts_are_those_of_the_data(kind: Literal["user", "item"], column: int) -> None:
    data = small_world()
    found = listing(data, kind)
    names = (data.users if kind == "user" else data.items).names
    assert sorted(found["name"]) == sorted(names)
    rows = data.user_features if kind == "user" else data.item_features
    for row in found.itertuples():
        number = names.index(str(row.name))
        mine = data.evidence[data.evidence[kind] == number]
        wanted = (
            sum(pair[column] == number for pair in data.train.tolist()),
            len({(u, i) for u, i in zip(mine["user"], mine["item"], strict=True)}),
            len(mine),
            len(rows.row(number)[0]),
        )
        assert (row.training_pairs, row.reviews, row.mentions, row.features) == wanted
    assert list(found["training_pairs"]) == sorted(found["training_pairs"], reverse=True)


@pytest.mark.parametrize(
    ("search", "wanted"),
    [
        ("coffee", {"i001", "i002"}),
        ("COFFEE large", {"i002"}),
        ("cafe creme", {"i000"}),
        ("Café", {"i000"}),
        ("I02", {name for name in small_world().items.names if name.startswith("i02")}),
        ("i002 cup", {"i002"}),
        ("coffee tea", set()),
        (".*", set()),
    ],
)
def test_search_looks_for_all_words_in_id_and_title(search: str, wanted: set[str]) -> None:
    assert set(listing(titled(), "item", search)["name"]) == wanted


@pytest.mark.parametrize("search", ["", "a", "ab", "b a", "ba b", "É", "x y", "\n", "c d a", "zz"])
def test_one_go_through_the_text_finds_what_line_by_line_finds(search: str) -> None:
    rng = np.random.default_rng(0)
    words = ["a", "ab", "Ba", "été", "c\nd", "ÉA", "x y", "", "Ɓ"]
    names = [f"n{n}" for n in range(200)]
    titles = [" ".join(rng.choice(words, 3)) for _ in names]
    listed = pd.DataFrame({"name": names, "title": titles})
    texts = [_plain(f"{name} {title}") for name, title in zip(names, titles, strict=True)]
    wanted = [name for name, text in zip(names, texts, strict=True) if all(word in text for word in _plain(search).split())]
    searched = Searchable.of(listed)
    for _ in range(2):
        assert list(searched.matching(search)["name"]) == wanted
