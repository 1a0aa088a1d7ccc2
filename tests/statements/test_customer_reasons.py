"""Which of the reasons that hold a customer is told: the clear ones, else one doubtful one, never one that says too little."""

from __future__ import annotations

import pytest

from pyexplain.statements.cues import is_vague
from pyexplain.statements.say import Asked, chosen_reasons, say
from pyexplain.statements.types import Named, Quote, Statement


def held(name: str, praise: int, mention: int) -> list[Statement]:
    named = Named("word", name)
    return [Statement("reason", "", named), Statement("size", "", named, count=(praise, mention))]


CLEAR, ALSO, THIRD = held("tone", 9, 10), held("strap", 4, 4), held("knobs", 3, 3)
DISPUTED, SINGLE, VAGUE, ITSELF = held("price", 3, 9), held("edge", 1, 1), held("product", 9, 9), held("amp", 9, 9)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([*CLEAR, *ALSO, *THIRD], ["tone", "strap"]),
        ([*VAGUE, *CLEAR, *DISPUTED], ["tone"]),
        ([*DISPUTED, *SINGLE], ["price"]),
        ([*SINGLE, *VAGUE, *ITSELF], []),
        ([], []),
        ([Statement("reason", "", Named("word", "tone"))], ["tone"]),  # reviews are not kept
    ],
)
def test_who_is_told_what(given: list[Statement], told: list[str]) -> None:
    assert [s.feature.name for s in chosen_reasons(given, "Norvik Amp 20") if s.feature] == told


def test_what_few_of_the_reviews_speak_of_is_no_clear_reason() -> None:
    assert [s.feature.name for s in chosen_reasons([*ALSO, *CLEAR], "", people=60) if s.feature] == ["tone"]
    assert [s.feature.name for s in chosen_reasons([*ALSO, *CLEAR], "", people=40) if s.feature] == ["strap", "tone"]


def test_what_others_praise_is_told_where_no_reason_is_clear() -> None:
    ahead = Statement("contrast", "", None, "A", "B")
    size = Statement("size", "9 of 10 reviews with an opinion on the fit praise it.", Named("word", "fit"), "A", count=(9, 10))
    asked = Asked("Amp", "Bass")
    assert say([ahead, *SINGLE, size], asked) == "We suggest Amp. 9 of 10 reviews with an opinion on the fit praise it."
    assert say([ahead, *SINGLE], asked) == "We suggest Amp. Nothing that you have written about is a clear reason for it."
    assert "the fit" not in say([ahead, *CLEAR, size], asked)


def test_what_the_method_wrote_stands_behind_the_reasons_and_for_want_of_one() -> None:
    ahead, tone = Statement("contrast", "", None, "A", "B"), Named("word", "tone")
    first, second = (Statement("sentence", text, tone, "A") for text in ("Great tone!", "Nice tone"))
    told = " In our words, of the tone: Great tone!"
    assert say([ahead, first, second], Asked("Amp", "Bass")) == f"We suggest Amp.{told}"
    assert say([ahead, *CLEAR, first, second], Asked("Amp", "Bass")).endswith(told)


def test_a_customer_reads_no_id_of_other_people() -> None:
    theirs, own = (Quote("Nice.", "B1", "U9", 1.0, own) for own in (False, True))
    for quote, customer in ((theirs, None), (own, "U9")):
        said = Statement("evidence", "", Named("word", "tone"), "B1", quote=quote)
        assert said.to_dict("customer")["quote"]["user"] == customer
        assert said.to_dict()["quote"]["user"] == "U9"
        assert set(said.to_dict("customer")["quote"]) == set(said.to_dict()["quote"])


@pytest.mark.parametrize(
    ("name", "title", "vague"),
    [
        ("charging", "Rapid Rate Charger", True),
        ("slim case", "Caseology Case", True),
        ("products", "Amp", True),
        ("battery", "Rapid Rate Charger", False),
        ("tone", "Tonewood Amp", False),
    ],
)
def test_what_the_title_says_already_is_vague(name: str, title: str, vague: bool) -> None:
    assert is_vague(name, title) == vague
