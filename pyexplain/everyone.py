"""Explanations of every user's best items, streamed to one Parquet file within a memory limit, and resumable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from .answers import answer
from .data.types import Dataset
from .engines.base import Engine
from .engines.local import LocalEngine
from .explainers.base import Explainer
from .explainers.counterfactual.until import Until
from .explainers.named_cells import NO_FEATURE, named_cells
from .explainers.types import NO_ITEM, Explanations
from .statements.pieces import numbered
from .statements.telling import Teller
from .statements.types import Quotes, Register
from .streaming import Ready, identity_of, stream

if TYPE_CHECKING:
    import pyarrow as pa

    from .run import Run

Int = npt.NDArray[np.int64]
COLUMNS = (
    *("user", "item", "title", "against", "feature", "kind", "weight", "from", "to", "valid", "proved"),
    *("margin_before", "margin_after", "note", "method", "rank", "score", "say", "statements"),
)
COPIES = 24  # dense rows of P floats that explaining one pair may need at a time, in solvers and their kept best
LISTS_AT_ONCE = 256  # users whose lists go into a part
USERS = 256  # of a part, at most: their scores with the whole catalogue are kept while they are asked about
WIDEST = 1024  # numbers that stand for P where an explainer keeps within the memory by itself


def explain_everyone(
    run: Run,
    out: Path,
    k: int = 10,
    top: int = 10,
    explainer: str | None = None,
    resume: bool = False,
    quotes: Quotes = "all",
    until: Until | None = None,
    register: Register = "analyst",
    settings: Mapping[str, object] | None = None,
    engine: Engine | None = None,
) -> int:
    """Explain the k best items of every user, each against the next in the full ranking; `top` features a pair. Returns how many.

    Rows: COLUMNS. title: "" where none is known; kind: of the feature; from, to: its value now, and with the change; say: the
    customer's sentences; statements: what was checked, a JSON list; a pair without any feature has one row with an empty feature.
    Parts are kept beside `out` until all are there, so that an interrupted call goes on with resume; RunError where the parts are
    of another run or other settings. quotes: whose sentences are quoted, "all", "own" or "none".
    until: what the changes have to reach; None: what the explainer is made for. register: "customer" leaves the ids of other people
    who are quoted out of `statements`. settings: keys of the explainer's configuration. engine: where parts are made (None: here);
    the rows are the same.
    """
    k = min(k, run.data.n_items)  # what is more would be reserved for nothing
    asked = _Explained(k, top, explainer, dict(settings or {}), quotes, until, register)
    return stream(run, Path(out), asked, _explained, engine or LocalEngine(), resume)


@dataclass(frozen=True)
class _Explained:
    """What is asked of every user."""

    k: int
    top: int
    explainer: str | None
    settings: Mapping[str, object]
    quotes: Quotes
    until: Until | None
    register: Register

    def ready(self, run: Run) -> Ready:
        """The explainer, and how many users fit into the memory."""
        chosen = run.explainer(self.explainer, self.settings or None)
        given = {
            "k": self.k,
            "top": self.top,
            "quotes": self.quotes,
            "until": self.until,
            "register": self.register,
            "users": USERS,
        }
        width = min(run.data.n_features, WIDEST) if chosen.copies == 0 else run.data.n_features
        size = max(1, min(USERS, run.trained.options.max_memory // (4 * COPIES * width * self.k)))
        teller = Teller(run.checker, self.quotes, self.register)
        part = partial(_part, run, chosen, teller, k=self.k, top=self.top, until=self.until)
        return Ready("explaining", _identity(run, chosen, given), size, part)


def explain_lists(
    run: Run,
    out: Path,
    k: int = 10,
    top: int = 10,
    explainer: str | None = None,
    resume: bool = False,
    settings: Mapping[str, object] | None = None,
    engine: Engine | None = None,
) -> int:
    """Explain every user's first k items as a list (Run.explain_list), by `top` features. Returns how many users.

    Rows: those of ListExplanation.to_frame(whole=True), a row a feature; who has no reason has one row with an empty feature.
    Parts, resume and engine as in explain_everyone.
    """
    asked = _Lists(min(k, run.data.n_items), top, explainer, dict(settings or {}))
    return stream(run, Path(out), asked, lambda draft: run.data.n_users, engine or LocalEngine(), resume)


@dataclass(frozen=True)
class _Lists:
    """What is asked of every user's list."""

    k: int
    top: int
    explainer: str | None
    settings: Mapping[str, object]

    def ready(self, run: Run) -> Ready:
        """The explainer; lists are explained one by one, so that a part is as large as one likes."""
        chosen = run.explainer(self.explainer, self.settings or None)
        given = {"level": "list", "k": self.k, "top": self.top}
        return Ready("explaining", _identity(run, chosen, given), LISTS_AT_ONCE, lambda users: self._part(run, chosen, users))

    def _part(self, run: Run, explainer: Explainer, users: Int) -> pd.DataFrame:
        from .explainers.lists import explain_list
        from .present.list_explanation import ListExplanation

        found = (explain_list(explainer, run.order, user, self.k, self.top) for user in users.tolist())
        told = [ListExplanation.of(one, explainer.name, run.data).to_frame(whole=True) for one in found]
        return pd.concat(told, ignore_index=True)


def _explained(path: Path) -> int:
    """How many pairs a file of explanations holds: its rows of one pair stand together."""
    import pyarrow.parquet as pq

    count, last = 0, None
    for batch in pq.ParquetFile(path).iter_batches(columns=["user", "rank"]):
        frame = batch.to_pandas()
        new = (frame != frame.shift()).any(axis=1)
        count += int(new.sum()) - (last is not None and last == tuple(frame.iloc[0]))
        last = tuple(frame.iloc[-1])
    return count


def _identity(run: Run, explainer: Explainer, given: Mapping[str, object]) -> dict[str, str]:
    """Everything that the rows depend on; parts with another are refused. given: what this call was asked for."""
    return identity_of(run, {"recommender": run.recommender, "explainer": explainer}, given)


def _part(
    run: Run, explainer: Explainer, teller: Teller, users: Int, k: int = 10, top: int = 10, until: Until | None = None
) -> pa.Table:
    """The rows of some users."""
    checker = run.checker.knowing(users)
    shown, scores = checker.order.best(users, k)
    row, place = np.nonzero(shown >= 0)
    answers = answer(checker, explainer, np.stack([users[row], shown[row, place]], axis=1), None, k, until)
    kept = np.flatnonzero(answers.facts.questions.back != NO_ITEM)  # the last item of the catalogue is ahead of none
    said, statements = teller.told(answers.facts, kept)
    more = {"rank": place[kept] + 1, "score": scores[row, place][kept], "say": said, "statements": statements}
    return explanation_rows(answers.found.select(kept), run.data, top, more)


def explanation_rows(found: Explanations, data: Dataset, top: int, more: Mapping[str, Any]) -> pa.Table:
    """COLUMNS, one row a feature of each of n pairs: the `top` largest weights first, then what else has to change. more: those
    columns [n] of pairs that explanations do not hold."""
    import pyarrow as pa

    base = data.user_features if found.side == "user" else data.item_features
    cells = named_cells(found, base.select(found.users if found.side == "user" else found.items), top)
    columns: dict[str, Any] = {"weight": cells.weight, "from": cells.before}
    columns["to"] = pa.nulls(len(cells.pair), pa.float64()) if cells.after is None else cells.after
    columns |= _of_features(data, cells.feature)
    columns |= {name: _repeated(values, at[cells.pair]) for name, (values, at) in _of_pairs(found, data, more).items()}
    return pa.table({name: columns[name] for name in COLUMNS})


def _of_features(data: Dataset, features: Int) -> dict[str, pa.Array]:
    """Names and kinds [m] of features [m]; "" for none."""
    import pyarrow as pa

    distinct, at = numbered(features + 1, data.n_features + 1)  # NO_FEATURE is -1
    names = data.features.names.column.take(pa.array(distinct - 1, mask=distinct == 0)).fill_null("")
    kinds = ["" if k == NO_FEATURE else data.features.kind_of(k) for k in (distinct - 1).tolist()]
    return {"feature": _repeated(names, at), "kind": _repeated(kinds, at)}


def _of_pairs(found: Explanations, data: Dataset, more: Mapping[str, Any]) -> dict[str, tuple[Any, Int]]:
    """Columns [n] of n explanations, each as distinct values and which of them is whose; nulls where they do not have what a
    column is about."""
    import pyarrow as pa

    n, items, titles = len(found), data.items, data.items.titles
    each, one = np.arange(n), np.zeros(n, np.int64)
    users, of_user = numbered(found.users, data.n_users)
    shown, of_item = numbered(found.items, data.n_items)
    columns: dict[str, tuple[Any, Int]] = {"user": (data.users.names.take(users).column, of_user)}
    columns |= {"item": (items.names.take(shown).column, of_item), "against": ([None], one)}
    columns["title"] = (titles.take(shown).column, of_item) if titles else ([""], one)
    if found.against is not None:
        others, of_other = numbered(found.against + 1, data.n_items + 1)  # NO_ITEM is -1
        columns["against"] = items.names.column.take(pa.array(others - 1, mask=others == 0)), of_other
    columns |= {"note": (found.notes, each) if found.notes else ([""], one), "method": ([found.method], one)}
    kinds = {"valid": pa.bool_(), "proved": pa.bool_(), "margin_before": pa.float32(), "margin_after": pa.float32()}
    for name, kind in kinds.items():
        values = getattr(found, name)
        columns[name] = (pa.nulls(n, kind) if values is None else pa.array(values)), each
    return columns | {name: (values if isinstance(values, pa.Array) else pa.array(values), each) for name, values in more.items()}


def _repeated(values: Sequence[str | None] | pa.Array, rows: Int) -> pa.Array:
    """The values at rows [m]; texts once each, and their numbers."""
    import pyarrow as pa

    known = values if isinstance(values, pa.Array) else pa.array(values, pa.large_string())
    if not pa.types.is_large_string(known.type):
        return known.take(pa.array(rows))
    coded = known.dictionary_encode()
    return pa.DictionaryArray.from_arrays(coded.indices.take(pa.array(rows)), coded.dictionary)
