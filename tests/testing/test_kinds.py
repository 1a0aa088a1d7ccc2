"""Plugins keep the contract on a data set of words, attributes and history."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest

from pyexplain.data.attributes import with_attributes
from pyexplain.data.sparse import SparseRows
from pyexplain.data.types import Dataset
from pyexplain.registry import load_registry
from pyexplain.testing.run import CONTRACTS
from pyexplain.testing.worlds import small_world

KINDS = ("word", "attribute", "history")
# The kit renumbers what a model learned of users, items or all features; parameters of the features of one kind it cannot know.
# Ten seconds: on the kit's own data set it is checked by test_kit.py; here by `make long`.
SLOW = {} if os.environ.get("PYEXPLAIN_LONG") else {"cer": {"memory_is_bounded"}}
BEYOND_THE_KIT = {"hybrid": {"numbers_do_not_matter"}}


def mixed_world() -> Dataset:
    """The kit's own, with three attributes; the last item, which nobody knows, has none."""
    data = small_world()
    has = (np.random.default_rng(5).random((data.n_items, 3)) < 0.4).astype(np.float32)
    has[-1] = 0
    return with_attributes(data, ["genre: Horror", "brand: Korg", "price: 20 to 50"], SparseRows.from_dense(has)).with_kinds(KINDS)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        *(("explainer", name) for name in ("cnr", "integrated-gradients", "gradient-input", "black-box", "lime", "lxr", "cer")),
        *(
            ("recommender", name)
            for name in ("vbpr", "hybrid", "nar", "ease", "item-knn", "ncf", "fism", "mult-vae", "lightgcn", "fm", "deepfm")
        ),
    ],
)
def test_the_contract_holds_on_all_kinds(kind: str, name: str) -> None:
    cls: type[Any] = load_registry().get(kind, name)
    once: dict[str, Dataset] = {}
    data = {"cls": cls, "data": lambda self: once.setdefault("data", mixed_world())}
    contract = type("OnAllKinds", (CONTRACTS[kind],), data)
    outcomes = [contract.judge(check) for check in contract.checks() if check not in SLOW.get(name, ())]
    failed = [outcome for outcome in outcomes if outcome.status == "failed"]
    assert [outcome for outcome in failed if outcome.check not in BEYOND_THE_KIT.get(name, ())] == []
    assert sum(outcome.status == "passed" for outcome in outcomes) >= 10
