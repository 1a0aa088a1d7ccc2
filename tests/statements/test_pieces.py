"""Texts put together of pieces, and sentences taken apart into them."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyexplain.statements.english import ENGLISH
from pyexplain.statements.pieces import Known, Layout, Pieces, numbered
from pyexplain.statements.templates import around, escaped, taken_apart
from pyexplain.statements.types import Change, Named

KINDS = ("word", "attribute", "history")
TEXT = st.text(min_size=1, max_size=12)


def put_in(parts: list[str | int], *given: str) -> str:
    return "".join(part if isinstance(part, str) else given[part] for part in parts)


def test_texts_are_laid_out_by_their_places_whatever_comes_first() -> None:
    pieces, layout = Pieces(), Layout(3, 2)
    begin = pieces.add(["a", "ü", "", "“long”"])
    layout.add(np.array([2, 0]), 1, begin + np.array([0, 3]), begin + 1)
    layout.add(np.array([2]), 0, begin + 3)
    layout.add(np.array([], dtype=np.int64), 0, begin)
    assert layout.of(pieces).to_pylist() == ["“long”ü", "", "“long”aü"]
    assert Layout(0, 1).of(pieces).to_pylist() == []


def test_distinct_values_and_where_each_is() -> None:
    distinct, place = numbered(np.array([7, 2, 7]), 9)
    assert (distinct.tolist(), place.tolist()) == ([2, 7], [1, 0, 1])


def test_what_is_known_is_made_once_until_there_is_too_much() -> None:
    made: list[int] = []
    known = Known(lambda key: made.append(key) or -key, 2)
    assert known.of([1, 2, 1, 2]) == [-1, -2, -1, -2]
    assert made == [1, 2]
    assert known.of([3, 1]) == [-3, -1]
    assert (made, len(known)) == ([1, 2, 3, 1], 2)


@given(TEXT, TEXT, st.sampled_from(KINDS), st.sampled_from(KINDS))
def test_titles_and_names_stand_in_sentences_as_they_are(front: str, name: str, one: str, two: str) -> None:
    """What is put together of templates is what the words say, whatever they are given."""
    before, after = around(lambda title: ENGLISH.reason(Named(one, name), title), name)
    assert before + front + after == ENGLISH.reason(Named(one, name), front)
    pair = taken_apart(lambda f, a, b: ENGLISH.because(f, None, [Named(one, a), Named(two, b)]), 3)
    assert put_in(pair, front, name, "b") == ENGLISH.because(front, None, [Named(one, name), Named(two, "b")])
    assert put_in(taken_apart(ENGLISH.contrast, 2), front, name) == ENGLISH.contrast(front, name)
    assert put_in(taken_apart(ENGLISH.flip, 3), "If", front, name) == ENGLISH.flip("If", front, name)


@given(TEXT, TEXT, st.lists(st.sampled_from(KINDS), min_size=4, max_size=4), st.sampled_from(["user", "item"]))
def test_names_stand_in_conditions_as_they_are(front: str, name: str, kinds: list[str], side: str) -> None:
    def condition(title: str, *names: str) -> str:
        values = zip(kinds, names, (0.0, 1.0, 1.0, 2.0), (1.0, 0.0, 2.0, 1.0), strict=True)
        return ENGLISH.condition([Change(Named(kind, of), now, then) for kind, of, now, then in values], side, title)

    assert put_in(taken_apart(condition, 5), front, name, "b", "c", "d") == condition(front, name, "b", "c", "d")


@given(st.text(), st.text())
def test_what_is_put_together_is_escaped_piece_by_piece(one: str, two: str) -> None:
    assert f'"{escaped(one)}{escaped(two)}"' == json.dumps(one + two, ensure_ascii=False)


def test_a_template_that_says_what_it_is_given_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="once, as it is"):
        around(lambda title: f"{title} and {title}")
    with pytest.raises(ValueError, match="once, as it is"):
        around(lambda title: title[::-1])
