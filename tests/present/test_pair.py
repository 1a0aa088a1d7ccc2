"""One explained pair as facts, as a table on a terminal, and as a page: by hand on a data set of two features."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pyexplain.data.sparse import SparseRows
from pyexplain.explainers.types import Explanations
from pyexplain.present.explanation import PairExplanation
from pyexplain.present.html import bar, explanation_html
from pyexplain.present.pair import MOST_NAMED, MOST_TOLD, PairFacts, Reason
from pyexplain.present.terminal import line_of, terminal_view
from pyexplain.present.text import listed, plain_table
from pyexplain.statements.types import Quote, Statement
from tests.metrics.toys import explanations, toy_data

from .screen import screen

DATA = toy_data([[3.0, 2, 0], [0, 0, 0]], [[1.0, 1, 0], [0, 0, 1]], train=[(0, 1)])
CHANGE = SparseRows.from_dense(np.array([[-3, 0, 0.5]], dtype=np.float32))


def explained(user: int = 0, **more: object) -> Explanations:
    found = explanations(DATA, [(user, 0)], [[2, 1, 0]], against=np.array([1]), change=CHANGE, **more)
    return replace(found, valid=np.array([True]), margin_before=np.array([5.0]), margin_after=np.array([-0.5]))


def adding(**parts: float) -> list[Reason]:
    """What features add to the lead; the user has 2 of each."""
    return [Reason(name, 0.0, 2.0, None, contribution=part) for name, part in parts.items()]


def test_what_adds_to_the_lead_stands_behind_what_the_method_names() -> None:
    reasons = (Reason("f2", 0.4, 1.0, 0.0), Reason("f5", 0.0, 3.0, 5.0))
    found = PairFacts("u", "i", "j", "m", reasons, valid=True).with_contributions(adding(f0=0.5, f1=-2.0, f2=1.0, f3=0.0))
    told = [(r.feature, r.weight, r.contribution, r.before, r.after) for r in found.reasons]
    assert told == [("f2", 0.4, 1.0, 1.0, 0.0), ("f5", 0.0, 0.0, 3.0, 5.0), ("f1", 0, -2.0, 2.0, 2.0), ("f0", 0, 0.5, 2.0, 2.0)]
    assert [r.feature for r in found.named] == ["f2"]
    assert found.top(3) == [("f2", 0.4)]
    of_item = PairFacts("u", "i", "j", "m", reasons, side="item").with_contributions(adding(f0=0.5, f2=1.0))
    assert [(r.feature, r.contribution) for r in of_item.reasons] == [("f2", None), ("f5", None)]
    many = PairFacts("u", "i", "j", "m", reasons).with_contributions(adding(**{f"g{n}": 1.0 for n in range(99)}))
    assert len(many.reasons) == MOST_TOLD
    assert many.reasons[-1].after is None


def test_weights_below_zero_are_told_beside_the_largest_size() -> None:
    reasons = (Reason("f0", -4.0, 3.0, 0.0), Reason("f1", 2.0, 1.0, 3.0))
    table = screen([terminal_view(PairFacts("u", "i", "j", "m", reasons, True, 1.0, -1.0))])
    assert [line.split()[2] for line in table.splitlines() if line.startswith("f0") or line.startswith("f1")] == ["-1.00", "0.50"]
    assert "-1.00" in explanation_html(PairExplanation("u", "i", "j", "m", reasons, True))


def test_the_facts_of_a_pair() -> None:
    found = PairFacts.of(explained(), 0, DATA, rank_before=1, rank_after=2)
    assert (found.user, found.item, found.against, found.valid, found.margin_before) == ("u0", "i0", "i1", True, 5.0)
    assert [(r.feature, r.weight, r.before, r.after, r.changes) for r in found.reasons] == [
        ("f0", 2.0, 3.0, 0.0, True),
        ("f1", 1.0, 2.0, 2.0, False),
        ("f2", 0.0, 0.0, 0.5, True),
    ]
    assert found.top(1) == [("f0", 2.0)]
    assert [r.contribution for r in found.with_contributions(adding(f0=3.0)).reasons] == [3.0, 0.0, 0.0]


def test_of_a_user_about_whom_nothing_is_known_that_is_said() -> None:
    assert PairFacts.of(explained(1), 0, DATA).note == "nothing is known of what this user writes about"
    assert PairFacts.of(replace(explained(1), notes=("so it is",)), 0, DATA).note == "so it is"


def test_a_table_shows_what_weighs_most_and_all_that_changes() -> None:
    reasons = tuple(Reason(f"f{n}", 9.0 - n, 1.0, 0.0 if n == 8 else 1.0) for n in range(9))
    shown = PairFacts("u", "i", "j", "m", reasons).shown()
    assert [r.feature for r in shown] == [f"f{n}" for n in range(MOST_NAMED)] + ["f8"]


def test_on_a_terminal() -> None:
    found = PairExplanation.of(explained(), 0, DATA, 1, 2).with_contributions(adding(f0=3.0, f1=2.0))
    lines = screen([terminal_view(found)]).splitlines()
    assert lines[2].split("  ")[0] == "feature"
    assert [line.split()[:5] for line in lines[3:6]] == [
        ["f0", "+3.000", "1.00", "3.00", "0.00"],
        ["f1", "+2.000", "0.50", "2.00", "2.00"],
        ["f2", "+0.000", "0.00", "0.00", "0.50"],
    ]
    assert "the model says: the order flips (lead 5.000 → -0.500)." in lines[6]
    assert lines[7] == "Rank of i0 in the whole catalogue: 1, with the change 2."


@pytest.mark.parametrize(("before", "after", "said"), [(5.0, 1.0, "does not flip"), (-1.0, -2.0, None)])
def test_what_the_model_said_when_asked_again(before: float, after: float, said: str | None) -> None:
    text = screen([terminal_view(PairFacts("u", "i", "j", "m", (), False, before, after))])
    assert ("when asked again" in text or "Asked again" in text) == (said is not None)
    assert said is None or said in text


def test_statements_name_whose_review_it_is() -> None:
    quoted = Statement("evidence", "“Nice.”", item="A", quote=Quote("Nice.", "A", "v\x1b[0m", 1.0, False))
    assert line_of(quoted) == "“Nice.”  (v [0m of A)"
    assert line_of(Statement("contrast", "A before B", item="A")) == "A before B"


def test_on_a_page_nothing_of_others_is_markup() -> None:
    found = PairExplanation.of(explained(), 0, DATA)
    hostile = replace(found, user="<b>u</b>", reasons=(replace(found.reasons[0], feature='"><script>'),))
    page = explanation_html(hostile)
    assert "<script" not in page
    assert "&quot;&gt;&lt;script&gt;" in page
    assert "&lt;b&gt;u&lt;/b&gt;" in page
    assert page == hostile._repr_html_()


def test_a_page_has_a_row_a_feature() -> None:
    page = explanation_html(PairExplanation.of(explained(), 0, DATA).with_contributions(adding(f0=3.0)))
    assert page.count('<th scope="row"') == 3
    assert ">+3.000<" in page
    assert "would have to be" in page
    assert "<table" not in explanation_html(PairExplanation("u", "i", "j", "m", ()))


@pytest.mark.parametrize(("share", "filled"), [(0.5, 40), (0.0, 0), (1.0, 80), (7.0, 80), (-1.0, 0)])
def test_bars_stay_within_their_width(share: float, filled: int) -> None:
    assert f'<rect width="{filled}" height="10" fill="#2563eb"/>' in bar(share)


def test_as_a_frame_and_as_plain_text() -> None:
    frame = PairExplanation.of(explained(), 0, DATA).to_frame()
    assert frame.columns.tolist() == ["feature", "weight", "from", "to"]
    assert frame["to"].tolist() == [0.0, 2.0, 0.5]
    rows = frame.to_numpy(dtype=object).tolist()
    lines = plain_table(list(frame.columns), rows).splitlines()
    assert lines[1].split() == ["f0", "2.00", "3.00", "0.00"]
    assert len({len(line) for line in lines}) == 1
    assert plain_table(("a", "b"), [("long name", float("nan")), ("x", None)]) == "        a b\nlong name  \n        x  "
    assert plain_table(("feature",), []) == "(no feature)"
    assert [listed(words) for words in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]


def test_a_document_for_customers_names_nobody_who_is_quoted() -> None:
    quoted = Statement("evidence", "Said: “Nice.”", item="A", quote=Quote("Nice.", "A", "somebody", 1.0, False))
    found = PairExplanation("u", "A", "B", "m", (), statements=(quoted,))
    assert "somebody" in found.to_json()
    assert "somebody" not in str(found.to_dict("customer"))


def test_what_is_explained_by_the_items_features_has_no_figures_of_the_users_beside_them() -> None:
    reasons = (Reason("f2", 1.0, 5.0, 3.5), Reason("f5", 0.0, 2.0, 2.0))
    found = PairFacts("u", "i", "j", "m", reasons, True, 0.2, -0.1, side="item").with_contributions(adding(f2=-0.4))
    for text in (screen([terminal_view(found)]), explanation_html(found)):
        assert "of the item" in text
        assert not [word for word in ("contribution", "-0.4", "that is", "value now") if word in text]
