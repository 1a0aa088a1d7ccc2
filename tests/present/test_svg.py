"""Drawings: what is drawn is what is told, inside the picture, and said in words for who does not see it."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from pyexplain.present.svg import Point, bar_plot, curve_plot, interval_plot, tail_plot

STRANGE = '<b>&"x"\x00\u202e'


def parsed(drawing: str) -> ET.Element:
    return ET.fromstring(drawing)


def inside(root: ET.Element) -> bool:
    """Whether all coordinates lie within the picture."""
    svg = root.find("svg")
    assert svg is not None
    width, height = float(svg.attrib["width"]), float(svg.attrib["height"])
    xs = [float(e.attrib[name]) for e in svg.iter() for name in ("x", "cx") if name in e.attrib]
    ys = [float(e.attrib[name]) for e in svg.iter() for name in ("y", "cy") if name in e.attrib]
    for line in svg.iter("polyline"):
        xs += [float(pair.split(",")[0]) for pair in line.attrib["points"].split()]
        ys += [float(pair.split(",")[1]) for pair in line.attrib["points"].split()]
    return all(0 <= x <= width for x in xs) and all(0 <= y <= height for y in ys)


def test_points_stand_in_the_order_of_their_values_on_the_axis() -> None:
    root = parsed(interval_plot([Point("a", 0.5, 0.4, 0.6), Point("b", 0.25, control=True), Point("c", float("nan"))], "ndcg"))
    places = [float(e.attrib["cx"]) for e in root.iter("circle")]
    assert places[0] > places[1]
    assert len(places) == 2
    assert inside(root)
    assert next(root.iter("svg")).attrib["aria-label"] == "ndcg: a 0.500; b 0.250"


@pytest.mark.parametrize("values", [[0.0], [-0.3, 0.2], [1e-12], [5.0, 5.0]])
def test_any_values_have_their_place(values: list[float]) -> None:
    assert inside(parsed(interval_plot([Point(str(v), v, v - 0.1, v + 0.1) for v in values], "x")))


def test_curves_end_beside_their_names_and_names_do_not_lie_on_each_other() -> None:
    root = parsed(
        curve_plot([("a", [1, 0.5, 0.1], False), ("b", [1, 0.6, 0.1], True), ("c", [1, 0.6, 0.11], True)], ["0", "1", "2"], "left")
    )
    labels = [float(e.attrib["y"]) for e in root.iter("text") if e.text in ("a", "b", "c")]
    assert min(abs(x - y) for n, x in enumerate(labels) for y in labels[:n]) >= 12
    assert inside(root)


def test_curves_beyond_the_bounds_are_cut() -> None:
    assert inside(parsed(curve_plot([("a", [-5.0, 0.5, 9.0], False)], ["0", "1", "2"], "x")))


def test_bars_are_as_long_as_what_they_say() -> None:
    root = parsed(bar_plot([("a", 0.5), ("b", 0.25)], "share"))
    widths = [float(e.attrib["width"]) for e in root.iter("rect")]
    assert widths[0] == pytest.approx(2 * widths[1], abs=0.2)
    assert inside(root)


def test_a_tail_falls() -> None:
    root = parsed(tail_plot([1.0] * 900 + [50.0] * 3, "pairs"))
    ys = [float(pair.split(",")[1]) for pair in next(root.iter("polyline")).attrib["points"].split()]
    assert ys == sorted(ys)
    assert "the largest has 50, the middle one 1" in next(root.iter("svg")).attrib["aria-label"]


def test_names_of_others_are_text() -> None:
    for drawing in (
        interval_plot([Point(STRANGE, 1.0)], STRANGE),
        bar_plot([(STRANGE, 1.0)], STRANGE),
        curve_plot([(STRANGE, [1.0, 0.5], False)], ["0", "1"], STRANGE),
        tail_plot([2.0, 1.0], STRANGE),
    ):
        parsed(drawing)
        assert not re.search(r"<b>|\x00|\u202e", drawing)


def test_nothing_is_no_drawing() -> None:
    assert (
        interval_plot([], "x") == curve_plot([], [], "x") == bar_plot([], "x") == tail_plot([], "x") == tail_plot([0.0], "x") == ""
    )
