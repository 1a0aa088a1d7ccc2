"""Explanations of many pairs, put together when somebody looks."""

from __future__ import annotations

import json

import pytest

import pyexplain as px
from pyexplain.present.documents import ExplanationDocument
from pyexplain.present.many import COLUMNS, ManyExplanations
from tests.worlds import small_world


@pytest.fixture(scope="module")
def many() -> ManyExplanations:
    run = px.train(small_world(), explainer="cnr", epochs=8, dim=8)
    return run.explain_many([(user, run.recommend(user, 1)[0][0]) for user in run.data.users.names[:15]])


def test_slices_are_of_the_same_type_and_share_what_was_made(many: ManyExplanations) -> None:
    assert isinstance(many[2:5], ManyExplanations)
    assert [one.user for one in many[2:5]] == [many[2].user, many[3].user, many[4].user]
    assert many[-1].user == many[14].user
    with pytest.raises(IndexError):
        many[15]


def test_only_what_is_looked_at_is_made() -> None:
    made: list[int] = []
    many = ManyExplanations(lambda row: made.append(row) or pytest.skip("unreachable"), range(1000))  # type: ignore[func-returns-value]
    assert len(many[10:20]) == 10
    assert made == []


def test_the_frame_has_a_row_a_feature(many: ManyExplanations) -> None:
    frame = many.to_frame()
    assert tuple(frame.columns) == COLUMNS
    assert set(frame["user"]) == {one.user for one in many}
    first = frame[frame["user"] == many[0].user]
    assert first["feature"].tolist() == [reason.feature for reason in many[0].reasons] or first["feature"].tolist() == [""]


def test_documents_have_the_documented_form(many: ManyExplanations) -> None:
    documents = json.loads(many[:3].to_json())
    assert len(documents) == 3
    for document in documents:
        ExplanationDocument.model_validate_json(json.dumps(document))


def test_a_notebook_shows_the_first_ten_and_how_many_more(many: ManyExplanations) -> None:
    page = many._repr_html_()
    assert page.count("<section>") == 10
    assert "5 more" in page
    assert "<script" not in page
    assert repr(many) == "<15 explanations>"
    assert repr(many[:2]) == "<2 explanations for 2 users>"
    assert many.say() == [one.say() for one in many]
