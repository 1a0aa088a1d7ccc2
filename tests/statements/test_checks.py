"""Each clause of each check is made false once, and then the statement must not be there."""

from __future__ import annotations

import numpy as np
import pytest

from .planted import LIKES, PRAISE, Said, checked, kinds, model, world


def test_all_that_was_planted_is_stated() -> None:
    found = checked(world(), change={0: -3.0}).statements(0)
    assert [s.kind for s in found] == ["contrast", "reason", "size", "evidence", "flip", "replacement"]
    contrast, reason, size, evidence, flip, replacement = found
    assert reason.feature is not None
    assert (reason.feature.kind, reason.feature.name, reason.item, reason.other) == ("word", "f0", "i000", "i001")
    assert (contrast.item, contrast.other) == ("i000", "i001")
    assert size.count == (2, 2)
    assert evidence.quote is not None
    assert evidence.quote.user == "u006"
    assert not evidence.quote.own
    assert [(c.feature.name, c.before, c.after) for c in flip.change] == [("f0", 3.0, 0.0)]
    assert replacement.count == (1, 1)


COMPLAINT: Said = (5, 0, 0, "bad", -1.0, "The f0 is bad.")
TWO_COMPLAINTS: list[Said] = [(7, 0, 0, "bad", -1.0, "Bad f0."), (7, 0, 0, "worse", -1.0, "Worse f0.")]  # of one review


@pytest.mark.parametrize(
    ("why", "arguments"),
    [
        ("the user does not care", {"cares": [[0.0, 1.0, 1.0]]}),
        ("the item does not have it", {"has": [[0.0, 0.0, 3.0], [0.0, 3.0, 3.0]]}),
        ("nobody wrote about it", {"said": [(5, 1, 0, "good", 1.0, "The f0 is good.")]}),
        ("its reviews complain", {"said": [COMPLAINT]}),
        ("as many complain as praise", {"said": [*PRAISE[:1], (6, 0, 0, "bad", -0.5, "The f0 is bad.")]}),
        ("praise and complaints weigh the same", {"said": [*PRAISE, *TWO_COMPLAINTS]}),
    ],
)  # fmt: skip
def test_no_reason_where_a_clause_is_false(why: str, arguments: dict[str, list[list[float]]]) -> None:
    data = world(**arguments)  # type: ignore[arg-type]
    likes = [[2.0, 3.0, 0.5], *LIKES[1:]]  # item 0 stays in front, whatever is taken out
    assert not {"reason", "evidence", "size"} & set(kinds(checked(data, toy=model(data, likes)))), why


def test_no_reason_where_the_feature_speaks_for_the_other() -> None:
    data = world()
    likes = [[1.0, 3.0, 0.0], [2.0, 0.0, 0.0]]  # in front because of f1, in spite of f0
    found = checked(data, toy=model(data, likes))
    assert kinds(found) == ["contrast"]


def test_no_reason_where_the_feature_makes_no_difference() -> None:
    data = world()
    assert kinds(checked(data, toy=model(data, [[1.0, 3.0], [1.0, 1.0]]))) == ["contrast"]


@pytest.mark.parametrize(("adds", "reasons"), [(2.7e-7, 0), (-1.0, 0), (1e-3, 1)])
def test_what_adds_no_more_than_rounding_is_no_reason(adds: float, reasons: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The margin may fall without a feature whose gains and losses cancel on the way to it."""
    monkeypatch.setattr("pyexplain.statements.added.Added.at", lambda self, rows, features: np.full(len(rows), adds))
    assert kinds(checked(world())).count("reason") == reasons


def test_nothing_where_the_item_is_not_in_front() -> None:
    data = world()
    assert kinds(checked(data, toy=model(data, [[1.0], [1.0]]), change={0: -1.0})) == []


def test_the_one_in_front_is_explained_where_a_person_asks_for_the_one_behind() -> None:
    said = [(5, 1, 1, "good", 1.0, "The f1 is good.")]
    found = checked(world(said), item=1, other=0, change={0: -3.0})
    assert found.questions.why_not[0]
    statements = found.statements(0)
    assert [(s.kind, s.item, s.other) for s in statements] == [
        (kind, "i000", "i001") for kind in ("contrast", "flip", "replacement")
    ]


def test_no_flip_where_the_change_is_not_enough() -> None:
    assert "flip" not in kinds(checked(world(), change={0: -0.5}))
    assert "replacement" not in kinds(checked(world(), change={0: -0.5}))


def test_a_tie_is_no_flip() -> None:
    assert "flip" not in kinds(checked(world(), change={0: -1.0}))  # 2 * 2 = 4 * 1


def test_no_replacement_where_a_third_comes_first() -> None:
    data = world()
    likes = [[2.0, 0.0, 0.0], [0.0, 1.0, 0.0], [-1.0, 1.2, 0.0]]  # the third is last as it is, and first without f0
    found = checked(data, change={0: -3.0}, toy=model(data, likes))
    assert {"flip"} <= set(kinds(found))
    assert "replacement" not in kinds(found)
    assert int(found.after.back[0]) == 2


@pytest.mark.parametrize(("k", "leaves"), [(1, True), (2, False)])
def test_leaving_is_stated_for_the_length_of_the_list_alone(k: int, leaves: bool) -> None:
    found = checked(world(), change={0: -3.0}, k=k)
    assert ("leaving" in kinds(found)) is leaves
    if leaves:
        assert found.statements(0)[-1].count == (1, 2)


def test_people_without_features_are_told_nothing() -> None:
    facts = checked(world(cares=[[0.0]]), change={0: 1.0})
    assert facts.cold[0]
    assert kinds(facts) == []


def test_complaints_are_shown_as_what_they_are() -> None:
    data = world([*PRAISE, (7, 0, 0, "bad", -0.5, "The f0 is bad.")])
    sizes = [s for s in checked(data).statements(0) if s.kind == "size"]
    assert [s.count for s in sizes] == [(2, 3), (1, 3)]
    assert [s.text for s in sizes] == [
        "2 of 3 reviews with an opinion on the f0 praise it.",
        "1 of 3 reviews with an opinion on the f0 complains about it.",
    ]


def test_a_review_counts_once_however_much_it_says() -> None:
    data = world([*PRAISE, (6, 0, 0, "nice", 1.0, "Nice f0.")])
    assert [s.count for s in checked(data).statements(0) if s.kind == "size"] == [(2, 2)]


@pytest.mark.parametrize(("quotes", "whose"), [("all", [False, True]), ("own", [True]), ("none", [])])
def test_quotes_of_others_can_be_left_out(quotes: str, whose: list[bool]) -> None:
    data = world([*PRAISE, (0, 2, 0, "nice", 1.0, "A nice f0 it is.")])
    found = checked(data).statements(0, quotes)  # type: ignore[arg-type]
    assert [s.quote.own for s in found if s.quote] == whose
    assert sum(s.kind == "size" for s in found) == 1  # counts name nobody
