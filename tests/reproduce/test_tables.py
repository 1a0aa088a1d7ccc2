"""The tables: the paper's value, ours over seeds and a verdict that is right, with the controls beside them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pyexplain.errors import UsageError
from pyexplain.evaluation.statistics import Interval, OverSeeds
from pyexplain.recommenders.options import RunOptions
from pyexplain.registry import Registry, load_registry
from pyexplain.reproduce.reproduce import Wanted, reproduce
from pyexplain.reproduce.result import Cell, Table, verdict
from pyexplain.reproduce.show import compared, sentences

from ..shared import SHARED, needs
from .folders import authors_folder

SMALL = {"dim": 4, "epochs": 1}
ONE = RunOptions(threads=1)


def table(path: Path, name: str, registry: Registry | None = None, **more: object) -> Table:
    folder = path / "p"
    if not folder.exists():
        authors_folder(folder)
    return reproduce([name], Wanted(data=folder, **({"seeds": 2, "settings": SMALL} | more)), ONE, registry)[0]


def test_a_verdict_compares_at_the_papers_four_decimals() -> None:
    assert verdict(0.25376, 0.2538) == "at least the paper"
    assert verdict(0.25374, 0.2538) == "below the paper"
    assert verdict(3581, 3581, exact=True) == "as in the paper"
    assert verdict(3582, 3581, exact=True) == "differs"
    assert verdict(None, 0.1) is verdict(0.1, None) is verdict(float("nan"), 0.1) is None


def test_table_2_counts(tmp_path: Path) -> None:
    found = table(tmp_path, "table2", dataset="video")
    cells = {cell.column: cell for cell in found.rows[0].cells}
    assert [cells[c].ours.mean for c in ("users", "items", "pairs", "features")] == [24, 18, 96, 9]
    assert cells["density_percent"].ours.mean == pytest.approx(100 * 96 / 24 / 18, abs=0.01)
    assert cells["users"].paper == 4333
    assert cells["users"].verdict == "differs"
    assert "said to be video" in found.heading.notes[-1]


def test_a_ranking_table_has_six_methods_and_the_controls_with_means_over_seeds(tmp_path: Path) -> None:
    found = table(tmp_path, "table4", dataset="instrument")
    assert not found.failures
    assert [row.label for row in found.rows if not row.control] == ["NCF", "VBPR", "CER", "NAR", "CAR", "CNR"]
    assert {row.label for row in found.rows if row.control} == {"random", "item-popularity", "feature-match", "signed-match"}
    for row in found.rows:
        for cell in row.cells:
            assert cell.ours.n == 2
            assert 0 <= cell.ours.mean <= 1
            assert (cell.paper is None) == row.control
    first = found.rows[0].cells[4]
    assert (first.column, first.paper, first.verdict) == ("ndcg@10", 0.1773, verdict(first.ours.mean, 0.1773))


def test_seeds_of_a_table_are_averaged(tmp_path: Path) -> None:
    both = table(tmp_path, "table4").rows[1].cells[4].ours
    alone = [table(tmp_path, "table4", seeds=1, seed=seed).rows[1].cells[4].ours for seed in (0, 1)]
    assert both.mean == pytest.approx(np.mean([one.mean for one in alone]))
    assert both.deviation == pytest.approx(np.std([one.mean for one in alone], ddof=1))
    assert np.isnan(alone[0].deviation)


def test_the_gain_is_over_the_best_control(tmp_path: Path) -> None:
    found = table(tmp_path, "table4")
    controls = {row.label: row.cells[4].ours.mean for row in found.rows if row.control}
    best = max(controls.values())
    for row in found.rows[:6]:
        gain = row.gains["ndcg@10"]
        assert controls[gain.control] == best
        assert gain.difference.value == pytest.approx(row.cells[4].ours.mean - best)


def test_table_3_judges_users_and_the_echo_of_the_input_is_perfect(tmp_path: Path) -> None:
    found = table(tmp_path, "table3", dataset="instrument")
    assert not found.failures
    rows = {row.label: row for row in found.rows}
    assert list(rows)[:3] == ["NAR", "CAR", "CNR"]
    assert rows["echo"].cells[1].ours.mean == pytest.approx(1.0)
    assert rows["CAR"].cells[0].paper == 0.016
    # two of nine features are true for each user, and the random control names all nine: P@10 = 2 / 10, R@10 = 1
    assert rows["random"].cells[0].ours.mean == pytest.approx(1 / 3)


def test_an_unknown_folder_has_nothing_to_compare_with(tmp_path: Path) -> None:
    found = table(tmp_path, "table4")
    assert {cell.paper for row in found.rows for cell in row.cells} == {None}
    assert {cell.verdict for row in found.rows for cell in row.cells} == {None}
    assert not found.heading.recognised
    assert "none of the paper's data sets" in found.heading.notes[-1]


def test_a_method_that_is_missing_has_an_empty_row_with_the_reason(tmp_path: Path) -> None:
    whole = load_registry()
    gone = Registry(tuple(r for r in whole.found if r.name != "cnr"), whole.failures)
    found = table(tmp_path, "table4", gone, dataset="instrument")
    row = next(row for row in found.rows if row.label == "CNR")
    assert "unknown explainer 'cnr'" in row.failure
    assert {(cell.ours, cell.verdict) for cell in row.cells} == {(None, None)}
    assert row.cells[0].paper == 0.0428
    assert found.failures == {"CNR": row.failure}
    assert all(other.cells[0].ours for other in found.rows if other is not row)


def test_the_document_is_plain_json_with_protocol_seeds_and_settings(tmp_path: Path) -> None:
    document = json.loads(json.dumps(table(tmp_path, "table4").to_dict(), allow_nan=False))
    assert document["protocol"] == "paper"
    assert document["seeds"] == [0, 1]
    assert document["settings"] == {"dim": 4, "epochs": 1, "learning_rate": 0.001, "adversarial_weight": 1.0}
    assert document["rows"][0]["cells"]["ndcg@10"].keys() == {"paper", "mean", "deviation", "n", "verdict"}
    assert {"first", "second", "p_holm"} <= document["comparisons"][0].keys()


def test_a_key_that_no_method_knows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="radios"):
        table(tmp_path, "table4", settings=SMALL | {"radios": 1})


def test_several_tables_train_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pyexplain.reproduce import trained

    calls = []
    real = trained.train
    monkeypatch.setattr(trained, "train", lambda *a, **k: calls.append(k) or real(*a, **k))
    wanted = Wanted(data=authors_folder(tmp_path / "p"), seeds=1, settings=SMALL)
    reproduce(["table3", "table4"], wanted, ONE)
    assert len(calls) == 12  # once to choose the epoch, once on all pairs


def test_epochs_with_the_own_term_are_said_and_none_is_a_warning(tmp_path: Path) -> None:
    few = table(tmp_path, "table4", seeds=1)
    rows = {row.label: row for row in few.rows}
    assert rows["CAR"].auxiliary_epochs == rows["CNR"].auxiliary_epochs == (0,)
    assert rows["VBPR"].auxiliary_epochs == ()
    assert rows["CAR"].to_dict()["auxiliary_epochs"] == [0]
    (line,) = [line for line in sentences(few) if "own term" in line]
    assert "CAR 0; CNR 0. Warning" in line
    enough = table(tmp_path, "table4", seeds=1, settings=SMALL | {"epochs": 3, "warmup_epochs": 1})
    assert next(row for row in enough.rows if row.label == "CAR").auxiliary_epochs[0] >= 1
    assert not any("Warning" in line for line in sentences(enough))


def test_the_sentence_counts_verdicts_and_names_what_was_not_told_apart(tmp_path: Path) -> None:
    found = table(tmp_path, "table3", dataset="instrument")
    rows = (replace(found.rows[0], cells=(_cell(0.2028, 0.3), _cell(0.3124, 0.3))), *found.rows[3:])
    said = sentences(replace(found, rows=rows, comparisons=()))
    assert said[0] == "1 of 2 cells are at least the paper's value (≥); 1 are below it (<)."
    assert any("controls" in line for line in said)
    unsure = replace(found.comparisons[0], p_holm=0.4)
    sure = replace(unsure, first="CAR", second="CNR", p_holm=0.01, difference=Interval(-0.2, -0.3, -0.1))
    line = compared(replace(found, comparisons=(unsure, sure)))[0]
    assert "CNR above CAR" in line
    assert line.endswith("No significant difference: 1 of 2 pairs.")


def _cell(paper: float, ours: float) -> Cell:
    return Cell("x", paper, OverSeeds(ours, float("nan"), 1))


def test_a_frame_has_a_line_a_cell(tmp_path: Path) -> None:
    found = table(tmp_path, "table2")
    assert found.to_frame()["column"].tolist() == ["users", "items", "pairs", "density_percent", "features"]
    assert replace(found, rows=()).to_frame().empty
    assert Cell("x", 0.1, OverSeeds(0.2, float("nan"), 1)).to_dict()["deviation"] is None


@needs("paper_musical_instruments")
def test_table_2_of_the_published_folder_is_the_papers() -> None:
    found = reproduce(["table2"], Wanted(data=SHARED / "paper_musical_instruments"))[0]
    assert {cell.verdict for cell in found.rows[0].cells} == {"as in the paper"}
