"""What an explanation says is made of its statements, for customers and for analysts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pyexplain.present.explanation import PairExplanation, Reason
from pyexplain.present.text import decimals
from pyexplain.statements.say import Asked
from pyexplain.statements.types import Change, Named, Quote, Statement

from .screen import screen

WORD = {name: Named("word", name) for name in ("tone", "battery", "price", "strings", "case")}
CONTRAST = Statement("contrast", "", item="A", other="B")


def reason(name: str, praise: int, mention: int) -> list[Statement]:
    return [
        Statement("reason", "", WORD[name], "A", "B"),
        Statement("size", "", WORD[name], "A", count=(praise, mention)),
        Statement("evidence", "One review says: “Nice.”", WORD[name], "A", quote=Quote("Nice.", "A", "v", 1.0, False)),
    ]


def flip(*changes: tuple[str, float, float]) -> list[Statement]:
    change = tuple(Change(WORD[name], before, after) for name, before, after in changes)
    return [
        Statement("flip", "", None, "A", "B", change),
        Statement("replacement", "", None, "A", "B", change, count=(1, 1)),
        Statement("leaving", "", None, "A", "B", change, count=(10, 12)),
    ]


def explained(*statements: Statement, asked: Asked | None = None, side: str = "user", valid: bool | None = True) -> PairExplanation:
    """Of user u, item A against B."""
    asked = asked or Asked("Amp", "Bass", "named")
    return PairExplanation("u", "A", "B", "m", (), valid, 1.0, -0.1, side=side, statements=statements, asked=asked)


def test_a_customer_reads_titles_two_reasons_counts_and_one_quote() -> None:
    found = explained(CONTRAST, *reason("tone", 14, 16), *reason("strings", 3, 3), *reason("price", 1, 1), *flip(("tone", 4, 0)))
    assert found.say() == (
        "We suggest Amp before Bass because you care about the tone and the strings. "
        "14 of 16 reviews with an opinion on the tone praise it, and "
        "all 3 with one on the strings do too. One review says: “Nice.” If you had written nothing about tone, Bass would rank "
        "above Amp."
    )


def test_a_customer_who_did_not_ask_about_another_item_is_not_told_what_would_change() -> None:
    found = explained(CONTRAST, *reason("tone", 2, 2), *flip(("tone", 4, 0)), asked=Asked("Amp", "Bass"))
    assert "If" not in found.say()


def test_a_customer_reads_no_ids() -> None:
    found = explained(CONTRAST, *reason("tone", 2, 2), asked=Asked(None, None))
    assert found.say().startswith("We suggest this item because you care about the tone.")
    why_not = explained(CONTRAST, *flip(("tone", 4, 0)), asked=Asked(None, None, "last", True))
    assert why_not.say() == (
        "We suggest the last one in your list before this item. Nothing that you have written about is a clear reason for it. "
        "If you had written nothing about tone, this item would rank above the last one in your list."
    )


@pytest.mark.parametrize("kind", ["contrast", "reason", "size", "evidence", "flip"])
def test_what_does_not_hold_is_not_said(kind: str) -> None:
    """Each kind of statement is taken away once; nothing that it holds up is left in the sentence."""
    whole = [CONTRAST, *reason("tone", 14, 16), *flip(("tone", 4, 0))]
    words = {
        "contrast": "Amp before",
        "reason": "because",
        "size": "14 of 16",
        "evidence": "Nice.",
        "flip": "would rank",
    }
    assert words[kind] in explained(*whole).say()
    assert words[kind] not in explained(*(s for s in whole if s.kind != kind)).say()


def test_people_without_features_are_told_so_and_no_more() -> None:
    found = explained(CONTRAST, *reason("tone", 14, 16), asked=Asked("Amp", "Bass", cold=True))
    assert found.say() == "You have not written about any feature yet, so we cannot say why we suggest Amp."
    assert found.sentence() == "Nothing is known of what u writes about: no reason can be given for Amp (A)."


def test_a_long_change_is_nothing_for_a_customer_and_is_not_told_to_an_analyst_as_if_it_were_short() -> None:
    names = ("tone", "battery", "price", "strings", "case")
    found = explained(CONTRAST, *flip(*((name, 4.5, 0) for name in names)))
    assert "If" not in found.say()
    assert "and 2 more features changed, B would rank above A" in found.sentence()


@pytest.mark.parametrize(("quotes", "shown"), [("all", True), ("own", False), ("none", False)])
def test_another_users_sentence_can_be_left_out(quotes: str, shown: bool) -> None:
    assert ("Nice." in explained(CONTRAST, *reason("tone", 2, 2)).say(quotes=quotes)) is shown  # type: ignore[arg-type]


def test_an_analyst_reads_ids_values_and_what_they_mean() -> None:
    found = explained(CONTRAST, *reason("tone", 14, 16), *flip(("tone", 2.848469, 0.0)))
    assert (
        found.say("analyst")
        == found.sentence()
        == (
            "Amp (A) ranks above Bass (B) for u because of tone. If tone 2.85 → 0.00 (written about once → not written about), "
            "B would rank above A, stand at place 1 of the whole catalogue and A would leave the first 10."
        )
    )


def test_no_flip_no_promise() -> None:
    assert (
        "No change that was allowed turns that around (the smallest margin reached is"
        in explained(CONTRAST, valid=False).sentence()
    )
    assert "would" not in explained(CONTRAST, valid=False).say()


def test_small_leads_and_contributions_do_not_look_like_none() -> None:
    reasons = (Reason("tone", 1.0, 5, 5, contribution=0.00234), Reason("fit", 0.5, 5, 5, contribution=-0.0001))
    found = replace(explained(CONTRAST, valid=False), margin_before=0.0021, margin_after=0.0004, reasons=reasons)
    shown = screen([found.table()])
    assert "+0.00234" in shown
    assert "-0.00010" in shown
    assert "(lead 0.00210 → 0.00040)" in shown
    assert "(the smallest margin reached is 0.00040, from 0.00210)" in found.sentence()
    usual = replace(found, margin_before=0.4, reasons=(*reasons, Reason("sound", 1.0, 5, 5, contribution=0.4)))
    assert "(lead 0.400 → 0.000)" in screen([usual.table()])
    assert "+0.400" in screen([usual.table()])
    assert decimals(0.0, None, float("nan")) == 3
    assert decimals(1e-12) == 8


def test_an_item_that_is_explained_by_its_own_features_falls_behind() -> None:
    found = explained(CONTRAST, *flip(("tone", 4, 1)), asked=Asked("Amp", "Bass", "named", side="item"), side="item")
    assert "If the tone of Amp were worse, Bass would rank above Amp." in found.say()
    assert "If A had tone 4.00 → 1.00, B would rank above A" in found.sentence()


def test_a_table_shows_the_whole_change_and_no_signed_zero() -> None:
    reasons = (*(Reason(f"f{k}", 1 - k / 10, 5, 5) for k in range(9)), Reason("last", 0.001, 1, 0.0))
    found = replace(explained(CONTRAST), reasons=reasons)
    assert [r.feature for r in found.shown()] == ["f0", "f1", "f2", "f3", "f4", "last"]
    assert "last" in found._repr_html_()
    assert "last" in str(found)


def test_html_escapes_what_comes_from_outside_and_has_no_scripts() -> None:
    bad = "<script>alert(1)</script>\x1b[2J"
    statement = Statement("evidence", f"One review says: “{bad}”", Named("word", bad), "A", quote=Quote(bad, "A", bad, 1.0, False))
    page = replace(explained(CONTRAST, statement), item=bad, reasons=(Reason(bad, 1.0, 1.0, 0.0),))._repr_html_()
    assert "<script" not in page
    assert "\x1b" not in page
