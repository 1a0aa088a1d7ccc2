"""Sentences and reasons of attributes and of what people liked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import pyexplain as px
from pyexplain.data.attributes import with_attributes
from pyexplain.data.settings import user_strength
from pyexplain.data.sparse import SparseRows
from pyexplain.metrics.printed import read_lines
from pyexplain.statements.english import ENGLISH
from pyexplain.statements.naming import attribute_words, name_of
from pyexplain.statements.say import Asked, say
from pyexplain.statements.scale import Scale
from pyexplain.statements.types import Change, Named, Statement
from tests.worlds import small_world

ALIEN = Named("history", "i7", "Alien")
HORROR = Named("attribute", "genre: Horror", "Horror")
SOUND = Named("word", "sound")


def world() -> px.Dataset:
    data = small_world()
    has = (np.random.default_rng(3).random((data.n_items, 3)) < 0.4).astype(np.float32)
    titled = px.data.Vocabulary(data.items.names, "item", [f"Film {name}" for name in data.items.names])
    names = ["genre: Horror", "brand: Korg", "price: 20 to 50"]
    return with_attributes(replace(data, items=titled), names, SparseRows.from_dense(has))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("genre: Horror", "Horror"),
        ("categories: Amps", "Amps"),
        ("brand: Korg", "things of the brand Korg"),
        ("colours: red", "things of the colour red"),
        ("price: 20 to 50", "things with a price of 20 to 50"),
        ("price: under 20", "things with a price under 20"),
        ("age group: 1995 and more", "things with an age group of 1995 and more"),
        ("vegan: yes", "things that are vegan"),
        ("in stock: no", "things that are not in stock"),
        ("status: used", "things of the status used"),
    ],
)
def test_attributes_in_words(name: str, said: str) -> None:
    assert attribute_words(name) == said


def test_one_sentence_for_a_mix() -> None:
    said = [Statement("contrast", ""), *(Statement("reason", "", feature) for feature in (ALIEN, HORROR))]
    assert say(said, Asked("Aliens", "Up", words_alone=False)) == "We suggest Aliens because you like Horror and you liked Alien."
    mixed = ENGLISH.because("Aliens", None, [SOUND, HORROR, ALIEN])
    assert mixed == "We suggest Aliens because you care about the sound, you like Horror and you liked Alien."


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ([Change(ALIEN, 1, 0)], "If you had not liked Alien"),
        ([Change(ALIEN, 0, 1), Change(HORROR, 4, 2)], "If you had liked Alien and had liked Horror less often"),
        ([Change(HORROR, 4, 0), Change(SOUND, 4, 0)], "If you had never liked Horror and had written nothing about sound"),
        ([Change(SOUND, 2, 4), Change(ALIEN, 1, 0)], "If you had not liked Alien and had written more about sound"),
        ([Change(ALIEN, 1, 0)] * 4, "If you " + "had not liked Alien, " * 2 + "had not liked Alien and 1 more thing was otherwise"),
    ],
)
def test_changes_of_all_kinds(change: list[Change], said: str) -> None:
    assert ENGLISH.condition(change, "user", "Up") == said


def test_what_values_mean() -> None:
    assert [ENGLISH.meaning(value, Scale(), "history") for value in (1.0, 0.0)] == ["liked", "not liked"]
    assert ENGLISH.meaning(float(user_strength(1, 5.0)), Scale(), "attribute") == "1 liked item has it"
    assert ENGLISH.meaning(float(user_strength(3, 5.0)), Scale(), "attribute") == "3 liked items have it"
    assert ENGLISH.meaning(0.0, Scale(), "attribute") == "no liked item has it"
    assert ENGLISH.span(Change(ALIEN, 1, 0), "user", Scale()) == "Alien were not liked"
    assert ENGLISH.span(Change(ALIEN, 0, 1), "user", Scale()) == "Alien were liked"
    assert ENGLISH.span(Change(ALIEN, 1, 0.5), "user", Scale()) == "Alien were liked less"
    assert ENGLISH.span(Change(ALIEN, 1, 2), "user", Scale()) == "Alien were liked more"


def test_names_are_for_programs_and_words_for_people() -> None:
    view = world().with_kinds(["word", "attribute", "history"])
    liked = view.features.index("i003", "history")
    assert name_of(view, liked) == Named("history", "i003")
    assert name_of(view, liked).text == "Film i003"
    assert name_of(view, view.features.index("genre: Horror")).text == "Horror"
    statement = Statement("reason", "", name_of(view, liked)).to_dict()
    assert statement["feature"] == {"kind": "history", "name": "i003"}
    line = read_lines([{"user": "u000", "statements": [statement]}], view)[0]
    assert line.feature == liked


@pytest.mark.parametrize("kinds", [["history"], ["attribute"], ["word", "attribute", "history"], ["history", "word"]])
def test_what_is_said_of_any_mix_holds_and_knows_its_kinds(kinds: list[str]) -> None:
    run = px.train(world(), baseline="vbpr", kinds=kinds, epochs=20, dim=8, learning_rate=0.01)
    met = set()
    for user in run.data.users.names[:12]:
        for _item, _score, told in run.recommend_with_reasons(user, 3, "integrated-gradients"):
            document = told.to_dict()
            met |= {s["feature"]["kind"] for s in document["statements"] if s["kind"] == "reason"}
            assert {feature["kind"] for feature in document["features"]} <= set(kinds)
            titled = [feature["title"] for feature in document["features"] if feature["kind"] == "history"]
            assert all(title.startswith("Film ") for title in titled)
            assert "i0" not in told.say().replace("Film i0", "")  # no bare ids in what customers read
            told.table(), told.to_html(), told.say("analyst")
    assert met == set(kinds)
    figures = px.evaluate(run, explanations=True, explainer="integrated-gradients", k=3).to_dict()["runs"][0]["explanations"]
    assert figures["statements"]["reason"] == 1.0
