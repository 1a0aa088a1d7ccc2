"""The tables of the held-out page: every column is a figure of some metric, and rows hold what was measured."""

from __future__ import annotations

from benchmarks.heldout import TABLES, gains, table
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


def test_one_seed_alone_says_its_gain_and_several_that_of_their_mean():
    gain = {"control": "echo", "difference": 0.25, "low": 0.125, "high": 0.5, "beats": True}
    runs = [{"method": "a", "lift": {"ranking": {"ndcg@10": gain}}}]
    told = "+0.2500 [+0.1250, +0.5000] over echo"
    assert gains({"runs": runs, "over_seeds": {}}) == [f"* ranking ndcg@10, a, seed by seed: {told}"]
    averaged = {"a": {"ranking": {"ndcg@10": {"lift": gain}}}}
    assert gains({"runs": 2 * runs, "over_seeds": averaged}) == [f"* ranking ndcg@10, a: {told}; 2 of 2 seeds alone"]
