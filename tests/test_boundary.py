"""A plugin that ends the program, writes into what it was handed, or hands back what the contract forbids, is named."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch

import pyexplain as px
from pyexplain.boundary import guarded_class, raised_on_purpose
from pyexplain.errors import PluginError
from pyexplain.recommenders.options import RunOptions

from .third_party import install
from .warm import warm
from .worlds import small_world

CODE = """
    import numpy as np
    import sys
    import torch
    from pyexplain import hookimpl
    from pyexplain.data import SparseRows
    from pyexplain.explainers import Explainer, Explanations
    from pyexplain.recommenders import Recommender
    from dataclasses import replace
    {on_import}

    class Odd(Explainer):
        name = "odd"
        comes_with = "vbpr"

        def fit(self, recommender, data, options):
            super().fit(recommender, data, options)
            {in_fit}

        def explain(self, pairs, against=None):
            weights = self.data.user_features.select(pairs[:, 0])
            users, items, space = pairs[:, 0].copy(), pairs[:, 1].copy(), self.data.features.fingerprint
            found = Explanations(self.name, users, items, weights, space, against)
            {in_explain}
            return found

    class Ranker(Recommender):
        name = "ranker"

        def prepare(self, data, options):
            self.n = torch.arange(data.n_items).float()

        def fit(self, data, options):
            self.prepare(data, options)
            {in_ranker_fit}
            return []

        def scores(self, users, items, user_features=None, item_features=None):
            found = self.n[items]
            {in_scores}
            return found

        def state(self):
            return {{}}

        def load_state(self, state):
            pass

    @hookimpl
    def pyexplain_explainers():
        return [Odd]

    @hookimpl
    def pyexplain_recommenders():
        {in_hook}
        return [Ranker]
"""
PLACES = ("on_import", "in_fit", "in_explain", "in_ranker_fit", "in_scores", "in_hook")
NAMED = "plugin odd-entry of acme-odd"


def written(folder: Path, **code: str) -> None:
    install(folder, "acme-odd", CODE.format(**(dict.fromkeys(PLACES, "pass") | code)), plugin="odd-entry")


def called(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Python code with the plugin installed and a data set, in a process of its own."""
    before = "import numpy as np, pyexplain as px\nfrom tests.worlds import small_world\ndata = small_world()\n"
    environment = os.environ | {"PYTHONPATH": f"{folder}:{Path(__file__).parents[1]}"}
    return warm().run("-c", before + code, env=environment)


ENDINGS = ["sys.exit(0)", "raise KeyboardInterrupt", "raise SystemExit", "raise GeneratorExit", "exit()"]
EXPLAIN = "run = px.train(data, explainer='odd', epochs=1, dim=4)\nrun.explain('u000', 'i000')"
RANK = "run = px.train(data, baseline='ranker')\nprint(run.recommend('u000'))"
WRONG = {
    "None": "found = None",
    "NaN": "found.weights.values[:] = np.nan",
    "infinity": "found.weights.values[:] = np.inf",
    "other pairs": "found = replace(found, users=users + 1)",
    "another shape": "found = replace(found, weights=SparseRows.empty((len(pairs), 3)))",
    "fewer rows": "found = Explanations(self.name, users, items, weights.select([]), space, against)",
    "no rows": "found = replace(found, weights=weights.dense())",
    "features out of range": "found.weights.indices[-1:] = 1000",
    "another space": "found = replace(found, feature_space='another')",
    "a margin of NaN": "found = replace(found, margin_before=np.full(len(pairs), np.nan, np.float32))",
    "valid of numbers": "found = replace(found, valid=np.ones(len(pairs)))",
}
SCORES = {
    "None": "found = None",
    "numpy": "found = found.numpy()",
    "NaN": "found = found * float('nan')",
    "fewer": "found = found[:-1]",
    "a matrix": "found = found[:, None]",
    "whole numbers": "found = found.long()",
    "what it was handed, changed": "items += 0",
}


def watched(kind: str, **code: str) -> type:
    """The class itself, watched, without installing anything."""
    space: dict[str, object] = {"__name__": "acme_odd"}
    from textwrap import dedent

    exec(compile(dedent(CODE.format(**(dict.fromkeys(PLACES, "pass") | code))), "acme_odd.py", "exec"), space)
    return guarded_class(space["Odd" if kind == "explainer" else "Ranker"], kind, "acme-odd", "odd-entry")  # type: ignore[arg-type]


def explained(**code: str) -> px.Explanations:
    data = small_world()
    explainer = watched("explainer", **code)()
    run = px.train(data, baseline="vbpr", epochs=1, dim=4)
    explainer.fit(run.recommender, data, RunOptions())
    pairs = data.train[:5]
    before = pairs.copy()
    found = explainer.explain(pairs, None)
    assert np.array_equal(pairs, before)
    return found


def scored(**code: str) -> torch.Tensor:
    ranker = watched("recommender", **code)()
    ranker.fit(small_world(), RunOptions())
    return ranker.scores(torch.arange(5), torch.arange(5))


def test_what_is_right_passes() -> None:
    assert len(explained()) == 5
    assert scored().tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("ending", ENDINGS)
def test_nobody_ends_the_program(ending: str) -> None:
    for place, act in (("in_fit", explained), ("in_explain", explained), ("in_ranker_fit", scored), ("in_scores", scored)):
        with pytest.raises(PluginError, match=NAMED):
            act(**{place: ending})


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_explanations_are_refused(wrong: str) -> None:
    with pytest.raises(PluginError, match=NAMED):
        explained(in_explain=WRONG[wrong])


@pytest.mark.parametrize("wrong", SCORES)
def test_wrong_scores_are_refused(wrong: str) -> None:
    with pytest.raises(PluginError, match=NAMED):
        scored(in_scores=SCORES[wrong])


def test_what_is_handed_out_cannot_be_changed() -> None:
    explained(in_explain="pairs[:] = 0; found = Explanations(self.name, users, items, weights, space, against)")
    for target in ("train", "user_features.values", "item_features.indices", "valid_candidates.items"):
        with pytest.raises(ValueError, match="read-only"):
            explained(in_fit=f"data.{target}[:] = 0")


def test_a_change_by_force_is_noticed() -> None:
    data = small_world(seed=3)
    base = data.train.base
    assert base is not None
    ranker = watched("recommender", in_ranker_fit="a = data.train.base; a.flags.writeable = True; a[0] = a[1]")()
    kept = base.copy()
    try:
        with pytest.raises(PluginError, match="changed the data set"):
            ranker.fit(data, RunOptions())
    finally:
        base[:] = kept


def test_a_real_interrupt_is_none_of_a_plugin() -> None:
    def interrupted() -> None:
        signal.raise_signal(signal.SIGINT)
        for _ in range(100):
            pass

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a suite in the background ignores it
    try:
        with pytest.raises(KeyboardInterrupt) as error:
            interrupted()
    finally:
        signal.signal(signal.SIGINT, before)
    assert not raised_on_purpose(error.value)


@pytest.mark.parametrize("place", ["on_import", "in_hook"])
@pytest.mark.parametrize("ending", ["sys.exit(0)", "raise KeyboardInterrupt"])
def test_a_plugin_that_ends_while_it_is_loaded_is_reported(place: str, ending: str, tmp_path: Path) -> None:
    written(tmp_path, **{place: ending})
    done = warm().run("-m", "pyexplain", "plugins", env=os.environ | {"PYTHONPATH": str(tmp_path)})
    assert done.returncode == 0
    assert "Not loaded: plugin odd-entry of acme-odd" in done.stdout
    assert "vbpr" in done.stdout


def test_installed_plugins_are_watched(tmp_path: Path) -> None:
    written(tmp_path, in_explain="sys.exit(0)", in_scores="found = found * float('inf')")
    for code in (EXPLAIN, RANK):
        done = called(tmp_path, code)
        assert done.returncode == 1, done.stderr
        assert f"PluginError: {NAMED}" in done.stderr


def test_a_method_with_other_arguments_is_the_plugins_and_an_error_within_is_its_own() -> None:
    class Odd(px.explainers.Explainer):
        name, comes_with = "odd", "vbpr"

        def weigh(self, margin, data):
            raise TypeError("within")

    made = guarded_class(Odd, "explainer", "acme", "odd")()
    with pytest.raises(PluginError, match=r"plugin odd of acme: .*Odd.weigh\(\) missing 1 required positional argument: 'data'"):
        made.weigh(None)
    with pytest.raises(TypeError, match="within"):
        made.weigh(None, None)
