from __future__ import annotations

import pytest

from pyexplain.present.explanation import PairExplanation, Reason


def explained(*reasons: tuple[str, float, float, float], side: str = "user", valid: bool = True) -> PairExplanation:
    """(feature, weight, before, after) of a counterfactual explanation."""
    return PairExplanation("u", "A", "B", "m", tuple(Reason(*r) for r in reasons), valid, 1.0, -0.1, side=side)


def test_because_of_what_holds_the_item_in_front_and_if_for_what_would_change_it() -> None:
    found = explained(("tone", 0.6, 4, 1), ("battery", 0.3, 3, 3), ("price", 0.01, 3, 3), ("weight", 0.001, 1, 2))
    assert found.sentence() == (
        "You get A rather than B because of tone and battery. "
        "If tone mattered less to you (4.0 → 1.0) and weight more (1.0 → 2.0), it would be B."
    )


def test_what_has_to_grow_is_no_reason_for_the_item() -> None:
    assert (
        explained(("tone", 0.6, 4, 5)).sentence()
        == "You get A rather than B. If tone mattered more to you (4.0 → 5.0), it would be B."
    )


def test_a_long_change_is_not_told_as_if_it_were_short() -> None:
    found = explained(*((f"f{k}", 1 - k / 10, 5, k / 2) for k in range(5)))
    assert found.sentence().endswith("f1 less (5.0 → 0.5), f2 less (5.0 → 1.0) and 2 more features changed, it would be B.")


def test_a_table_shows_the_whole_change() -> None:
    found = explained(*((f"f{k}", 1 - k / 10, 5, 5) for k in range(9)), ("last", 0.001, 1, 2))
    assert [r.feature for r in found.shown()] == ["f0", "f1", "f2", "f3", "f4", "last"]
    assert "last" in found._repr_html_()
    assert "last" in str(found)


@pytest.mark.parametrize("names", [["tone"], []])
def test_an_item_falls_behind(names: list[str]) -> None:
    found = explained(*((name, 0.5, 4.0, 1.0) for name in names), ("case", 0.001, 1, 2), side="item")
    assert found.sentence().startswith("A is ahead of B because of its tone: if" if names else "A is ahead of B: if")


def test_no_flip_no_promise() -> None:
    assert "no change" in explained(("tone", 0.6, 4, 1), valid=False).sentence()
