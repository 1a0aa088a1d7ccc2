"""Wrapping a trained model: what it offers is found out, and what is said of it is tried."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from ..data.types import Dataset
from ..errors import UsageError
from .base import GRADIENTS, LINEAR_USER_SIDE, SCORES
from .wrapped import UserSideOf, WrappedModel

PROBED = 3  # pairs that are asked for to see whether gradients reach the features, and other ways to the same scores
NEAR = 1e-4  # of the largest score: two ways to the same scores differ by rounding


def wrap(
    model: nn.Module | Callable[..., Any],
    data: Dataset,
    *,
    score: Callable[..., Any] | None = None,
    user_features: bool = True,
    item_features: bool = False,
    gradients: bool | None = None,
    arrays: bool = False,
    catalogue: Callable[..., Any] | None = None,
    user_side: UserSideOf | None = None,
    name: str = "wrapped",
    reference: str = "",
) -> WrappedModel:
    """A trained model as a Recommender on a data set, for every explainer whose needs it meets.

    score (default: the model itself) is called with users [n] and items [n] (numbers of the data set), then, where asked for,
    f_u [n, P] (user_features) and f_i [n, P] (item_features), dense; it gives n scores, larger = better, and row k depends on
    row k alone. arrays: it is given numpy arrays and may give one (scikit-learn, gradient boosting, a remote service).
    gradients: whether the scores can be differentiated in the features; None = try, and see. A torch.nn.Module is put into
    evaluation mode at every call.

    catalogue: called with users [n] and, where it takes them, f_u [n, P], it gives the scores of all items [n, I] at once; without
    it they are asked for pair by pair, which costs I times as much. user_side: called with users [n] and items [n], it gives the
    same scores as a function of f_u (UserSide), for a model that is linear in f_u before at most one relu; then explainers that
    need "linear-user-side" work, changes of features are not made dense, and what is proved of linear scores is proved.

    Raises UsageError where the name is empty, where no feature is asked for (then there is nothing to explain by), where scores
    have the wrong shape, where gradients are claimed that do not arrive, and where catalogue or user_side give other scores than
    the model. px.check_wrapped says more.
    """
    if not name.strip():
        raise UsageError("the model has an empty name", where="wrap", hint="Explanations and tables call it by its name.")
    if not (user_features or item_features):
        raise UsageError(
            "the model is given no features, so no explanation by features is possible",
            where="wrap",
            hint="Let score take f_u (user_features=True), f_i (item_features=True), or both.",
        )
    module = model if isinstance(model, nn.Module) else None
    # name, reference and offers belong to a class: each wrapped model has one of its own
    kind = type("WrappedModel", (WrappedModel,), {"name": name, "reference": reference, "__doc__": WrappedModel.__doc__})
    sides = user_features, item_features
    made: WrappedModel = kind(score or model, module, data, sides, arrays, catalogue, user_side)
    _check_ways(made)
    arrive = not arrays and gradients is not False and reaches_features(made)
    if gradients and not arrive:
        raise UsageError(
            "gradients were promised, but the scores cannot be differentiated in the features",
            where="wrap",
            hint="Somewhere the score leaves torch (.detach(), .numpy(), .item(), torch.no_grad()), or arrays=True.",
        )
    linear = {LINEAR_USER_SIDE, GRADIENTS} if user_side is not None else set()
    kind.offers = frozenset({SCORES} | ({GRADIENTS} if arrive else set()) | linear)  # type: ignore[attr-defined]
    return made


def _check_ways(made: WrappedModel) -> None:
    """UsageError where the other ways to the scores lead elsewhere, at a few pairs."""
    n = min(PROBED, made.data.n_users, made.data.n_items)
    users = torch.arange(n, device=made.device)
    wanted, found = made.scores(users, users), {}
    with torch.no_grad():
        if made.catalogue is not None and (all_items := made.catalogue_scores(users)) is not None:
            found["catalogue"] = all_items[:, :n].diagonal() if all_items.shape == (n, made.data.n_items) else all_items
        if made.user_side_of is not None:
            side = made.user_side(users, users)
            found["user_side"] = side.score(made.user_rows.select(users).dense() @ side.feature_map)
    for what, scores in found.items():
        near = NEAR * max(1.0, float(wanted.abs().max()))
        if scores.shape != wanted.shape or float((scores - wanted).abs().max()) > near:
            raise UsageError(f"{made.name}: {what} gives other scores than the model", where=what, hint="See px.wrap.")


def reaches_features(made: WrappedModel) -> bool:
    """Whether the gradient of a few scores arrives at the features of a side that the model is given."""
    n = min(PROBED, made.data.n_users, made.data.n_items)
    indices = torch.arange(n, device=made.device)
    sides = [
        rows.select(indices).dense().requires_grad_() if wanted else None
        for wanted, rows in zip(made.sides, (made.user_rows, made.item_rows), strict=True)
    ]
    with torch.enable_grad():
        scores = made.scores(indices, indices, *sides)
        if not scores.requires_grad:
            return False
        found = torch.autograd.grad(scores.sum(), [side for side in sides if side is not None], allow_unused=True)
    return any(gradient is not None for gradient in found)
