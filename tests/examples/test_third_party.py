"""The example package, as a third party's: installed, found, run, uninstalled, gone; and what it computes."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from pyexplain import RunOptions
from pyexplain.data.store import save_dataset
from pyexplain.recommenders import Recommender

from ..scaffold.environment import Environment
from ..worlds import small_world

PACKAGE = Path(__file__).parents[2] / "examples" / "pyexplain-occlusion"


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The example's module, read where it lies."""
    spec = importlib.util.spec_from_file_location("pyexplain_occlusion", PACKAGE / "pyexplain_occlusion.py")
    found = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "pyexplain_occlusion", found)
    spec.loader.exec_module(found)
    return found


@pytest.mark.slow
def test_installed_found_run_uninstalled_gone(tmp_path: Path) -> None:
    home = Environment.make(tmp_path)
    save_dataset(small_world(), home.work / "data")
    unknown = ("train", "--explainer", "occlusion", "--dataset", "data", "--out", "run", "--epochs", 3, "--set", "dim=8")
    assert "unknown explainer 'occlusion'" in home.pyexplain(*unknown, status=2).stderr

    copy = shutil.copytree(PACKAGE, tmp_path / "copy")  # the installer builds inside it
    home.install(copy)
    assert home.plugins()["explainer", "occlusion"] == "pyexplain-occlusion"
    home.pyexplain(*unknown, "--set", "rest=0.1")
    assert json.loads((home.work / "run" / "run.json").read_text())["explainer"]["name"] == "occlusion"
    (measured,) = json.loads(home.pyexplain("evaluate", "run", "--explanations", "--max-pairs", 40, "--json").stdout)["runs"]
    faithful = measured["explanations"]["faithfulness"]["deletion"]
    assert faithful < measured["controls"]["random"]["faithfulness"]["deletion"]

    home.pip("uninstall", "-y", "pyexplain-occlusion")
    assert ("explainer", "occlusion") not in home.plugins()
    assert "unknown explainer 'occlusion'" in home.pyexplain(*unknown, status=2).stderr
    assert "occlusion" in home.pyexplain("evaluate", "run", "--explanations", status=2).stderr
    assert not list(home.folder.rglob("*occlusion*"))
    home.end()


class Matching(Recommender):
    """s(u, i) = f_u . f_i + 1, so that taking feature k away costs f_u[k] f_i[k]."""

    name = "matching"

    def prepare(self, data, options):
        self.users, self.items = (torch.from_numpy(rows.dense()) for rows in (data.user_features, data.item_features))

    def scores(self, users, items, user_features=None, item_features=None):
        f_u = self.users[users] if user_features is None else user_features
        return (f_u * self.items[items]).sum(dim=1) + 1


@pytest.mark.parametrize(("rest", "max_memory"), [(0.0, 2**20), (0.25, 2**20), (0.0, 1)])
def test_of_a_sum_of_products_it_names_the_products(module: ModuleType, rest: float, max_memory: int) -> None:
    data = small_world()
    recommender = Matching()
    recommender.prepare(data, RunOptions())
    explainer = module.Occlusion(module.Occlusion.Config(rest=rest))
    explainer.fit(recommender, data, RunOptions(max_memory=max_memory))
    pairs, against = data.test[:20], (data.test[:20, 1] + 1) % data.n_items
    f_u, f_i, f_j = data.user_features.dense()[pairs[:, 0]], *(data.item_features.dense()[i] for i in (pairs[:, 1], against))
    alone = explainer.explain(pairs).weights.dense()
    np.testing.assert_allclose(alone, (1 - rest) * f_u * f_i, atol=1e-4)
    assert alone.max() > 1
    compared = explainer.explain(pairs, against).weights.dense()
    np.testing.assert_allclose(compared, (1 - rest) * np.maximum(f_u * (f_i - f_j), 0), atol=1e-4)
    assert (compared != alone).any()
