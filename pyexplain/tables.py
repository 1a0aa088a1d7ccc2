"""What is asked of many users and pairs at once, as frames: rows of ids in, rows of ids, titles and scores out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch

from .answers import Answers, answer
from .data.types import Dataset
from .errors import UsageError
from .explainers.base import Explainer
from .explainers.order import Order
from .statements.facts import Checker
from .statements.types import Quotes

Int = npt.NDArray[np.int64]
Pairs = pd.DataFrame | Iterable[Sequence[str]]
RECOMMENDED = ("user", "item", "title", "score", "rank")
BATCH = 65_536  # pairs that are scored at once


def pairs_of(data: Dataset, pairs: Pairs, columns: tuple[str, ...] = ("user", "item")) -> Int:
    """Numbers [n, 2] or [n, 3] of (user, item[, against]): of a frame with those columns, or of tuples.

    UsageError where there is no such column, or tuples have another length; DataError for an unknown id, with the nearest known.
    """
    if isinstance(pairs, pd.DataFrame):
        missing = [name for name in columns if name not in pairs.columns]
        if missing:
            hint = f"Expected: {', '.join(columns)}; there are {', '.join(map(str, pairs.columns))}."
            raise UsageError(f"pairs lack the column {', '.join(missing)}", where="pairs", hint=hint)
        rows = list(pairs[list(columns)].itertuples(index=False, name=None))
    else:
        rows = [tuple(row) for row in pairs]
        if wrong := next((row for row in rows if len(row) != len(columns)), None):
            raise UsageError(f"{wrong!r:.80} is not ({', '.join(columns)})", where="pairs", hint="Give tuples of ids.")
    found = [[(data.users if place == 0 else data.items).index(name) for place, name in enumerate(row)] for row in rows]
    return np.array(found, dtype=np.int64).reshape(-1, len(columns))


def scored(order: Order, pairs: Pairs) -> pd.DataFrame:
    """user, item, score; a row a pair, in their order. Scores of one model compare, whatever their unit."""
    indices = pairs_of(order.data, pairs)
    parts = [np.zeros(0, dtype=np.float32)]
    with torch.no_grad():
        for at in range(0, len(indices), BATCH):
            users, items = (torch.from_numpy(column.copy()).to(order.recommender.device) for column in indices[at : at + BATCH].T)
            parts.append(order.recommender.scores(users, items).cpu().numpy())
    data = order.data
    return pd.DataFrame({**_named(data, indices), "score": np.concatenate(parts)})


def recommended(order: Order, users: Sequence[str], k: int) -> tuple[pd.DataFrame, Int]:
    """RECOMMENDED, k rows a user, best first; and (user, item) of each row as numbers [n, 2]."""
    data = order.data
    indices = np.array([data.users.index(user) for user in users], dtype=np.int64)
    shown, scores = order.best(indices, min(k, data.n_items))
    row, place = np.nonzero(shown >= 0)
    pairs = np.stack([indices[row], shown[row, place]], axis=1)
    titles = data.items.titles
    columns: dict[str, Any] = {
        **_named(data, pairs),
        "title": titles.take(pairs[:, 1]).column_of_frame() if titles else [""] * len(pairs),
        "score": scores[row, place],
        "rank": place + 1,
    }
    return pd.DataFrame(columns), pairs


def _named(data: Dataset, pairs: Int) -> dict[str, Any]:
    """Columns of the names of pairs [n, 2]."""
    sides = (("user", data.users), ("item", data.items))
    return {name: of.names.take(pairs[:, side]).column_of_frame() for side, (name, of) in enumerate(sides)}


def explained(checker: Checker, explainer: Explainer, pairs: Pairs, against: bool) -> Answers:
    """Why users are shown the items of the pairs; against: whether the pairs name the other item, too."""
    columns = ("user", "item", "against") if against else ("user", "item")
    indices = pairs_of(checker.order.data, pairs, columns)
    others = indices[:, 2] if against else None
    if others is not None and (same := np.flatnonzero(others == indices[:, 1])).size:
        item = checker.order.data.items[int(others[same[0]])]
        raise UsageError(f"{item!r} cannot be compared with itself", where="pairs", hint="Name another item.")
    return answer(checker, explainer, indices[:, :2], others)


def sentences(answers: Answers, quotes: Quotes) -> list[str]:
    """The customer's sentences of each answer."""
    return [answers.pair(row, quotes).say() for row in range(len(answers))]
