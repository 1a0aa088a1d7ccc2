"""Beside each method of Table 3: the paper's own vector, attributions of the same model, and what is said of them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pyexplain.evaluation.statistics import Gain, Interval, OverSeeds
from pyexplain.recommenders.options import RunOptions
from pyexplain.reproduce.paper import read_setup
from pyexplain.reproduce.readings import PHI, Reading, of_method
from pyexplain.reproduce.reproduce import Wanted, reproduce
from pyexplain.reproduce.result import Cell, Row, Table
from pyexplain.reproduce.show import by_the_papers_phi, result_text, under_attributions
from tests.present.screen import screen

from .folders import authors_folder

SMALL = {"dim": 4, "epochs": 2, "warmup_epochs": 1}


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Table:
    folder = authors_folder(tmp_path_factory.mktemp("folder") / "p")
    wanted = Wanted(data=folder, dataset="instrument", seeds=1, settings=SMALL)
    found = reproduce(["table3"], wanted, RunOptions(threads=1))[0]
    assert isinstance(found, Table)
    return found


def test_rows_of_the_papers_phi_and_of_attributions_stand_behind_the_methods(table: Table) -> None:
    assert not table.failures
    assert [row.label for row in table.rows if row.of and not row.attribution] == [
        f"{m}, the paper's phi" for m in ("NAR", "CAR", "CNR")
    ]
    shared = [row for row in table.rows if row.attribution]
    assert {row.label for row in shared} == {
        f"{name} on {method}" for name in ("gradient-input", "integrated-gradients") for method in ("NAR", "CAR", "CNR")
    }
    assert all(cell.paper is None for row in shared for cell in row.cells)
    phi = next(row for row in table.rows if row.label == "CNR, the paper's phi")
    assert [cell.paper for cell in phi.cells] == [0.1858, 0.258]
    document = json.loads(json.dumps(table.to_dict(), allow_nan=False))
    of = {row["row"]: row.get("of") for row in document["rows"]}
    assert (of["CNR"], of["CNR, the paper's phi"], of["gradient-input on CAR"], of["echo"]) == (None, "CNR", "CAR", None)
    assert "over_best_attribution" in next(row for row in document["rows"] if row["row"] == "CAR")


def test_phi_is_the_vector_as_it_stands() -> None:
    settings = {method.name: method.phi for method in read_setup().methods}
    assert settings["nar"] == {"weights": "alpha"}
    assert settings["car"] == {"weights": "delta"}
    assert settings["cnr"] == {"weights": "delta", "solver": "adam", "own": "any"}
    assert not any(settings[name] for name in ("ncf", "vbpr", "cer"))


def test_on_the_terminal_phi_stands_below_ours_and_the_others_in_brackets(table: Table) -> None:
    lines = [line.rstrip() for line in screen(result_text(table)).splitlines()]
    at = next(n for n, line in enumerate(lines) if line.startswith("CNR, paper"))
    assert lines[at + 1].split()[0] == "ours"
    assert lines[at + 2].split()[:2] == ["its", "phi"]
    assert any(line.startswith("(gradient-input on CNR)") for line in lines)
    assert any("attributions on the method's own model" in line for line in lines)


def row(label: str, value: float, paper: float | None = None, **more: object) -> Row:
    return Row(label, (Cell("ndcg@10", paper, OverSeeds(value, float("nan"), 1)),), **more)  # type: ignore[arg-type]


def test_what_falls_short_is_named_with_the_reason(table: Table) -> None:
    short, reached = row("x", 0.07, 0.258, of="CNR"), row("y", 0.4, 0.3, of="NAR")
    [line] = by_the_papers_phi(replace(table, rows=(short, reached), phi_note="Because."))
    assert line == (
        "By the paper's phi 1 of 2 cells are at least the paper's value; "
        "it falls short in CNR ndcg@10 0.0700 (paper 0.2580). Because."
    )
    assert by_the_papers_phi(replace(table, rows=(reached,))) == ["By the paper's phi 1 of 1 cells are at least the paper's value."]
    assert by_the_papers_phi(replace(table, rows=(row("a", 0.1, 0.2),))) == []
    assert "never wrote about" in table.phi_note


def test_who_does_not_beat_the_attributions_is_said_to_not(table: Table) -> None:
    def gain(low: float) -> dict[str, Gain]:
        return {"ndcg@10": Gain("gradient-input on A", Interval(low + 0.1, low, low + 0.2))}

    rows = (row("A", 0.3, attribution_gains=gain(-0.3)), row("B", 0.3, attribution_gains=gain(0.1)))
    better, worse = under_attributions(replace(table, rows=rows))
    assert (
        better
        == "Better than the best attribution on the same model in ndcg@10: B +0.2000 [+0.1000, +0.3000] to gradient-input on A."
    )
    assert worse.startswith("Not better than the best attribution on the same model in ndcg@10: A -0.2000")


def test_readings_are_told_apart_by_method_and_kind() -> None:
    known = {Reading("A", PHI): [], Reading("A", "shares"): [], Reading("B", PHI): []}
    assert list(of_method(known, "A", phi=True)) == [Reading("A", PHI)]
    assert list(of_method(known, "A", phi=False)) == [Reading("A", "shares")]
    assert Reading("A", "shares").label == "shares on A"
