"""Every statement that `explain --all` writes, recomputed: scores asked from the recommender one user at a time, mentions read from
the frame. Nothing here is shared with the checks that made the statements."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

import pyexplain as px
from pyexplain.data.demo import write_demo
from pyexplain.everyone import explain_everyone
from pyexplain.preparation.prepare import prepare
from pyexplain.preparation.settings import PrepareOptions
from pyexplain.registry import load_registry
from pyexplain.run import Run

Row = dict[str, Any]
K = 2


@pytest.fixture(scope="module", params=["cnr", "cer"])
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, list[Row]]:
    """A run on small demo data, and a row a pair: user, item, against, rank, say, statements."""
    registry = load_registry(strict=True)
    folder = tmp_path_factory.mktemp("told")
    reviews = write_demo(folder, users=120, items=40, features=12)
    data = prepare([reviews], PrepareOptions("demo", items=(folder / "items.jsonl",)), registry)
    run = px.train(data, explainer=request.param, registry=registry, dim=8, epochs=8)
    explain_everyone(run, folder / "all.parquet", k=K)
    frame = pd.read_parquet(folder / "all.parquet").drop_duplicates(["user", "item"])
    rows = frame[["user", "item", "against", "rank", "say", "statements"]].to_dict("records")
    return run, [row | {"statements": json.loads(row["statements"])} for row in rows]


class World:
    """The run, asked in the plainest way there is."""

    def __init__(self, run: Run) -> None:
        self.data, self.recommender = run.data, run.recommender
        self.said = run.data.evidence

    def scores(self, user: str, f_u: np.ndarray | None = None, f_i: tuple[str, np.ndarray] | None = None) -> np.ndarray:
        """Of all items [I], -inf where liked in training."""
        u, data = self.data.users.index(user), self.data
        items = torch.arange(data.n_items)
        features = None if f_u is None else torch.from_numpy(f_u).float().expand(data.n_items, -1)
        of_items = None
        if f_i is not None:
            dense = data.item_features.dense()
            dense[data.items.index(f_i[0])] = f_i[1]
            of_items = torch.from_numpy(dense)
        with torch.no_grad():
            found = self.recommender.scores(torch.full_like(items, u), items, features, of_items).numpy().astype(float)
        found[data.train[data.train[:, 0] == u, 1]] = -np.inf
        return found

    def changed(self, user: str, statement: Row) -> np.ndarray:
        """Scores after the change of a statement."""
        side = "user" if self._is_of_user(user, statement) else "item"
        rows = self.data.user_features if side == "user" else self.data.item_features
        number = self.data.users.index(user) if side == "user" else self.data.items.index(statement["item"])
        profile = rows.select([number]).dense()[0].copy()
        for change in statement["change"]:
            feature = self.data.features.index(change["name"])
            assert profile[feature] == pytest.approx(change["from"], abs=1e-6)
            profile[feature] = change["to"]
        return self.scores(user, f_u=profile) if side == "user" else self.scores(user, f_i=(statement["item"], profile))

    def _is_of_user(self, user: str, statement: Row) -> bool:
        f_u = self.data.user_features.select([self.data.users.index(user)]).dense()[0]
        return all(f_u[self.data.features.index(c["name"])] == pytest.approx(c["from"], abs=1e-6) for c in statement["change"])

    def mentions(self, item: str, feature: str) -> pd.DataFrame:
        at = self.data.items.index(item), self.data.features.index(feature)
        return self.said[(self.said["item"] == at[0]) & (self.said["feature"] == at[1])]

    def place(self, scores: np.ndarray, item: str) -> int:
        at = self.data.items.index(item)
        return 1 + int((np.delete(scores, at) >= scores[at]).sum())


def holds(world: World, user: str, s: Row) -> bool:
    """Whether one statement is so."""
    data = world.data
    i, j = data.items.index(s["item"]), data.items.index(s["other"]) if s["other"] else -1
    before = world.scores(user)
    if s["kind"] == "contrast":
        below = np.flatnonzero(before < before[i])
        return bool(before[i] > before[j]) and j == below[np.argmax(before[below])]
    if s["kind"] in ("flip", "replacement", "leaving"):
        after = world.changed(user, s)
        flips = before[i] > before[j] and after[j] > after[i]
        if s["kind"] == "replacement":
            return bool(flips) and world.place(after, s["other"]) <= world.place(before, s["item"])
        if s["kind"] == "leaving":
            return world.place(before, s["item"]) <= s["count"][0] < world.place(after, s["item"])
        return bool(flips)
    said = world.mentions(s["item"], s["feature"]["name"])
    if s["kind"] == "reason":
        f = data.features.index(s["feature"]["name"])
        f_u = data.user_features.select([data.users.index(user)]).dense()[0]
        without = f_u.copy()
        without[f] = 0
        bare = world.scores(user, f_u=without)
        has = data.item_features.dense()[i, f] > 0 and said["sentiment"].mean() > 0
        return bool(f_u[f] > 0 and has and before[i] - before[j] > bare[i] - bare[j])
    if s["kind"] == "size":
        side = said.groupby("user")["sentiment"].mean()
        wanted = (side > 0).sum() if "praise" in s["text"] else (side < 0).sum()
        return s["count"] == [wanted, len(side)]
    quote = s["quote"]
    rows = world.mentions(quote["item"], s["feature"]["name"])
    rows = rows[rows["user"] == data.users.index(quote["user"])]
    whole = rows["sentence"].map(lambda text: " ".join(text.split())) == quote["sentence"]
    return bool(whole.any() and (rows["sentiment"][whole] > 0).all() and quote["own"] == (quote["user"] == user))


def test_every_statement_holds_and_most_items_have_a_reason(told: tuple[Run, list[Row]]) -> None:
    run, rows = told
    world, count = World(run), Counter[str]()
    for row in rows:
        for statement in row["statements"]:
            assert holds(world, row["user"], statement), statement
            count[statement["kind"]] += 1
    assert min(count[kind] for kind in ("contrast", "reason", "flip", "replacement", "evidence", "size")) > 20
    known = [row for row in rows if row["rank"] == 1 and len(run.data.user_features.row(run.data.users.index(row["user"]))[0])]
    assert np.mean([any(s["kind"] == "reason" for s in row["statements"]) for row in known]) >= 0.8


def test_the_sentence_says_nothing_that_is_not_in_the_list(told: tuple[Run, list[Row]]) -> None:
    """Features, counts and quotes of the customer's sentences come from statements; no id is in them."""
    run, rows = told
    for row in rows:
        named = {s["feature"]["name"] for s in row["statements"] if s["kind"] == "reason"}
        if "because you care about" in row["say"]:
            said = row["say"].split("because you care about the ")[1].split(". ")[0].rstrip(".")
            assert set(said.split(" and the ")) <= named
        elif named:
            assert "because" not in row["say"]
        for s in row["statements"]:
            if s["quote"] and f"“{s['quote']['sentence']}”" in row["say"]:
                assert s["feature"]["name"] in named
        quoted = row["say"].split("“")[0]
        assert not any(name in quoted for name in (row["user"], row["item"], row["against"]))
        assert all(c in " ".join(s["text"] for s in row["statements"]) for c in _counts(row["say"]))


def _counts(said: str) -> list[str]:
    return re.findall(r"\d+ of \d+", said)


def test_everybody_is_told_what_the_one_who_asks_is_told(told: tuple[Run, list[Row]]) -> None:
    run, rows = told
    for row in rows[::40]:
        found = run.explain(row["user"], row["item"])
        assert found.say() == row["say"]
        assert [s.to_dict() for s in found.statements if not s.change] == [s for s in row["statements"] if not s["change"]]


def test_no_sentence_of_others_where_none_is_wanted(told: tuple[Run, list[Row]], tmp_path: Path) -> None:
    run, _ = told
    for quotes in ("own", "none"):
        explain_everyone(run, tmp_path / "q.parquet", k=1, quotes=quotes)
        lists = [json.loads(text) for text in pd.read_parquet(tmp_path / "q.parquet")["statements"].unique()]
        kept = [s["quote"] for found in lists for s in found if s["quote"]]
        assert all(quote["own"] for quote in kept)
        assert bool(kept) == (quotes == "own")
