"""What a run adds to what nobody is told of: by names that something goes by, kept by every view."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import pyexplain as px
from pyexplain.data.attributes import with_attributes
from pyexplain.data.counts import seen_by
from pyexplain.data.never import with_never
from pyexplain.data.sparse import SparseRows
from pyexplain.data.split import without_validation
from tests.worlds import small_world


def world() -> px.Dataset:
    data = small_world()
    has = np.zeros((data.n_items, 2), np.float32)
    has[::2, 0] = has[::3, 1] = 1
    data = replace(data, settings=replace(data.settings, never=("f2",)))
    return with_attributes(data, ["gender: women", "genre: Horror"], SparseRows.from_dense(has))


def hidden(data: px.Dataset) -> set[str]:
    return set() if data.unsaid is None else {data.features[k] for k in np.flatnonzero(data.unsaid).tolist()}


def test_names_are_added_and_every_view_keeps_them() -> None:
    stored = world()
    data = seen_by(stored, ["word", "attribute", "history"], True, ["F1", "genre", "i003"])
    assert hidden(data) == {"f2", "gender: women", "f1", "genre: Horror", "i003"}
    assert data.source is stored
    assert hidden(stored) == {"f2", "gender: women"}
    assert data.fingerprint == seen_by(stored, ["word", "attribute", "history"], True).fingerprint
    assert hidden(data.with_kinds(["word"])) == {"f1", "f2"}
    assert hidden(data.with_kinds(["word", "attribute"])) == {"f1", "f2", "gender: women", "genre: Horror"}
    assert hidden(without_validation(data)) == hidden(data)


def test_nothing_added_is_the_same_data_set() -> None:
    data = world()
    assert with_never(data, ()) is data
    assert with_never(data, ("f2",)) is data


def test_a_slip_of_the_pen_is_no_licence_to_tell() -> None:
    for name in ("genree", "Gender x", "f"):
        with pytest.raises(px.UsageError, match=f"no feature goes by '{name}'"):
            with_never(world(), (name,))
    with pytest.raises(px.UsageError) as told:
        with_never(world(), ("genree",))
    assert "Did you mean genre" in str(told.value.hint)
    assert hidden(with_never(world(), ("Religion", "gender"))) == {"f2", "gender: women"}  # never said, whether there or not
