"""The tables of the held-out page: every column is a figure of some metric, and rows hold what was measured."""

from __future__ import annotations

from benchmarks.heldout import TABLES, table
from pyexplain.registry import load_registry


def test_every_column_is_a_figure_of_its_group():
    known = {(cls.group, cls().label(10)) for cls in load_registry().classes("metric").values()}
    known |= {(f"user_{group}", label) for group, label in known}
    for group, names in TABLES.items():
        assert {(group, name) for name in names} <= known


def test_a_row_has_the_mean_over_seeds_and_the_controls_of_the_first_method():
    def run(method: str, value: float, control: float) -> dict[str, object]:
        figures = {"explanations": {"necessity": {"pn@1": value}}}
        beside = {"controls": {"echo": {"explanations": {"necessity": {"pn@1": control}}}}, "attributions": {}}
        return {"method": method, **figures, **beside}

    runs = [run("a", 0.25, 0.5), run("a", 0.75, 0.5), run("b", 1.0, 0.125)]
    lines = table({"runs": runs}, "necessity", ("pn@1", "ps@1")).splitlines()
    assert lines[0] == "| | pn@1 | ps@1 |"
    assert lines[2:] == ["| a | .500 ± .354 | – |", "| b | 1.000 | – |", "| *echo* | .500 | – |"]
