"""Every explainer on every recommender: it works, or says what it needs; scores without features cannot be explained by them."""

from __future__ import annotations

import pytest

from benchmarks.plugin_table import Cell, markdown, table
from pyexplain.registry import Registry, load_registry

from ..worlds import small_world

pytestmark = pytest.mark.xdist_group("every pair")  # the table is made once
WITHOUT_FEATURES = {
    "nete",
    "vecf",
    "saers",
    "pure",
    "irgan",
    "amr",
    "amcf",
    "apr",
    "bpr-mf",
    "ease",
    "item-knn",
    "item-popularity",
    "ncf",
    "random",
}


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load_registry(strict=True)


@pytest.fixture(scope="module")
def cells(registry: Registry) -> dict[tuple[str, str], Cell]:
    found = table(small_world(), registry, epochs=8, dim=8, pairs=24)
    return {(cell.explainer, cell.recommender): cell for cell in found}


def test_each_pair_works_or_names_what_is_missing(registry: Registry, cells: dict[tuple[str, str], Cell]) -> None:
    for explainer, cls in registry.classes("explainer").items():
        for recommender, kind in registry.classes("recommender").items():
            cell = cells[explainer, recommender]
            if cls.needs <= kind.offers:
                assert not cell.missing
                assert cell.deletion is not None
                assert 0 <= cell.deletion <= 1
            else:
                assert cell.missing == ", ".join(sorted(cls.needs - kind.offers))
                assert cell.n == 0


def test_nothing_is_deleted_from_a_score_without_features(cells: dict[tuple[str, str], Cell]) -> None:
    found: dict[str, set[float | None]] = {}
    for cell in cells.values():
        if not cell.missing:
            found.setdefault(cell.recommender, set()).add(cell.deletion)
    assert {name for name, deletions in found.items() if deletions == {1.0}} == WITHOUT_FEATURES


@pytest.mark.parametrize("recommender", ["fism", "mult-vae", "lightgcn"])
def test_liked_items_are_reasons_of_what_reads_the_history(recommender: str, cells: dict[tuple[str, str], Cell]) -> None:
    """An item's only feature of this kind is the item itself, which no user holds: who names it takes nothing away."""
    by_random = cells["random", recommender].deletion
    for explainer in ("gradient-input", "integrated-gradients", "shap-sampling", "cnr"):
        assert cells[explainer, recommender].deletion < 0.5 * by_random
    assert cells["item-popularity", recommender].deletion == 1.0


@pytest.mark.parametrize("explainer", ["integrated-gradients", "lime", "shap-sampling"])
@pytest.mark.parametrize("recommender", ["feature-match", "nar", "vbpr"])
def test_attributions_beat_random_features(explainer: str, recommender: str, cells: dict[tuple[str, str], Cell]) -> None:
    assert cells[explainer, recommender].deletion < 0.7 * cells["random", recommender].deletion


def test_the_table_has_a_row_an_explainer_and_a_column_a_recommender(cells: dict[tuple[str, str], Cell]) -> None:
    lines = markdown(list(cells.values()), small_world()).splitlines()
    rows, columns = ({key[side] for key in cells} for side in (0, 1))
    assert len(lines) == 2 + 2 + len(rows) + 1
    assert {line.count("|") for line in lines[2:]} == {len(columns) + 2}
