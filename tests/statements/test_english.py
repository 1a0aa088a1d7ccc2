"""The words: plurals, lists, counts, changes, kinds of features."""

from __future__ import annotations

import pytest

from pyexplain.data.settings import user_strength
from pyexplain.statements.english import ENGLISH, it, listed, number
from pyexplain.statements.scale import Scale, is_whole, times_written
from pyexplain.statements.titles import head
from pyexplain.statements.types import Change, Named

TONE = Named("word", "tone")


@pytest.mark.parametrize(("count", "said"), [(1, "1 review"), (2, "2 reviews"), (0, "0 reviews")])
def test_numbers_of_things(count: int, said: str) -> None:
    assert number(count, "review") == said


@pytest.mark.parametrize(("words", "said"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")])
def test_lists(words: list[str], said: str) -> None:
    assert listed(words) == said


def test_no_verb_has_a_title_for_its_subject() -> None:
    """Nobody knows whether a title is of one thing or of several: "headphones" do what "headset" does, word by word."""
    said = []
    for front in ("headphones", "headset"):
        reasons = [ENGLISH.reason(Named(kind, "tone"), front) for kind in ("word", "attribute", "history")]
        outcomes = [ENGLISH.flip("If", front, "b"), ENGLISH.replacement("If", "b", front, True), ENGLISH.leaving("If", front, 3)]
        said = [ENGLISH.contrast(front, "b"), ENGLISH.contrast("b", front), *reasons, *outcomes]
        for text in said:
            follows = text.split(front)[1].strip(" ,.").split(" ")[0]
            assert not follows.endswith("s"), text
            assert follows not in ("are", "do", "have", "go", "fit", "rank"), text
    assert said[2] == "You care about the tone, and there is praise for that of headset."
    assert "praise for those of headset" in ENGLISH.reason(Named("word", "strings"), "headset")


PLURALS = {"strings": "them", "ear pads": "them", "bass": "it", "status": "it", "tone": "it"}


@pytest.mark.parametrize(("name", "said"), PLURALS.items())
def test_plural_features_are_them(name: str, said: str) -> None:
    assert it(Named("word", name)) == said


@pytest.mark.parametrize(
    ("k", "n", "praised", "said"),
    [
        (14, 16, True, "14 of 16 reviews with an opinion on the tone praise it"),
        (3, 3, True, "all 3 reviews with an opinion on the tone praise it"),
        (2, 2, True, "both reviews with an opinion on the tone praise it"),
        (1, 1, True, "the one review with an opinion on the tone praises it"),
        (1, 3, False, "1 of 3 reviews with an opinion on the tone complains about it"),
        (2, 16, False, "2 of 16 reviews with an opinion on the tone complain about it"),
    ],
)
def test_shares(k: int, n: int, praised: bool, said: str) -> None:
    assert ENGLISH.share(TONE, k, n, praised) == said


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (4.0, 0.0, "If you had written nothing about tone"),
        (4.0, 1.0, "If you had written less about tone"),
        (0.0, 1.0, "If you had written about tone"),
        (2.0, 4.0, "If you had written more about tone"),
    ],
)
def test_changes_say_which_way(before: float, after: float, said: str) -> None:
    assert ENGLISH.condition([Change(TONE, before, after)], "user", "Amp") == said


def test_changes_of_one_way_stand_together() -> None:
    change = [Change(Named("word", name), 4.0, after) for name, after in (("tone", 0.0), ("price", 0.0), ("case", 1.0))]
    assert ENGLISH.condition(change, "user", "Amp") == "If you had written nothing about tone and price and less about case"


def test_words_attributes_and_liked_items_are_spoken_of_differently() -> None:
    features = [TONE, Named("attribute", "Fender"), Named("history", "the Amp")]
    assert ENGLISH.cares(features) == "you care about the tone, you like Fender and you liked the Amp"
    assert len({ENGLISH.reason(feature, "this").split()[1] for feature in features}) == 3


MEANINGS = ["not written about", "written about once", "written about twice", "written about 3 times"]


@pytest.mark.parametrize(("count", "said"), list(enumerate(MEANINGS)))
def test_a_value_means_a_count(count: int, said: str) -> None:
    value = float(user_strength(count, 5.0)) if count else 0.0
    assert ENGLISH.meaning(value, Scale()) == said


@pytest.mark.parametrize("top", [5.0, 10.0])
@pytest.mark.parametrize("count", [1, 2, 5, 9])
def test_equation_one_read_backwards(count: int, top: float) -> None:
    found = times_written(float(user_strength(count, top)), top)
    assert is_whole(found)
    assert round(found) == count


def test_values_that_no_count_has() -> None:
    assert ENGLISH.meaning(5.0, Scale()) == "written about 10 times or more"
    assert ENGLISH.meaning(2.0, Scale()) == "as if written about 0.5 times"
    assert ENGLISH.meaning(1.0, Scale()) == "not written about"


def test_where_counts_are_cut_off_there_may_be_more() -> None:
    counts = Scale(5.0, counted=True)
    assert [ENGLISH.meaning(value, counts) for value in (3.0, 5.0)] == ["written about 3 times", "written about 5 times or more"]
    assert ENGLISH.meaning(5.0, counts, "attribute") == "5 liked items or more have it"
    assert ENGLISH.meaning(5.0, counts, "history") == "liked"


def test_long_titles_end_at_a_joint() -> None:
    assert head("Amp") == "Amp"
    cable = "Planet Waves American Stage Guitar and Instrument Cable"
    assert head(f"{cable}, 10 feet, black") == cable
    assert head("A title of very many words that has no joint in it at all and is long").endswith("at all…")
