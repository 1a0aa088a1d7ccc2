"""--explainer-set: keys of the explainer, on explain, explain --all and evaluate."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from .conftest import Made, good
from .test_bad_input import refused


def test_keys_reach_the_explainer_and_the_runs_own_stay(made: Made, tmp_path: Path) -> None:
    pair = ("explain", made.run, "--user", made.user, "--item", "B000001", "--json")
    named = []
    for more in ((), ("--explainer-set", "keep=1")):
        told = json.loads(good(*pair, "--explainer", "car", *more).stdout)
        named.append([feature["feature"] for feature in told["features"] if feature["weight"] > 0])
    assert len(named[1]) == 1 < len(named[0])
    own = json.loads(good(*pair).stdout)
    other = json.loads(good(*pair, "--explainer-set", "solver=adam").stdout)
    assert other["margin_after"] != own["margin_after"]
    assert other["method"] == own["method"]
    out = tmp_path / "all.parquet"
    good("explain", made.run, "--all", "--out", out, "-k", 1, "--explainer", "car", "--explainer-set", "keep=1")
    frame = pd.read_parquet(out)
    assert (frame[frame["weight"] > 0].groupby(["user", "item"]).size() == 1).all()
    words = ("evaluate", made.run, "--explanations", "--max-pairs", 20, "--explainer", "car", "--explainer-set", "keep=1")
    few = json.loads(good(*words, "--json").stdout)
    assert few["runs"][0]["explanations"]["explainer"] == "car"


def test_a_key_that_the_explainer_does_not_know_is_refused(made: Made) -> None:
    pair = ("explain", made.run, "--user", made.user, "--item", "B000001")
    refused((*pair, "--explainer-set", "kept=1"), 2, "kept", "Known keys")
    refused((*pair, "--explainer-set", "keep"), 2, "--explainer-set", "key=value")
