"""A doctor for wrapped models: what explainers rely on, tried on a few hundred pairs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .base import GRADIENTS
from .wrapped import WrappedModel

ASKED = 200
NEAR = 1e-4  # of the spread of the scores: rounding differs between batches


@dataclass(frozen=True)
class Finding:
    """One thing that was tried. ok: None where it does not apply. said: what was seen, and what to do where it is not ok."""

    what: str
    ok: bool | None
    said: str


@dataclass(frozen=True)
class WrappedReport:
    """What was found of a wrapped model; str() is a table for people."""

    name: str
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return all(finding.ok is not False for finding in self.findings)

    def __str__(self) -> str:
        signs = {True: "ok", False: "WRONG", None: "-"}
        width = max(len(finding.what) for finding in self.findings)
        lines = [f"{finding.what:{width}}  {signs[finding.ok]:5}  {finding.said}" for finding in self.findings]
        return "\n".join([f"Wrapped model {self.name}", *lines])


def check_wrapped(model: WrappedModel) -> WrappedReport:
    """Is the model deterministic, are its rows independent of one another, do features and their gradients matter, where does it
    run; and does it take changed features instead of its own."""
    rng = np.random.default_rng(0)
    users, items = (torch.from_numpy(rng.integers(0, n, ASKED)).to(model.device) for n in (model.data.n_users, model.data.n_items))
    checks: list[Callable[[WrappedModel, Tensor, Tensor], Finding]] = [
        _finite,
        _deterministic,
        _independent,
        _own_features,
        _features_matter,
        _gradients,
        _device,
    ]
    return WrappedReport(model.name, tuple(check(model, users, items) for check in checks))


def _ask(model: WrappedModel, users: Tensor, items: Tensor, f_u: Tensor | None = None, f_i: Tensor | None = None) -> Tensor:
    with torch.no_grad():
        return model.scores(users, items, f_u, f_i)


def _differ(a: Tensor, b: Tensor) -> float:
    """The largest difference, in units of the scores' spread."""
    return float((a - b).abs().max() / (a.max() - a.min()).clamp_min(1e-30))


def _features(model: WrappedModel, users: Tensor, items: Tensor) -> list[Tensor | None]:
    sides = zip(model.sides, (model.user_rows, model.item_rows), (users, items), strict=True)
    return [rows.select(n).dense(model.data.n_features) if wanted else None for wanted, rows, n in sides]


def _finite(model: WrappedModel, users: Tensor, items: Tensor) -> Finding:
    scores = _ask(model, users, items)
    strange = int((~scores.isfinite()).sum())
    same = bool((scores == scores[0]).all())
    said = (
        f"{strange} of {len(scores)} are NaN or infinite"
        if strange
        else "all scores are equal"
        if same
        else "finite, and not all equal"
    )
    return Finding("scores", not strange and not same, said)


def _deterministic(model: WrappedModel, users: Tensor, items: Tensor) -> Finding:
    away = _differ(_ask(model, users, items), _ask(model, users, items))
    said = (
        "asked twice, the same"
        if away == 0
        else f"asked twice, scores differ by {away:.1e} of their spread: dropout on, or a draw?"
    )
    return Finding("deterministic", away == 0, said)


def _independent(model: WrappedModel, users: Tensor, items: Tensor) -> Finding:
    whole = _ask(model, users, items)
    try:
        alone = torch.cat([_ask(model, users[k : k + 1], items[k : k + 1]) for k in range(0, len(users), 10)])
    except Exception as error:  # noqa: BLE001  (a person's model may raise anything; that it does is the finding)
        return Finding("batch independence", False, f"a pair asked for alone raises {type(error).__name__}: {error}")
    turned = _ask(model, users.flip(0), items.flip(0)).flip(0)
    away = max(_differ(whole[::10], alone), _differ(whole, turned))
    said = (
        "a pair's score does not depend on the others asked"
        if away < NEAR
        else f"scores depend on the batch by {away:.1e}: batch norm?"
    )
    return Finding("batch independence", away < NEAR, said)


def _own_features(model: WrappedModel, users: Tensor, items: Tensor) -> Finding:
    away = _differ(_ask(model, users, items), _ask(model, users, items, *_features(model, users, items)))
    said = "the data set's own features handed in give the same scores" if away < NEAR else f"scores differ by {away:.1e}"
    return Finding("features stand in", away < NEAR, said)


def _features_matter(model: WrappedModel, users: Tensor, items: Tensor) -> Finding:
    none = [None if f is None else torch.zeros_like(f) for f in _features(model, users, items)]
    away = _differ(_ask(model, users, items), _ask(model, users, items, *none))
    said = (
        f"without features scores move by up to {away:.0%} of their spread"
        if away
        else "features change nothing: nothing to explain by"
    )
    return Finding("features matter", away > 0, said)


def _gradients(model: WrappedModel, users: Tensor, items: Tensor) -> Finding:
    if GRADIENTS not in model.offers:
        return Finding("gradients", None, "none; explainers that ask for scores alone fit (black-box, lime, shap-sampling)")
    sides = [None if f is None else f.requires_grad_() for f in _features(model, users, items)]
    with torch.enable_grad():
        wanted = [f for f in sides if f is not None]
        found = torch.autograd.grad(model.scores(users, items, *sides).sum(), wanted, allow_unused=True)
    finite = all(g is None or bool(g.isfinite().all()) for g in found)
    share = max(float((g != 0).any(dim=1).float().mean()) for g in found if g is not None)
    said = f"{share:.0%} of the pairs have one that is not zero" if finite else "some are NaN or infinite"
    return Finding("gradients", finite and share > 0, said)


def _device(model: WrappedModel, users: Tensor, items: Tensor) -> Finding:
    found = _ask(model, users, items).device
    return Finding("device", found.type == model.device.type, f"runs on {model.device}")
