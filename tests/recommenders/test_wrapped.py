"""Wrapped models: what they offer, what the doctor finds, and that explainers, evaluation and reports work on them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

import pyexplain as px

from ..worlds import small_world

DATA = small_world()


class Matching(nn.Module):
    """A sum of weighed matches, with what can go wrong switched on by name."""

    def __init__(self, wrong: str = "") -> None:
        super().__init__()
        self.wrong = wrong
        self.weight = nn.Parameter(1 + torch.rand(DATA.n_features, generator=torch.Generator().manual_seed(0)))
        self.dropout, self.norm = nn.Dropout(0.5), nn.BatchNorm1d(DATA.n_features, track_running_stats=False)
        self.register_buffer("f_i", torch.from_numpy(DATA.item_features.dense()))
        self.register_buffer("own", torch.from_numpy(DATA.user_features.dense()))

    def forward(self, users, items, f_u):
        f_u = {"deaf": self.own[users], "detached": f_u.detach()}.get(self.wrong, f_u)
        match = f_u * self.f_i[items] * self.weight
        if self.wrong == "dropout":
            match = nn.functional.dropout(match, 0.5, training=True)
        if self.wrong == "batch":
            match = self.norm(match)
        if self.wrong == "nan":
            match = match / 0
        if self.wrong == "constant":
            match = match * 0
        return self.dropout(match).sum(dim=1)


def findings(wrong: str) -> dict[str, bool | None]:
    report = px.check_wrapped(px.wrap(Matching(wrong), DATA))
    assert report.ok == all(finding.ok is not False for finding in report.findings)
    return {finding.what: finding.ok for finding in report.findings}


def test_a_sound_model_has_nothing_wrong_and_is_used_in_evaluation_mode() -> None:
    model = Matching().train()
    wrapped = px.wrap(model, DATA, name="mine", reference="me")
    assert (wrapped.name, wrapped.reference, wrapped.offers) == ("mine", "me", {"scores", "gradients"})
    report = px.check_wrapped(wrapped)
    assert report.ok
    assert "mine" in str(report)
    assert px.recommenders.WrappedModel.name == "wrapped"  # others are not renamed


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        ("dropout", "deterministic"),
        ("batch", "batch independence"),
        ("nan", "scores"),
        ("constant", "scores"),
        ("deaf", "features matter"),
    ],
)
def test_the_doctor_finds_what_is_wrong(wrong: str, what: str) -> None:
    assert findings(wrong)[what] is False
    assert findings("")[what] is True


def test_gradients_are_found_out_and_a_promise_of_them_is_held() -> None:
    assert px.wrap(Matching("detached"), DATA).offers == {"scores"}
    assert px.wrap(Matching(), DATA, gradients=False).offers == {"scores"}
    with pytest.raises(px.UsageError, match="gradients were promised"):
        px.wrap(Matching("detached"), DATA, gradients=True)
    with pytest.raises(px.UsageError, match="needs gradients"):
        px.explain_model(px.wrap(Matching("detached"), DATA), DATA, "cnr")


def test_arrays_and_item_features() -> None:
    asked = []

    def score(users, items, f_u, f_i):
        asked.append(type(f_i))
        return (f_u * f_i).sum(axis=1)

    wrapped = px.wrap(score, DATA, user_features=True, item_features=True, arrays=True)
    users, items = (torch.from_numpy(c.copy()) for c in DATA.test.T)
    wanted = (DATA.user_features.select(DATA.test[:, 0]).dense() * DATA.item_features.select(DATA.test[:, 1]).dense()).sum(axis=1)
    np.testing.assert_allclose(wrapped.scores(users, items), wanted, rtol=1e-5)
    assert asked[-1] is np.ndarray
    doubled = torch.from_numpy(2 * DATA.item_features.select(DATA.test[:, 1]).dense())
    np.testing.assert_allclose(wrapped.scores(users, items, None, doubled), 2 * wanted, rtol=1e-5)


def test_misuse_is_explained() -> None:
    with pytest.raises(px.UsageError, match="no explanation by features"):
        px.wrap(Matching(), DATA, user_features=False)
    with pytest.raises(px.UsageError, match=r"scores of shape \(3, 8\)"):
        px.wrap(lambda users, items, f_u: f_u, DATA)
    with pytest.raises(px.UsageError, match="cannot be made or trained anew"):
        px.wrap(Matching(), DATA).prepare(DATA, px.RunOptions())
    with pytest.raises(px.UsageError, match="wrapped with the data set"):
        px.wrap(Matching(), DATA).fit(small_world(seed=1), px.RunOptions())


@pytest.mark.parametrize("explainer", ["cnr", "car", "integrated-gradients", "lxr", "lime", "shap-sampling", "black-box"])
def test_explainers_explain_it_and_are_measured(explainer: str) -> None:
    run = px.explain_model(px.wrap(Matching(), DATA, name="mine"), DATA, explainer)
    user, item = DATA.users[int(DATA.test[0, 0])], DATA.items[int(DATA.test[0, 1])]
    assert "rather than" in str(run.explain(user, item)) or "because" in str(run.explain(user, item))
    (measured,) = px.evaluate(run, explanations=True, max_pairs=20).to_dict()["runs"]
    assert measured["explanations"]["explainer"] == explainer
    assert measured["method"] == f"mine by {explainer}"
    assert measured["explanations"]["faithfulness"]["deletion"] is not None
    assert run.recommend(user, 3)


def test_it_is_not_written_to_a_run_folder(tmp_path) -> None:
    run = px.explain_model(px.wrap(Matching(), DATA), DATA, "lime")
    with pytest.raises(px.UsageError, match="not written to run folders"):
        run.save(tmp_path / "run")
    assert not (tmp_path / "run").exists()


class Additive(nn.Module):
    """(f_u A) . q_i + b_i, with the other ways to its scores; `wrong` ones give others."""

    def __init__(self, wrong: str = "") -> None:
        super().__init__()
        g = torch.Generator().manual_seed(3)
        self.A, self.q, self.b = (
            torch.randn(*shape, generator=g) for shape in ((DATA.n_features, 4), (DATA.n_items, 4), (DATA.n_items,))
        )
        self.wrong = wrong

    def forward(self, users, items, f_u):
        return ((f_u @ self.A) * self.q[items]).sum(dim=1) + self.b[items]

    def catalogue(self, users, f_u):
        return f_u @ self.A @ self.q.T + (0 if self.wrong == "catalogue" else self.b)

    def user_side(self, users, items):
        sign = torch.tensor([1.0, -1.0])
        constant = self.b[items][:, None] * sign * (2 if self.wrong == "user_side" else 1)
        return px.recommenders.UserSide(constant, self.q[items], self.A, sign[:, None].expand(2, 4), sign, torch.zeros(()))


def test_the_whole_catalogue_and_the_linear_side_are_used_where_they_are_given() -> None:
    model = Additive()
    slow, fast = px.wrap(model, DATA), px.wrap(model, DATA, catalogue=model.catalogue, user_side=model.user_side)
    assert slow.offers == {"scores", "gradients"}
    assert fast.offers == {"scores", "gradients", "linear-user-side"}
    orders = [px.explainers.Order(wrapped, DATA) for wrapped in (slow, fast)]
    users, changed = np.array([3, 1]), DATA.user_features.select([7, 8])
    for features in (None, changed):
        np.testing.assert_allclose(*(order.scores(users, features) for order in orders), rtol=1e-5, atol=1e-5)
    pairs, against = DATA.test[:20], (DATA.test[:20, 1] + 3) % DATA.n_items
    found = [
        px.explain_model(wrapped, DATA, "integrated-gradients").explainer().explain(pairs, against) for wrapped in (slow, fast)
    ]
    np.testing.assert_allclose(*(one.weights.dense() for one in found), rtol=1e-4, atol=1e-5)
    assert px.check_wrapped(fast).ok


@pytest.mark.parametrize("wrong", ["catalogue", "user_side"])
def test_another_way_that_leads_elsewhere_is_refused(wrong: str) -> None:
    model = Additive(wrong)
    with pytest.raises(px.UsageError, match=f"{wrong} gives other scores"):
        px.wrap(model, DATA, **{wrong: getattr(model, wrong)})
