"""Plugins keep the contract on a data set of words, attributes and history."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pyexplain.data.attributes import with_attributes
from pyexplain.data.sparse import SparseRows
from pyexplain.data.types import Dataset
from pyexplain.registry import load_registry
from pyexplain.testing import Contract
from pyexplain.testing.run import CONTRACTS
from pyexplain.testing.worlds import small_world

KINDS = ("word", "attribute", "history")
# The kit renumbers what a model learned of users, items or all features; parameters of the features of one kind it cannot know.
BEYOND_THE_KIT = {"hybrid": {"numbers_do_not_matter"}}
# These ask about many pairs. On the kit's own data set they are always made (test_kit.py), here by `make long`.
MANY_PAIRS = ("memory_is_bounded", "cost_is_linear")
FEW = 18  # of the pairs that explainers are asked about in test_kit.py: those of the unseen are the last
EXPLAINERS = (
    "cnr",
    "integrated-gradients",
    "gradient-input",
    "black-box",
    "lime",
    "lxr",
    "cer",
    "a2cf",
    "kgat",
    "nrpa",
    "npa",
    "saers",
)
RECOMMENDERS = (
    "vbpr",
    "hybrid",
    "nar",
    "ease",
    "item-knn",
    "ncf",
    "fism",
    "mult-vae",
    "lightgcn",
    "fm",
    "deepfm",
    "amcf",
    "a2cf",
    "kgat",
    "nrpa",
    "npa",
    "saers",
)


def mixed_world() -> Dataset:
    """The kit's own, with three attributes; the last item, which nobody knows, has none."""
    data = small_world()
    has = (np.random.default_rng(5).random((data.n_items, 3)) < 0.4).astype(np.float32)
    has[-1] = 0
    return with_attributes(data, ["genre: Horror", "brand: Korg", "price: 20 to 50"], SparseRows.from_dense(has)).with_kinds(KINDS)


def contract_of(kind: str, name: str) -> type[Contract]:
    """The contract of the plugin on mixed_world()."""
    cls: type[Any] = load_registry().get(kind, name)
    once: dict[str, Dataset] = {}
    own: dict[str, Any] = {"cls": cls, "data": lambda self: once.setdefault("data", mixed_world())}
    if kind == "explainer":
        own["pairs"] = lambda self: CONTRACTS[kind].pairs(self)[-FEW:]  # type: ignore[attr-defined]
    return type("OnAllKinds", (CONTRACTS[kind],), own)


@pytest.mark.parametrize(
    ("kind", "name"), [*(("explainer", name) for name in EXPLAINERS), *(("recommender", name) for name in RECOMMENDERS)]
)
def test_the_contract_holds_on_all_kinds(kind: str, name: str) -> None:
    contract = contract_of(kind, name)
    outcomes = [contract.judge(check) for check in contract.checks() if check not in MANY_PAIRS]
    failed = [outcome for outcome in outcomes if outcome.status == "failed"]
    assert [outcome for outcome in failed if outcome.check not in BEYOND_THE_KIT.get(name, ())] == []
    assert sum(outcome.status == "passed" for outcome in outcomes) >= 10


@pytest.mark.long
@pytest.mark.parametrize("name", EXPLAINERS)
def test_many_pairs_cost_no_more_memory_and_in_proportion(name: str) -> None:
    contract = contract_of("explainer", name)
    assert [outcome for outcome in map(contract.judge, MANY_PAIRS) if outcome.status == "failed"] == []
