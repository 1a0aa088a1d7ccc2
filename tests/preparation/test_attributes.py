"""Attributes of items: what becomes of what a file says."""

from __future__ import annotations

import numpy as np
import pytest

from pyexplain.data.vocabulary import Vocabulary
from pyexplain.errors import DataError
from pyexplain.preparation.attributes import Attributes, Wanted, make_attributes, readable
from pyexplain.preparation.ranges import Ranges

ITEMS = Vocabulary([f"i{number}" for number in range(40)], "item")


def made(column: str, values: list[object], *wanted: str, most: int = 50) -> Attributes:
    said = {column: dict(zip(ITEMS.names, values, strict=False))}
    return make_attributes(said, ITEMS, Wanted(tuple(wanted), most))


def of_item(found: Attributes, item: int) -> list[str]:
    return [found.names[at] for at in found.has.row(item)[0]]


def test_values_of_one() -> None:
    found = made("Brand", ["Korg", "Fender", "Korg", "", "nan", None] * 6)
    assert found.names == ["brand: Fender", "brand: Korg"]
    assert of_item(found, 0) == ["brand: Korg"]
    assert of_item(found, 3) == []
    assert found.report["kept"]["brand"] == {"values": 2, "items": 18, "rare_values_dropped": 0}


@pytest.mark.parametrize("many", ["Action|Comedy", ["Action", "Comedy"], [["Action"], ["Comedy"]], "Action; Comedy"])
def test_values_of_many(many: object) -> None:
    found = made("genres", [many, "Drama"] * 10)
    assert of_item(found, 0) == ["genres: Action", "genres: Comedy"]
    assert of_item(found, 1) == ["genres: Drama"]


def test_numbers_are_cut_into_ranges_of_about_as_many_items_at_round_numbers() -> None:
    prices = np.random.default_rng(0).lognormal(3, 1, 40).round(2).tolist()
    found = made("price", [f"${price}" for price in prices])
    assert len(found.names) == 5
    assert found.names[0].startswith("price: under ")
    assert found.names[-1].endswith(" and more")
    assert min(np.bincount(found.has.indices)) >= 4
    for item, price in enumerate(prices):
        (name,) = of_item(found, item)
        low, high = bounds(name.removeprefix("price: "))
        assert low <= price < high


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        (["{},99", "{},5", "1.{}00,25 €", "{}"], "under"),  # decimal commas, as a spreadsheet of half the world writes them
        (["{},990", "{},500"], "up to"),  # thousands, where all read so
        (["{},99", "{}.99"], None),  # both signs for the same: nobody knows which
    ],
)
def test_decimal_commas_are_numbers(written: list[str], wanted: str | None) -> None:
    found = made("preis", [written[at % len(written)].format(at % 9 + 1) for at in range(40)])
    names = [name for name in found.names if name.startswith("preis: ")]
    assert any(name.startswith(f"preis: {wanted} ") for name in names) == (wanted is not None)
    if wanted == "under":
        at = of_item(found, 2)[0].removeprefix("preis: ")  # 1.300,25 €
        low, high = bounds(at)
        assert low <= 1300.25 < high


def bounds(name: str) -> tuple[float, float]:
    if name.startswith("under "):
        return -np.inf, float(name.removeprefix("under "))
    if name.endswith(" and more"):
        return float(name.removesuffix(" and more")), np.inf
    low, high = name.split(" to ")
    return float(low), float(high)


def test_whole_numbers_name_the_last_that_a_range_holds() -> None:
    years = Ranges([float(year) for year in range(1950, 2000)])
    assert years.names == ["up to 1959", "1960 to 1969", "1970 to 1979", "1980 to 1989", "1990 and more"]
    assert years.name(1959) == "up to 1959"
    assert years.name(1960) == "1960 to 1969"
    assert years.name(2030) == "1990 and more"


@pytest.mark.parametrize(
    "values", [[1.0] * 50 + [2.0], [0.001, 0.002, 0.003], [1e9, 2e9, 5e12], [-5.0, 0.0, 5.0], [0.1] * 9 + [7.3]]
)
def test_ranges_of_odd_numbers_hold_every_value_under_one_name(values: list[float]) -> None:
    ranges = Ranges(values)
    assert len(set(ranges.names)) == len(ranges.names) == len(ranges.edges) + 1
    assert all(ranges.name(value) in ranges.names for value in values)


def test_few_numbers_are_values_of_their_own() -> None:
    assert made("doors", [3, 5.0, "4"] * 10).names == ["doors: 3", "doors: 4", "doors: 5"]


def test_truth_values_are_yes_and_no() -> None:
    assert made("vegan", [True, False] * 10).names == ["vegan: no", "vegan: yes"]


@pytest.mark.parametrize(
    ("column", "values", "why"),
    [
        ("ean", ["4006381333931", "4006381333932"] * 20, "ids"),
        ("image_url", ["a", "b"] * 20, "ids, links"),
        ("also_bought", [["i1", "i2"], ["i3", "i1"], ["i2", "i3"]] * 10, "ids of items"),
        ("designer", [f"Person {number}" for number in range(40)], "value of its own"),
        (
            "description",
            ["It is a very long text. " * 5, "Another long one, and it goes on and on and on and on and on."] * 20,
            "text",
        ),
        ("details", [{"weight": 3}] * 40, "no values"),
        ("shop", ["ours"] * 40, "not all"),
    ],
)
def test_what_is_no_attribute_is_left_out_and_said(column: str, values: list[object], why: str) -> None:
    found = made(column, values)
    assert found.names == []
    assert why in found.report["left_out"][readable(column)]


def test_rare_values_and_those_beyond_the_limit_are_dropped_and_counted() -> None:
    values: list[object] = ["a"] * 12 + ["b"] * 8 + ["c"] * 6 + ["d"] * 6 + ["e", "f"]
    assert made("maker", values).names == ["maker: a", "maker: b", "maker: c", "maker: d"]
    found = made("maker", values, most=2)
    assert found.names == ["maker: a", "maker: b"]
    assert found.report["kept"]["maker"]["rare_values_dropped"] == 4


def test_attributes_are_chosen_by_name() -> None:
    said = {"genre": dict.fromkeys(ITEMS.names[:20], "x"), "Main Colour:token": dict.fromkeys(ITEMS.names[:20], "red")}
    assert make_attributes(said, ITEMS, Wanted(("main_colour",))).names == ["main colour: red"]
    with pytest.raises(DataError, match=r"(?s)no attribute 'size'.*genre, main colour"):
        make_attributes(said, ITEMS, Wanted(("size",)))


def test_columns_go_by_names_that_people_read() -> None:
    names = {"release_year:token": "release year", "mainCategory": "main category", "GENRE": "genre", "Preis (€)": "preis"}
    assert {name: readable(name) for name in names} == names
