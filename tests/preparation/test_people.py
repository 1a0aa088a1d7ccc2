"""Attributes of users, from files and frames: what is named is learned from, and nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import pyexplain as px

AGES = [18, 25, 31, 40, 52, 67, 23, 36, 45, 29, 61, 33]


def likes() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    rows = [(f"u{u}", f"i{i}", 5) for u in range(60) for i in sorted(rng.permutation(30)[:6].tolist())]
    return pd.DataFrame(rows, columns=["user_id", "item_id", "rating"])


def people(**more: object) -> pd.DataFrame:
    rows = [(f"u{u}", AGES[u % len(AGES)], "mf"[u % 2], f"zip{u}") for u in range(60)]
    return pd.DataFrame(rows, columns=["user_id", "age", "gender", "zip_code"]).assign(**more)


def test_what_is_named_is_learned_from_numbers_in_ranges() -> None:
    data = px.prepare(likes(), users=people(), user_attributes=["age", "gender"])
    assert data.kinds == ("person",)
    names = [data.features[k] for k in range(data.n_features)]
    assert names[-2:] == ["gender: f", "gender: m"]
    assert all(name.startswith("age: ") for name in names[:-2])
    assert len(names) > 4
    assert data.user_features.dense().sum(axis=1).tolist() == [2] * data.n_users
    assert data.report["people"]["kept"]["gender"] == {"values": 2, "items": 60, "rare_values_dropped": 0}  # type: ignore[index]
    assert data.unsaid is not None
    assert data.unsaid.all()


@pytest.mark.parametrize("form", ["csv", "parquet", "jsonl", "user"])
def test_any_form_of_table_says_the_same(form: str, tmp_path: Path) -> None:
    frame, path = people()[["user_id", "gender"]], tmp_path / f"people.{form}"
    if form == "csv":
        frame.to_csv(path, index=False)
    elif form == "parquet":
        frame.to_parquet(path)
    elif form == "jsonl":
        frame.to_json(path, orient="records", lines=True)
    else:
        frame.rename(columns={"user_id": "user_id:token", "gender": "gender:token"}).to_csv(path, sep="\t", index=False)
    wanted = px.prepare(likes(), users=people(), user_attributes=["gender"])
    assert px.prepare(likes(), users=path, user_attributes=["gender"]).fingerprint == wanted.fingerprint


def test_ids_may_be_called_otherwise() -> None:
    frame = people().rename(columns={"user_id": "client"})
    with pytest.raises(px.DataError, match="no column of users' ids") as told:
        px.prepare(likes(), users=frame, user_attributes=["gender"])
    assert "user_columns" in str(told.value.hint)
    renamed = likes().rename(columns={"user_id": "client"})
    assert px.prepare(renamed, columns={"user": "client"}, users=frame, user_attributes=["gender"]).n_features == 2
    found = px.prepare(likes(), users=frame, user_columns={"id": "client"}, user_attributes=["gender"])
    assert found.n_features == 2


def test_nothing_is_learned_of_people_that_nobody_named() -> None:
    with pytest.raises(px.UsageError, match="no attribute of people is named"):
        px.prepare(likes(), users=people())
    with pytest.raises(px.UsageError, match="without a file of people"):
        px.prepare(likes(), user_attributes=["age"])
    with pytest.raises(px.DataError, match="no attribute 'income'"):
        px.prepare(likes(), users=people(), user_attributes=["income"])
    with pytest.raises(px.UsageError, match="no 'title' to name"):
        px.prepare(likes(), users=people(), user_columns={"title": "x"}, user_attributes=["age"])
    with pytest.raises(px.DataError, match="is a user of"):
        px.prepare(likes(), users=people(user_id="x"), user_attributes=["age"])
    assert px.prepare(likes(), users=people(), user_attributes=["age"], kinds=["history"]).kinds == ()
