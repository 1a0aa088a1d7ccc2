"""Pictures hold the numbers that the tables hold."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import pyexplain as px
from pyexplain.present.plots import canvas, plot_data
from tests.worlds import small_world


@pytest.fixture(scope="module")
def run() -> px.Run:
    return px.train(small_world(), explainer="cnr", epochs=8, dim=8)


def test_bars_of_an_explanation_are_what_is_added_to_the_lead(run: px.Run) -> None:
    found = run.explain("u003", run.recommend("u003", 1)[0][0])
    axes = found.plot().axes[0]
    widths = sorted(patch.get_width() for patch in axes.patches)
    assert widths == pytest.approx(sorted(reason.contribution or 0.0 for reason in found.shown()))


def test_counts_of_many(run: px.Run) -> None:
    many = run.explain_many([(user, run.recommend(user, 1)[0][0]) for user in run.data.users.names[:9]])
    axes = many.plot().axes[0]
    named = [name for one in many for name, weight in one.top(3) if weight > 0]
    assert sorted(patch.get_width() for patch in axes.patches)[-1] == max(named.count(name) for name in named)


def test_a_history_shows_the_epoch_that_was_kept(run: px.Run) -> None:
    figure = run.plot()
    loss = figure.axes[0].lines[0].get_ydata()
    assert np.asarray(loss).tolist() == [entry["loss"] for entry in run.history]
    assert [text.get_text() for text in figure.axes[0].texts] == ["kept"]


def test_the_long_tail_of_a_data_set(run: px.Run) -> None:
    axes = plot_data(run.data).axes[0]
    assert sorted(np.asarray(axes.lines[0].get_ydata()).tolist()) == sorted(
        np.bincount(run.data.train[:, 0], minlength=40).tolist()
    )


def test_a_notebook_gets_a_picture(run: px.Run) -> None:
    assert run.plot()._repr_png_().startswith(b"\x89PNG")  # type: ignore[attr-defined]


def test_without_matplotlib_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pyexplain.present.plots.find_spec", lambda name: None)
    with pytest.raises(px.UsageError, match="pip install 'pyexplain\\[pictures\\]'"):
        canvas()


def test_pyplot_and_its_global_state_stay_out() -> None:
    code = (
        "import sys; from pyexplain.present.plots import canvas; figure, axes = canvas(); axes.plot([1, 2]); figure._repr_png_();"
        "print('matplotlib.pyplot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "False"
