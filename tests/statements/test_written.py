"""What a method wrote is said where it is what the item's reviews say: each clause is made false once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pyexplain.explainers import Explanations, Order, Sentence
from pyexplain.statements.evidence import EvidenceIndex
from pyexplain.statements.facts import Checker
from pyexplain.statements.written import SentenceChecker

from .planted import PRAISE, Said, explained, model, world

BLAME: Said = (5, 0, 1, "bad", -1.0, "Bad f1s.")
ELSEWHERE: list[Said] = [
    (6, 1, 2, "poor", -1.0, "Poor f2."),
    (6, 1, 2, "fine", 1.0, "Fine f2."),
    (7, 1, 0, "fine", 1.0, "Fine f0."),
]
CHECKER = SentenceChecker(EvidenceIndex.of(world([*PRAISE, BLAME, *ELSEWHERE])))


@pytest.mark.parametrize(
    ("feature", "text", "holds"),
    [
        (0, "The f0 is great", True),
        (0, "Great F0s!", True),  # the plural
        (0, "The f0's good.", True),
        (0, "It is great", False),  # names nothing
        (0, "The f1 is good", False),  # names another
        (0, "The f0 is here", False),  # says nothing of it
        (0, "The f0 is bad", False),  # reviews praise it
        (0, "The f0 is poor", False),  # what is bad elsewhere is bad here
        (0, "The f0 is great and bad", False),  # on both sides
        (0, "The f0 is not good", False),
        (0, "The f0 isn't good", False),
        (0, "The f0 would be good", False),
        (0, "Is the f0 good?", False),
        (0, "Good f0 and f1", False),  # reviews complain of f1
        (0, "Good f0 and f2", False),  # no review of the item mentions f2
        (1, "The f1 is bad", True),  # so do reviews
        (1, "The f1 is good", False),
        (2, "The f2 is fine", False),
        (0, "", False),
    ],
)
def test_what_holds(feature: int, text: str, holds: bool) -> None:
    assert CHECKER.holds(0, {0, 1, 2}, Sentence(feature, text)) is holds


def test_the_user_must_care() -> None:
    assert not CHECKER.holds(0, {1}, Sentence(0, "The f0 is great"))


def test_an_opinion_is_on_the_side_that_it_has_of_this_feature() -> None:
    said: list[Said] = [(5, 0, 0, "low", 1.0, "Low f0."), (5, 0, 1, "low", -1.0, "Low f1."), (6, 0, 1, "low", -1.0, "Low f1.")]
    checker = SentenceChecker(EvidenceIndex.of(world(said)))
    assert checker.holds(0, {0, 1}, Sentence(0, "A low f0"))
    assert checker.holds(0, {0, 1}, Sentence(1, "A low f1"))
    assert checker.heard("A low f0").side == -checker.heard("A low f1").side == 1
    assert checker.heard("A low thing").side == -1  # of two of three


def test_nobody_is_told_of_what_is_not_said() -> None:
    data = world([*PRAISE, (6, 0, 2, "fine", 1.0, "Fine f2.")])
    hidden = SentenceChecker(EvidenceIndex.of(replace(data, settings=replace(data.settings, never=("f2",)))))
    sentence = Sentence(0, "Great f0, fine f2")
    assert SentenceChecker(EvidenceIndex.of(data)).holds(0, {0, 2}, sentence)
    assert not hidden.holds(0, {0, 2}, sentence)


def test_only_what_holds_is_stated() -> None:
    data = world([*PRAISE, BLAME])
    checker = Checker(Order(model(data), data))
    questions = checker.pose(np.array([[0, 0]]), np.array([1]))
    found: Explanations = explained(data, questions.front, questions.back, None)
    written = (Sentence(0, "The f0 is bad"), Sentence(0, "A great f0"), Sentence(1, "A good f1"))
    facts = checker.check(questions, replace(found, sentences=(written,)))
    said = [s for s in facts.statements(0) if s.kind == "sentence"]
    assert [(s.text, s.item, s.feature.name if s.feature else "") for s in said] == [("A great f0", "i000", "f0")]
