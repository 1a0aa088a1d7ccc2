"""The analyst's table: contributions in units of scores, finite where the lead is 0; weights beside the largest."""

from __future__ import annotations

from io import StringIO

import numpy as np
import pytest
import torch
from rich.console import Console

import pyexplain as px

from ..worlds import small_world


@pytest.fixture(scope="module")
def run() -> px.Run:
    return px.train(small_world(), explainer="cnr", dim=8, epochs=4, warmup_epochs=2)


def test_they_add_up_to_the_lead_less_the_lead_without_features(run: px.Run) -> None:
    data, checked = run.data, 0
    for user in data.users.names:
        found = run.explain(user, run.recommend(user, 1)[0][0])
        number, own = data.users.index(user), data.user_features.row(data.users.index(user))[0]
        named = {data.features.index(r.feature): r.contribution for r in found.reasons}
        if not set(own.tolist()) <= set(named):
            continue  # what weighs nothing and does not change is not in the table
        pair = torch.tensor([number, number]), torch.tensor([data.items.index(found.item), data.items.index(found.against or "")])
        with torch.no_grad():
            (full, empty) = (run.recommender.scores(*pair, f) for f in (None, torch.zeros(2, data.n_features)))
        wanted = float(full[0] - full[1]) - float(empty[0] - empty[1])
        assert sum(value for value in named.values() if value is not None) == pytest.approx(wanted, abs=1e-4)
        assert all(value == 0 for k, value in named.items() if k not in own)
        checked += 1
    assert checked > 3


def test_they_are_in_json_and_weights_are_told_beside_the_largest(run: px.Run) -> None:
    user = run.data.users.names[0]
    found = run.explain(user, run.recommend(user, 1)[0][0])
    features = found.to_dict()["features"]
    assert all(np.isfinite(f["contribution"]) for f in features)
    out = StringIO()
    Console(file=out, width=200).print(found.table())
    head, *rows = out.getvalue().split("feature ", 1)[1].splitlines()
    assert head.split()[:2] == ["contribution", "weight"]
    added, weight = rows[0].removeprefix(features[0]["feature"]).split()[:2]
    assert float(added) == pytest.approx(features[0]["contribution"], abs=1e-3)
    assert weight == "1.00"
