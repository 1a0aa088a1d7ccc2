"""Whether what a plugin hands back is what the contract asks for, in words; "" where it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from .data.types import Dataset, Items, Reviews

NO_TIME = -1


def of_state(found: object) -> str:
    """What was learned: tensors by name, of finite numbers, as a run keeps them."""
    import torch

    if not isinstance(found, Mapping):
        return f"{type(found).__name__}, expected a dict of tensors by name"
    for name, value in found.items():
        if not isinstance(name, str) or not isinstance(value, torch.Tensor):
            return f"{name!r:.60} as {type(value).__name__}, expected tensors by name"
        if value.is_floating_point() and not torch.isfinite(value).all():
            return f"{name!r:.60} with NaN or infinity"
    return ""


def of_scores(found: Any, n: int, ndim: int) -> str:
    """Numbers [n], or rows of them [n, P]; whether they are finite is asked elsewhere."""
    import torch

    if not isinstance(found, torch.Tensor):
        return type(found).__name__
    if found.shape[:1] != (n,) or found.ndim != ndim:
        return f"a tensor of shape {tuple(found.shape)}"
    return "" if found.is_floating_point() else f"numbers of type {found.dtype}, expected floating point"


def of_values(found: Any, data: Dataset, bounds: tuple[float, float]) -> str:
    """What a metric measured: Values of users of the data set, finite numbers within the range that the metric says."""
    from .metrics.types import Values

    if not isinstance(found, Values):
        return f"{type(found).__name__}, expected Values"
    users, values, parts = found.users, found.values, found.parts
    if not (_array(users, "iu") and users.ndim == 1 and len(users) == len(values)):
        return "users that are no numbers of users, one a value"
    if len(users) and not 0 <= users.min() <= users.max() < data.n_users:
        return "users whom the data set lacks"
    if not (_array(values, "fiub") and values.ndim == 1 and np.isfinite(values).all()):
        return "values that are no finite numbers, one a user or pair"
    if len(values) and not (bounds[0] - 1e-6 <= values.min() and values.max() <= bounds[1] + 1e-6):
        return f"values outside its range {bounds[0]}..{bounds[1]}"
    if parts is not None and not (_array(parts, "fiub") and parts.ndim == 2 and len(parts) == len(values)):
        return "parts that are no rows of numbers, one a value"
    return ""


def of_summary(found: Any) -> str:
    """One finite number."""
    good = isinstance(found, int | float | np.integer | np.floating) and not isinstance(found, bool) and np.isfinite(found)
    return "" if good else f"{found!r:.60}, expected a finite number"


def of_reviews(found: Any) -> str:
    """A chunk of reviews."""
    if not isinstance(found, Reviews):
        return f"{type(found).__name__}, expected Reviews"
    frame = found.frame
    return (
        _texts(frame, ("user", "item"), empty=False)
        or _texts(frame, ("text",))
        or _numbers(frame, "rating")
        or (_numbers(frame, "time", NO_TIME, whole=True))
    )


def of_mentions(found: Any) -> str:
    """A file of mentions."""
    from .readers.base import MentionTable

    if not isinstance(found, MentionTable):
        return f"{type(found).__name__}, expected a MentionTable"
    pairs, mentions = found.interactions, found.mentions
    said = (
        _texts(pairs, ("user", "item"), empty=False)
        or _numbers(pairs, "rating")
        or _numbers(pairs, "time", NO_TIME, whole=True)
        or _texts(pairs, ("split",))
        or _texts(mentions, ("user", "item", "feature"), empty=False)
        or _texts(mentions, ("opinion", "sentence"))
    )
    if said:
        return said
    keys = pairs.set_index(["user", "item"]).index
    if not keys.is_unique:
        return "interactions in which a (user, item) comes twice"
    known = mentions.set_index(["user", "item"]).index.isin(keys)
    return "" if known.all() else "mentions of a (user, item) that is not among the interactions"


def of_items(found: Any) -> str:
    """A chunk of items."""
    if not isinstance(found, Items):
        return f"{type(found).__name__}, expected Items"
    return _texts(found.frame, ("item",), empty=False) or _texts(found.frame, ("title",))


def of_dataset(found: Any) -> str:
    """A data set, which checked itself when it was made."""
    return "" if isinstance(found, Dataset) else f"{type(found).__name__}, expected a Dataset"


def of_answer(found: Any) -> str:
    """Yes or no."""
    return "" if isinstance(found, bool | np.bool_) else f"{found!r:.60}, expected True or False"


def _array(found: Any, kinds: str) -> bool:
    return isinstance(found, np.ndarray) and found.dtype.kind in kinds


def _texts(frame: pd.DataFrame, columns: Iterable[str], empty: bool = True) -> str:
    for name in columns:
        cells = frame[name]
        known = cells.cat.categories if isinstance(cells.dtype, pd.CategoricalDtype) else cells
        if cells.isna().any() or pd.api.types.infer_dtype(known, skipna=False) not in ("string", "empty"):
            return f"a column {name} that is not all text"
        if not empty and (cells == "").any():
            return f"a column {name} with an empty name"
    return ""


def _numbers(frame: pd.DataFrame, name: str, least: float = -np.inf, whole: bool = False) -> str:
    cells = frame[name]
    if cells.dtype.kind not in ("iu" if whole else "iuf") or not np.isfinite(cells.to_numpy()).all():
        return f"a column {name} that is not all {'whole ' if whole else ''}numbers"
    return f"a column {name} with {cells.min()}" if len(cells) and cells.min() < least else ""
