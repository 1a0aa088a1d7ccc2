"""Beyond accuracy where it is asked for, and nowhere else: in the document, on the terminal and in the report, beside controls."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

import pyexplain as px
from pyexplain.cli import main
from pyexplain.evaluation.beyond import evaluate_beyond
from pyexplain.evaluation.plan import BEYOND_NEEDS, Plan
from pyexplain.evaluation.ranking import full_ranking
from pyexplain.metrics import first_items
from pyexplain.present.evaluation_tables import evaluation_tables
from pyexplain.registry import load_registry

from ..worlds import small_world

GROUPS = {"beyond_accuracy", "ndcg_by_pairs", "ndcg_by_features"}
METRICS = tuple(cls() for cls in load_registry(strict=True).classes("metric").values())


def test_in_every_table_that_asks_and_in_no_other(tmp_path: Path) -> None:
    run = px.train(small_world(), baseline="vbpr", epochs=1, dim=4)
    plain, asked = (px.evaluate(run, k=3, beyond_accuracy=wanted) for wanted in (False, True))
    document = asked.to_dict()
    assert not GROUPS & set(plain.to_dict()["runs"][0])
    [figures] = document["runs"]
    assert set(figures) >= GROUPS
    for name, control in figures["controls"].items():
        assert set(control) >= GROUPS, name
    assert set(figures["beyond_accuracy"]) == {"coverage@3", "novelty@3", "popularity@3", "popularity_lift@3"}
    assert "beyond_accuracy" not in figures["lift"], "the best control is random order: beating it is no merit"
    assert set(figures["intervals"]["beyond_accuracy"]) == {"novelty@3", "popularity@3"}
    console = Console(width=200, file=io.StringIO(), record=True)
    console.print(*evaluation_tables(asked))
    text = console.export_text()
    assert "Beyond accuracy, first items of the whole catalogue" in text
    assert "NDCG of users with few (q1) to many (q4) training pairs" in text


def test_the_command_takes_the_flag(tmp_path: Path) -> None:
    px.train(small_world(), baseline="bpr-mf", epochs=1, dim=4).save(tmp_path / "run")
    px.save_dataset(small_world(), tmp_path / "data")
    report = tmp_path / "report.html"
    with pytest.raises(SystemExit) as left:
        main(["evaluate", str(tmp_path / "run"), "--dataset", str(tmp_path / "data"), "--beyond-accuracy", "--report", str(report)])
    assert left.value.code == 0
    assert "popularity_lift@10" in report.read_text(encoding="utf-8")


def test_lists_are_of_the_catalogue_without_what_a_user_liked_before_and_groups_of_the_table() -> None:
    data = small_world()
    run = px.train(data, baseline="vbpr", epochs=1, dim=4)
    found = {}
    for full in (False, True):
        plan = Plan(METRICS, 3, full, beyond_accuracy=True)
        found[full] = {f"{e.group} {e.metric}": e for e in evaluate_beyond(run.recommender, data, plan)}
    lists = first_items(full_ranking(run.recommender, data), 3)
    liked = {(int(u), int(i)) for u, i in np.concatenate([data.train, data.valid])}
    users = np.unique(data.test[:, 0])
    assert not {(int(u), int(i)) for u, row in zip(users, lists, strict=True) for i in row} & liked
    for figures in found.values():
        assert figures["beyond_accuracy coverage@3"].value == len(np.unique(lists)) / data.n_items
        whole = [e for name, e in figures.items() if name.startswith("ndcg_by_pairs")]
        assert sorted(np.concatenate([e.users for e in whole]).tolist()) == users.tolist(), "each user is of one quarter"
    values = [np.concatenate([e.values for name, e in f.items() if name.startswith("ndcg_by_pairs")]) for f in found.values()]
    assert not np.array_equal(*values), "NDCG is of the lists that the ranking table is of"
    assert evaluate_beyond(run.recommender, data, Plan(METRICS, 3)) == ()
    assert sum(m.needs == BEYOND_NEEDS for m in METRICS) == 12
