"""What margins of the additive form are made of: a sum over features, and nothing else where there is no residual."""

from __future__ import annotations

import numpy as np
import pytest

import pyexplain as px
from pyexplain.errors import UsageError
from pyexplain.margin import AdditiveParts, Margin

from ..worlds import small_world

DATA = small_world()


def margin_of(method: str) -> Margin:
    run, pairs = px.train(DATA, baseline=method, dim=4, epochs=2), DATA.test[:12]
    return Margin.of(run.recommender, run.data, pairs, (pairs[:, 1] + 5) % DATA.n_items)


def test_parts_add_up_to_the_margin() -> None:
    margin = margin_of("hybrid")
    parts = AdditiveParts.of(margin)
    assert not parts.residual.any()
    total = parts.values.dense().sum(axis=1) + parts.bias
    np.testing.assert_allclose(total, margin.value(), atol=1e-4)
    assert len(parts.values.values) > 0


def test_other_forms_have_no_parts() -> None:
    with pytest.raises(UsageError, match="are no sum over features"):
        AdditiveParts.of(margin_of("vbpr"))
