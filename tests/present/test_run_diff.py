"""What is printed of two runs: what changed, what was left out, what fails."""

from __future__ import annotations

import copy
import io
from typing import Any

from rich.console import Console

from pyexplain.present.run_diff import closing, diff_tables

FIGURE = {"group": "ranking", "metric": "ndcg@10", "direction": "higher", "before": 0.5, "after": 0.4, "users": 9}
DOCUMENT: dict[str, Any] = {
    "before": "old",
    "after": "new[/]",
    "k": 10,
    "same_data": False,
    "data": {"users": {"before": 9, "after": 12, "new": 4, "gone": 1}, "train pairs": {"before": 5, "after": 5}},
    "settings": [{"key": "seed", "before": 0, "after": 1}],
    "figures": [
        {**FIGURE, "difference": -0.1, "low": -0.2, "high": -0.05, "verdict": "worse"},
        {**FIGURE, "group": "diversity", "metric": "users@10", "difference": 0.0, "low": -0.1, "high": 0.1, "verdict": "level"},
        {
            **FIGURE,
            "group": "statements",
            "metric": "flip",
            "before": None,
            "difference": None,
            "low": None,
            "high": None,
            "verdict": "unknown",
        },
    ],
    "lists": {"overlap": 0.5, "first": 0.25, "users": 8},
    "reasons": {"overlap": None, "first": None, "users": 0},
    "items": [{"item": "i1", "title": "A lamp", "before": 1, "after": 7}],
    "failed": [{"condition": "ndcg@10 worse", "found": "ranking ndcg@10 -0.1000"}],
}


def printed(document: dict[str, Any], everything: bool = False) -> str:
    console = Console(file=io.StringIO(), width=100)
    console.print(*diff_tables(document, everything), sep="\n")
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_what_changed_is_said_and_what_did_not_is_counted() -> None:
    said = printed(DOCUMENT)
    for part in (
        "old -> new[/]",
        "users 9 -> 12 (4 new, 1 gone)",
        "seed 0 -> 1",
        "-0.2000 to -0.0500",
        "▼ worse",
        "2 figures",
        "50% of",
    ):
        assert part in said
    assert "train pairs" not in said
    assert "diversity" not in said
    assert "A lamp: in 1 list before, 7 after" in said
    assert "Fails: ndcg@10 worse: ranking ndcg@10 -0.1000" in said
    assert said.rstrip().endswith("1 worse (ranking ndcg@10). With many figures some are so by chance alone.")


def test_everything_on_demand() -> None:
    said = printed(DOCUMENT, everything=True)
    assert "diversity users@10" in said
    assert "statements flip" in said


def test_nothing_changed() -> None:
    same = copy.deepcopy(DOCUMENT) | {
        "same_data": True,
        "settings": [],
        "figures": DOCUMENT["figures"][1:],
        "failed": [],
        "items": [],
    }
    said = printed(same)
    assert "The same data set." in said
    assert "The same method and settings." in said
    assert closing(same).startswith("No figure changed beyond chance")


def test_what_was_not_compared_is_not_called_unchanged() -> None:
    other = copy.deepcopy(DOCUMENT)
    for figure in other["figures"]:
        figure |= {"difference": None, "low": None, "high": None, "verdict": "unknown"}
    assert closing(other) == "No figure can be compared: there is no user who has it in both."


def test_what_is_not_zero_does_not_look_like_it() -> None:
    document = copy.deepcopy(DOCUMENT)
    document["figures"][0] |= {"low": -0.0139, "high": -0.00002, "difference": -0.007}
    said = printed(document)
    assert "-0.0139 to -2.0e-05" in said
    document["figures"][0] |= {"low": 0.0}
    assert "+0.0000 to" in printed(document)
