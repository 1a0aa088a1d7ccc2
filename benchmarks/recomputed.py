"""Statements recomputed from a run and the files of its data set alone: scores dense, mentions by pyarrow, gradients by autograd.

Written after docs/metrics.md and nothing else: no code of the checks that statements pass before they are
printed, nor of the metric.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import torch

import pyexplain as px

Document = Mapping[str, Any]
CLOSE = 1e-4  # scores that are nearer may change places
PARTS, FINER = 64, 64  # of the way from no features to f_u


class Recomputed:
    """One run on one data set folder. Dense: for measuring, not for serving."""

    def __init__(self, run: px.Run, folder: Path) -> None:
        self.recommender, self.data = run.recommender, run.data
        self.f_u, self.f_i = run.data.user_features, run.data.item_features
        names = (pq.read_table(folder / f"{kind}.parquet").column(0).to_pylist() for kind in ("users", "items", "features"))
        self.users, self.items, self.features = ({name: number for number, name in enumerate(column)} for column in names)
        self.liked: dict[int, set[int]] = defaultdict(set)
        for user, item in run.data.train.tolist():
            self.liked[user].add(item)
        self.reviews: dict[tuple[int, int], list[tuple[int, float, str]]] = defaultdict(list)  # (item, feature) -> what is said
        columns = ["user", "item", "feature", "sentiment", "sentence"]
        for row in pq.read_table(folder / "evidence.parquet", columns=columns).to_pylist():
            said = (row["user"], row["sentiment"], " ".join((row["sentence"] or "").split()))
            self.reviews[row["item"], row["feature"]].append(said)
        self.now = lru_cache(maxsize=64)(lambda user: self._all(user, self.user_row(user)))

    def user_row(self, user: int) -> np.ndarray:
        """f_u [P]."""
        row: np.ndarray = self.f_u.select([user]).dense()[0]
        return row

    def pair(self, user: int, item: int, f_u: torch.Tensor, f_i: torch.Tensor | None = None) -> torch.Tensor:
        """Scores [n] of one pair with features [n, P]."""
        users, items = (torch.full((len(f_u),), number, dtype=torch.int64) for number in (user, item))
        return self.recommender.scores(users, items, f_u, f_i)

    def _all(self, user: int, f_u: np.ndarray) -> np.ndarray:
        n = len(self.items)
        rows = torch.from_numpy(f_u)[None].expand(n, -1)
        with torch.no_grad():
            scores = self.recommender.scores(torch.full((n,), user, dtype=torch.int64), torch.arange(n), rows)
        return scores.double().numpy()

    def holds(self, document: Document, said: Document) -> bool:
        """Whether one statement of a document holds."""
        user, item = self.users[document["user"]], self.items[said["item"]]
        other = None if said["other"] is None else self.items[said["other"]]
        check = getattr(self, f"_{said['kind']}")
        return bool(check(document, said, user, item, other))

    def margin(self, user: int, item: int, other: int, f_u: torch.Tensor) -> torch.Tensor:
        """Of rows f_u [n, P]."""
        return self.pair(user, item, f_u) - self.pair(user, other, f_u)

    def _reason(self, document: Document, said: Document, user: int, item: int, other: int) -> bool:
        f, f_u = self.features[said["feature"]["name"]], torch.from_numpy(self.user_row(user))
        mentions = [sentiment for _, sentiment, _ in self.reviews[item, f]]
        if f_u[f] <= 0 or self.f_i.select([item]).dense()[0, f] <= 0 or not mentions or np.mean(mentions) <= 0:
            return False
        without = f_u.clone()
        without[f] = 0
        with torch.no_grad():
            full, less = self.margin(user, item, other, torch.stack([f_u, without])).double().tolist()
        return full > less and self.contribution(user, item, other, f_u, f) > 0

    def contribution(self, user: int, item: int, other: int, f_u: torch.Tensor, f: int) -> float:
        """By the midpoint rule; in finer parts where the slopes have two signs, since a network bends between the midpoints."""
        slopes = self.slopes(user, item, other, f_u, f, PARTS)
        if slopes.min() < 0 < slopes.max():
            slopes = self.slopes(user, item, other, f_u, f, PARTS * FINER)
        return float(slopes.mean() * f_u[f])

    def slopes(self, user: int, item: int, other: int, f_u: torch.Tensor, f: int, parts: int) -> np.ndarray:
        """The slope of the margin along feature f in the middle of each part of the way, [parts]."""
        shares = (torch.arange(parts) + 0.5) / parts
        way = (shares[:, None] * f_u[None, :]).requires_grad_()
        (gradient,) = torch.autograd.grad(self.margin(user, item, other, way).sum(), way)
        found: np.ndarray = gradient[:, f].double().numpy()
        return found

    def _contrast(self, document: Document, said: Document, user: int, item: int, other: int) -> bool:
        scores = self.now(user)
        if scores[item] <= scores[other] or other in self.liked[user]:
            return False
        return not (self.free(user) & (scores < scores[item] - CLOSE) & (scores > scores[other] + CLOSE)).any()

    def _evidence(self, document: Document, said: Document, user: int, item: int, other: int | None) -> bool:
        quote, f = said["quote"], self.features[said["feature"]["name"]]
        where, who = self.items[quote["item"]], self.users[quote["user"]]
        found = [s for u, s, sentence in self.reviews[where, f] if u == who and sentence == " ".join(quote["sentence"].split())]
        theirs = where == item or who == user
        return bool(found) and float(np.mean(found)) > 0 and theirs and quote["own"] == (who == user)

    def _size(self, document: Document, said: Document, user: int, item: int, other: int | None) -> bool:
        by_review: dict[int, list[float]] = defaultdict(list)
        for who, sentiment, _ in self.reviews[item, self.features[said["feature"]["name"]]]:
            by_review[who].append(sentiment)
        sign = -1 if "complain" in said["text"] else 1
        side = sum(sign * sum(sentiments) > 0 for sentiments in by_review.values())
        return said["count"] == [side, len(by_review)] and side > 0

    def _flip(self, document: Document, said: Document, user: int, item: int, other: int) -> bool:
        before, after = self.now(user), self._after(document, said, user, item)
        return after is not None and before[item] > before[other] and after[other] > after[item]

    def _replacement(self, document: Document, said: Document, user: int, item: int, other: int) -> bool:
        after = self._after(document, said, user, item)
        if after is None:
            return False
        old, new = self._places(user, self.now(user), item), self._places(user, after, other)
        return min(new) <= max(old) and (said["count"] is None or (said["count"][0] in old and said["count"][1] in new))

    def _leaving(self, document: Document, said: Document, user: int, item: int, other: int) -> bool:
        after = self._after(document, said, user, item)
        if after is None:
            return False
        k, place = said["count"]
        old, new = self._places(user, self.now(user), item), self._places(user, after, item)
        return min(old) <= k < max(new) and place in new

    def _after(self, document: Document, said: Document, user: int, item: int) -> np.ndarray | None:
        """Scores of the catalogue with the change; None where it does not start from what is there, or leaves the scale."""
        of_user = document["side"] == "user"
        row = (self.user_row(user) if of_user else self.f_i.select([item]).dense()[0]).copy()
        for change in said["change"]:
            f = self.features[change["name"]]
            if abs(row[f] - change["from"]) > CLOSE or not 0 <= change["to"] <= self.data.settings.max_rating + CLOSE:
                return None
            row[f] = change["to"]
        if not said["change"]:
            return None
        if of_user:
            return self._all(user, row)
        scores = self.now(user).copy()
        with torch.no_grad():
            f_u, f_i = torch.from_numpy(self.user_row(user))[None], torch.from_numpy(row)[None]
            scores[item] = float(self.pair(user, item, f_u, f_i))
        return scores

    def _places(self, user: int, scores: np.ndarray, item: int) -> range:
        """Where an item may stand among what the user has not liked; several places where others score the same."""
        rivals = self.free(user)
        rivals[item] = False
        own, others = scores[item], scores[rivals]
        return range(1 + int((others > own + CLOSE).sum()), 2 + int((others >= own - CLOSE).sum()))

    def free(self, user: int) -> np.ndarray:
        """Which items [I] the user has not liked in training."""
        found = np.ones(len(self.items), dtype=bool)
        found[list(self.liked[user])] = False
        return found
