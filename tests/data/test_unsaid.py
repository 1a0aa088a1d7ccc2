"""Which features nobody is told of."""

from __future__ import annotations

import numpy as np
import pytest

from pyexplain.data.attributes import with_attributes
from pyexplain.data.sparse import SparseRows
from pyexplain.data.unsaid import SENSITIVE, is_sensitive, unsaid
from tests.worlds import small_world


@pytest.mark.parametrize(
    ("never", "hidden"),
    [
        ([], ["age group: 20 to 30"]),
        (["GENRE"], ["age group: 20 to 30", "genre: Horror"]),
        (["genre: horror", "F2"], ["f2", "age group: 20 to 30", "genre: Horror"]),
        (["hor", "genre: "], ["age group: 20 to 30"]),
    ],
)
def test_names_mean_features_or_attributes_with_all_their_values(never: list[str], hidden: list[str]) -> None:
    data = small_world()
    has = SparseRows.from_dense(np.ones((data.n_items, 2), np.float32))
    names = with_attributes(data, ["age group: 20 to 30", "genre: Horror"], has).features
    marks = unsaid(names, never)
    assert marks is not None
    assert [names[at] for at in np.flatnonzero(marks)] == hidden


def test_a_word_is_no_attribute() -> None:
    words = small_world().features
    assert unsaid(words, []) is None
    assert all(is_sensitive(name.upper()) for name in SENSITIVE)
