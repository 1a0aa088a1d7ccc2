"""What stands under an evaluation: one line that says what holds, marks beside figures, and warnings."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from pyexplain.present.evaluation import groups_of, left_out, rows_beside
from pyexplain.present.verdicts import ABOVE, BELOW, LEVEL, closing_line, mark, not_measured

ROW = {"ndcg@10": 0.3}


def lift(low: float, high: float, control: str = "item-popularity") -> dict[str, Any]:
    return {"control": control, "difference": (low + high) / 2, "low": low, "high": high, "beats": low > 0}


def document(
    *runs: tuple[str, dict[str, Any] | None], statements: dict[str, float] | None = None, averaged: dict[str, Any] | None = None
) -> dict[str, Any]:
    explained = {"explanations": {"explainer": "x", "statements": statements}} if statements else {}
    made = [
        {"run": f"runs/{name}", "method": name, "seed": seed, "ranking": ROW, "skipped": {}, "controls": {}}
        | {"lift": {"ranking": {"ndcg@10": found}} if found else {}}
        | explained
        for seed, (name, found) in enumerate(runs)
    ]
    over = {runs[0][0]: {"ranking": {"ndcg@10": {"mean": 0.3, "deviation": 0.1, "n": 2, "lift": averaged}}}} if averaged else {}
    return {"k": 10, "runs": made, "over_seeds": over, "warnings": []}


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (
            document(("a", lift(0.01, 0.03))),
            "a ranks above the best control (item-popularity) by 0.020 ndcg@10 [+0.010, +0.030].",
        ),
        (
            document(("a", lift(-0.03, -0.01))),
            "a ranks below the best control (item-popularity) by 0.020 ndcg@10 [-0.030, -0.010].",
        ),
        (
            document(("a", lift(-0.01, 0.03))),
            "a does not differ significantly from the best control (item-popularity): +0.010 ndcg@10 [-0.010, +0.030].",
        ),
        (document(("a", None)), "The ranking cannot be judged: no control has a value of ndcg@10 to compare with."),
        (
            document(("a", lift(0.01, 0.03)), ("a", lift(-0.01, 0.03)), averaged=lift(0.01, 0.05)),
            "a ranks above the best control (item-popularity) by 0.030 ndcg@10 [+0.010, +0.050], mean of 2 seeds.",
        ),
        (
            document(("a", lift(0.01, 0.03)), ("b", lift(-0.01, 0.03)), ("c", lift(0.03, 0.05))),
            "2 of 3 methods rank above the best control (item-popularity) in ndcg@10: c by 0.040 and a by 0.020; b does not.",
        ),
        (
            document(("a", lift(0.01, 0.03)), ("b", lift(0.02, 0.04))),
            "2 of 2 methods rank above the best control (item-popularity) in ndcg@10: b by 0.030 and a by 0.020.",
        ),
        (
            document(("a", lift(-0.01, 0.03)), ("b", lift(-0.04, -0.02))),
            "None of 2 methods ranks above the best control (item-popularity) in ndcg@10.",
        ),
    ],
)
def test_one_line_says_what_holds(given: dict[str, Any], line: str) -> None:
    assert closing_line(given) == line


def test_the_line_goes_on_with_what_was_printed() -> None:
    ranked = document(("a", lift(0.01, 0.03)), statements={"reason": 1.0, "flip": 1.0, "coverage": 0.964})
    assert closing_line(ranked).endswith("[+0.010, +0.030]; every printed statement holds, and 96% of top items have a reason.")
    false = document(("a", lift(0.01, 0.03)), statements={"reason": 1.0, "flip": 0.982, "coverage": 0.5})
    assert "; of the printed statements not all hold (flip: 98.2%), and 50% of" in closing_line(false)


def test_the_line_says_whose_explanations_beat_what_stands_beside_them() -> None:
    def told(control: dict[str, Any], attribution: dict[str, Any]) -> str:
        given = document(("a", lift(0.01, 0.03)), statements={"reason": 1.0})
        given["runs"][0]["lift"]["faithfulness"] = {"deletion": control}
        given["runs"][0]["lift_over_attributions"] = {"faithfulness": {"deletion": attribution}}
        return closing_line(given).split("; ")[1]

    best = {"attribution": "shares"}
    assert told(lift(0.1, 0.2), lift(0.1, 0.2) | best) == "explanations of a beat all beside them in deletion"
    assert told(lift(0.1, 0.2), lift(-0.1, 0.2) | best) == "explanations of a do not beat the attribution shares in deletion"
    both = "explanations of a do not beat the control item-popularity in deletion, nor the attribution shares in deletion"
    assert told(lift(-0.2, 0.2), lift(-0.2, -0.1) | best) == both


def explained(name: str, deletion: float, control: float, coverage: float = 1.0) -> dict[str, Any]:
    """A run with its own control in deletion, which is of its model."""
    gain = lift(deletion - control - 0.01, deletion - control + 0.01)
    return {
        "run": f"runs/{name}",
        "method": name,
        "seed": 0,
        "ranking": ROW,
        "skipped": {},
        "explanations": {
            "explainer": name,
            "faithfulness": {"deletion": deletion},
            "statements": {"coverage": coverage, "flip": 1.0},
        },
        "controls": {"echo": {"faithfulness": {"deletion": control}}},
        "lift": {"ranking": {"ndcg@10": lift(0.01, 0.03)}, "faithfulness": {"deletion": gain}},
    }


def several() -> dict[str, Any]:
    ranked = {"run": "runs/ease", "method": "ease", "seed": 0, "ranking": ROW, "skipped": {}, "lift": {"ranking": {}}}
    runs = [ranked, explained("good", 0.6, 0.5, 0.9), explained("bad", 0.7, 0.8, 0.1)]
    return {"k": 10, "runs": runs, "over_seeds": {}, "warnings": []}


def test_of_several_methods_each_stands_beside_its_own_model() -> None:
    lines = shown(several())
    (best,) = [line.split() for line in lines if line.startswith("best control")]
    assert best[2] == "0.500–0.800"  # "good ▲" at 0.6 is above its own control, and not below that of "bad"
    assert any(line.startswith("Beside explanations stand controls on each method's own model") for line in lines)
    assert not any("own model" in line for line in shown({**several(), "runs": several()["runs"][:2]}))
    details = shown(several(), details=True)
    assert any(line.startswith("control: echo (model of good)") for line in details)
    assert [label for _, label, _ in rows_beside({"runs": several()["runs"][1:2]}, "faithfulness")] == ["control: echo"]


def test_a_run_without_explainer_is_named_once_and_has_no_rows_of_dashes() -> None:
    for details in (False, True):
        lines = shown(several(), details)
        assert [line for line in lines if line.startswith("ease (seed 0)")][1:] == []  # that of the ranking
        assert sum(line.startswith("No explainer, so no explanations to measure: ease (--explainer") for line in lines) == 1
    assert not any("No explainer" in line for line in shown({**several(), "runs": several()["runs"][:1]}))


def test_of_several_explained_methods_the_end_has_a_line_for_each() -> None:
    lines = shown(several())
    assert lines[-2].startswith("Explanations of good")
    assert lines[-1].startswith("Explanations of bad do not beat")
    assert "from 10% (bad) to 90% (good) of top items have a reason" in " ".join(lines)


def test_a_share_that_is_not_whole_is_never_rounded_to_all() -> None:
    almost = document(("a", lift(0.01, 0.03)), statements={"reason": 0.99999})
    assert "not all hold (reason: 99.9%)" in closing_line(almost)


def test_marks() -> None:
    assert [mark(lift(*ends)) for ends in ((0.1, 0.2), (-0.2, -0.1), (-0.1, 0.1), (0.0, 0.1))] == [ABOVE, BELOW, LEVEL, LEVEL]
    assert mark(None) == ""


class Made:
    """A report that gives this document."""

    runs = ()

    def __init__(self, given: dict[str, Any]) -> None:
        self.given = given

    def to_dict(self) -> dict[str, Any]:
        head = {"protocol": "heldout", "dataset": {"name": "toy", "fingerprint": "f"}, "candidates": "lists"}
        return self.given | head


def shown(given: dict[str, Any], details: bool = False) -> list[str]:
    from pyexplain.present.evaluation_tables import evaluation_tables

    console = Console(width=110, file=io.StringIO())
    for part in evaluation_tables(Made(given), details):  # type: ignore[arg-type]
        console.print(part)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]  # type: ignore[attr-defined]


def test_a_terminal_ends_with_that_line_and_marks_the_figures() -> None:
    given = document(("a", lift(0.01, 0.03)), ("b", lift(-0.03, -0.01)))
    given["warnings"] = ["ranking hit@10: not given, because\x1b[31m"]
    given["runs"][0]["skipped"] = {"sanity": "needs randomised"}
    lines = shown(given)
    assert lines[-1] == closing_line(given)
    assert lines[-2] == "Not measured of a: sanity (--robust measures them)."
    assert lines[-3] == "Warning: ranking hit@10: not given, because [31m"
    assert [line.split() for line in lines if line[1:].startswith(" (seed")][:2] == [
        ["a", "(seed", "0)", "0.3000", ABOVE],
        ["b", "(seed", "1)", "0.3000", BELOW],
    ]


def test_the_demo_ends_with_it_too() -> None:
    from pyexplain.present.demo import closing_words

    given = document(("a", lift(0.01, 0.03)))
    words = closing_words(Path("demo"), Path("demo/report.html"), "a", Made(given)).plain  # type: ignore[arg-type]
    assert words.splitlines()[-1] == closing_line(given)
    assert words.count(closing_line(given)) == 1


@pytest.mark.parametrize("width", [60, 80, 110, 300])
def test_tables_split_so_that_no_name_is_cut(width: int) -> None:
    from pyexplain.present.group_table import group_figures

    names = [f"a-figure-of-{n}" for n in range(13)]
    run = {"run": "r", "method": "a-method", "seed": 0, "lift": {}, "ranking": dict.fromkeys(names, 0.5)}
    run |= {"controls": {"item-popularity": {"ranking": dict.fromkeys(names, 0.25)}}, "attributions": {}}
    console = Console(file=io.StringIO(), width=width)
    console.print(group_figures({"runs": [run], "over_seeds": {}}, "ranking"))
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    text = console.file.getvalue()
    assert "…" not in text
    assert all(text.count(f" {name} ") == 1 for name in names)
    tables = text.count("control: item-popularity")
    heads = [line for line in lines if line.startswith("method")]
    assert len(heads) == tables
    assert (tables == 1) == (width == 300)
    counts = [len(head.split()) - 1 for head in heads]
    assert max(counts) - min(counts[:-1] or counts) <= 1


def test_a_group_without_any_figure_has_no_table_and_is_named_with_the_reason() -> None:
    given = document(("a", None), statements={"flip": 1.0})
    run = given["runs"][0]
    run["explanations"] |= {"agreement": {"f1@10": None}, "kinds": {"word": None}}
    assert groups_of(given) == ["ranking", "statements"]
    assert left_out(given) == [
        "No figure, and no table: Agreement of explanations with what users wrote. No held-out review mentions a feature."
    ]
    run["controls"] = {"echo": {"agreement": {"f1@10": 0.5}}}
    assert left_out(given) == ["No figure, and no table: Agreement of explanations with what users wrote."]
    run["explanations"]["agreement"] = {"f1@10": 0.0}
    assert left_out(given) == []
    assert groups_of(given) == ["ranking", "agreement", "statements"]


def test_what_only_some_runs_leave_out_is_said_of_them() -> None:
    runs = [
        {"method": "car", "skipped": {"sanity": "--robust", "validity": "a change", "bleu": "sentences"}},
        {"method": "vbpr", "skipped": {"sanity": "--robust", "coverage": "statements"}},
        {"method": "vbpr", "skipped": {"sanity": "--robust", "coverage": "statements"}},
    ]
    assert not_measured({"runs": runs}) == [
        "Not measured: sanity (--robust measures them).",
        "Not measured of car: validity: they are of changes, and none is named.",
        "Not measured of vbpr: coverage.",
    ]
    assert not_measured({"runs": [{"method": "car"}]}) == []
