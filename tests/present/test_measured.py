"""A report as a frame, a picture, a notebook's tables."""

from __future__ import annotations

import math

import pytest

import pyexplain as px
from pyexplain.present.measured import COLUMNS, MeasuredRuns
from tests.worlds import small_world


@pytest.fixture(scope="module")
def report() -> MeasuredRuns:
    data = small_world()
    runs = [px.train(data, baseline="vbpr", epochs=3, dim=4), px.train(data, explainer="cnr", epochs=7, dim=4)]
    return px.evaluate(*runs, explanations=True, max_pairs=20)


def test_the_frame_holds_every_figure_of_the_document(report: MeasuredRuns) -> None:
    frame, document = report.to_frame(), report.to_dict()
    assert tuple(frame.columns) == COLUMNS
    assert frame.attrs["fingerprint"] == document["dataset"]["fingerprint"]
    for run in document["runs"]:
        mine = frame[(frame["run"] == run["run"]) & (frame["row"] == "method") & (frame["group"] == "ranking")]
        assert dict(zip(mine["metric"], mine["value"], strict=True)) == run["ranking"]
        beside = [("control", run["controls"]), ("attribution", run["attributions"])]
        for kind, name, groups in ((kind, name, groups) for kind, part in beside for name, groups in part.items()):
            theirs = frame[(frame["run"] == run["run"]) & (frame["method"] == name) & (frame["row"] == kind)]
            assert len(theirs) == sum(map(len, groups.values()))
            for row in theirs.to_dict("records"):
                expected = groups[row["group"]][row["metric"]]
                assert row["value"] == expected or (expected is None and math.isnan(row["value"]))
    spans = frame.dropna(subset=["low"])
    assert (spans["low"] <= spans["value"] + 1e-9).all()
    assert len(spans)


def test_the_picture_has_a_row_a_method_and_control(report: MeasuredRuns) -> None:
    axes = report.plot().axes[0]
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert {"vbpr", "cnr", "popularity"} <= set(names)
    assert len(names) == len(set(names))
    with pytest.raises(px.UsageError, match="Did you mean ndcg@10"):
        report.plot("ndgc@10")


def test_what_is_shown_says_what_holds(report: MeasuredRuns) -> None:
    assert repr(report).startswith("<Report on world-0: ")
    assert "\n" not in repr(report)
    page = report._repr_html_()
    assert page.count("<table>") >= 2
    assert "<script" not in page
