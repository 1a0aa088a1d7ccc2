"""Which sentence is quoted: on the right side, to the point, whole; and what is never quoted."""

from __future__ import annotations

import pytest

from pyexplain.statements.evidence import EvidenceIndex
from pyexplain.statements.quotes import QuoteFinder, nearness

from .planted import PRAISE, Said, world

GOOD = "The f0 is good, I have to say."


def quoted(said: list[Said]) -> list[str]:
    """What is quoted to user 0 for feature 0 of item 0."""
    return [quote.sentence for quote in QuoteFinder(EvidenceIndex.of(world(said))).find(0, 0, 0)]


@pytest.mark.parametrize(
    "sentence",
    [
        "The f0 would be good with another cable.",  # not so
        "If the f0 is good I will keep it.",
        "Is the f0 good?",
        "The f0 is not good.",  # whatever its sentiment says
        "The f0 isn't good.",
        "The f0 is good, but the rest is a shame.",
        "The f0 is good and",  # no sentence
        "], and so the f0 is good.",
        "Good f0 cases they make.",  # it is the cases that are good
        "I'd say the f0 is good.",
        "A portable f0 it is.",  # says what it is, not how
        "The f0 is good...",
        "The f0 is good (as far as I",
        "The case that I bought for my daughter is good and f0.",  # the opinion is on something else
        "The f0 is good " + "and so on " * 30,
    ],
)
def test_what_cannot_be_quoted_is_not(sentence: str) -> None:
    assert quoted([(5, 0, 0, "good", 1.0, sentence)]) == []
    assert quoted([(5, 0, 0, "good", 1.0, sentence), (6, 0, 0, "good", 1.0, GOOD)]) == [GOOD]


def test_a_complaint_is_never_quoted_as_praise() -> None:
    assert quoted([(5, 0, 0, "bad", -1.0, "The f0 is bad.")]) == []


def test_a_sentence_that_also_complains_is_not_quoted() -> None:
    sentence = "Good f0, bad f1, that is how it is."
    assert quoted([(5, 0, 0, "good", 1.0, sentence), (5, 0, 1, "bad", -1.0, sentence)]) == []


def test_readable_ones_first_and_ties_by_the_text() -> None:
    said: list[Said] = [(5, 0, 0, "good", 1.0, "Good f0."), (6, 0, 0, "good", 1.0, GOOD), (7, 0, 0, "good", 1.0, GOOD[:-1] + "!")]
    assert quoted(said) == quoted(said[::-1]) == [GOOD[:-1] + "!"]


def test_the_items_own_reviews_first_then_the_users() -> None:
    mine: Said = (0, 3, 0, "good", 1.0, "A good f0 it has.")
    assert quoted([mine, *PRAISE]) == [PRAISE[1][-1], mine[-1]]
    assert quoted([mine]) == [mine[-1]]


def test_two_words_of_a_name_stand_together() -> None:
    assert nearness(["the", "build", "quality", "is", "great"], "build quality", "great") == 0
    assert nearness(["great", "quality", "of", "the", "build", *["word"] * 6], "build quality", "great") is None
    assert nearness(["great", "strings"], "string", "great") == 0


def test_a_feature_by_another_name_is_quoted_in_short_sentences_only() -> None:
    assert nearness(["great", "mic"], "microphone", "great") is not None
    assert nearness(["great", *["word"] * 10], "microphone", "great") is None
