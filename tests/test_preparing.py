"""px.prepare: frames and files in, the same data set as by the command; what is wrong is said in Python's words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import pyexplain as px
from pyexplain.errors import DataError, UsageError
from tests.cli.conftest import good


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    top = tmp_path_factory.mktemp("shop")
    good("data", "demo", "--out", top, "--users", 80, "--items", 40, "--features", 12, "--reviews", 800)
    return top / "reviews.jsonl", top / "items.jsonl"


@pytest.fixture(scope="module")
def frames(files: tuple[Path, Path]) -> tuple[pd.DataFrame, pd.DataFrame]:
    reviews, items = (pd.read_json(path, lines=True) for path in files)
    return reviews, items


def test_frames_and_files_give_what_the_command_gives(
    files: tuple[Path, Path], frames: tuple[pd.DataFrame, pd.DataFrame], tmp_path: Path
) -> None:
    good("data", "prepare", files[0], "--items", files[1], "--out", tmp_path / "d", "--name", "shop", "--workers", 1)
    wanted = px.load_dataset(tmp_path / "d")
    for reviews, items in (files, frames, map(str, files)):
        made = px.prepare(reviews, items=items, name="shop")
        assert made.fingerprint == wanted.fingerprint
        assert made.items.titles == wanted.items.titles


def test_a_named_index_is_a_column(frames: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    reviews, items = frames
    wanted = px.prepare(reviews, items=items)
    indexed = reviews.set_index(["reviewerID", "asin"], drop=True), items.set_index("asin", drop=False)
    for given in (indexed, (reviews.set_index("asin"), items.set_index("asin"))):
        made = px.prepare(given[0], items=given[1])
        assert made.fingerprint == wanted.fingerprint
        assert made.items.titles == wanted.items.titles
    assert indexed[0].index.names == ["reviewerID", "asin"], "the caller's own frame stays as it is"


def test_other_names_of_columns_a_vocabulary_and_kinds(frames: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    reviews, items = frames
    renamed = reviews.rename(columns={"reviewerID": "a", "asin": "b", "overall": "c"})
    called = items.rename(columns={"asin": "x", "title": "y"}).assign(brand=["Korg", "Moog"] * (len(items) // 2))
    made = px.prepare(
        renamed,
        items=[called],
        columns={"user": "a", "item": "b", "rating": "c"},
        item_columns={"id": "x", "title": "y"},
        features={"comfort": ["comfortable"], "sound": []},
        attributes=["brand"],
        min_count=1,
        split="leave-last",
    )
    assert set(made.features.names) == {"comfort", "sound", "brand: Korg", "brand: Moog"}
    assert made.kinds == ("word", "attribute")
    assert px.prepare(renamed, columns={"user": "a", "item": "b"}, kinds=["history"]).n_features == 0


OPTIONS: list[tuple[dict[str, object], tuple[object, ...]]] = [
    ({"never": ["sound"]}, ("--never", "sound")),
    ({"min_rating": 5}, ("--min-rating", 5)),
    ({"rating_scale": (1, 5), "min_rating": 3}, ("--rating-scale", "1..5", "--min-rating", 3)),
    ({"seed": 7}, ("--seed", 7)),
    ({"split": "leave-last"}, ("--split", "leave-last")),
    ({"protocol": "paper"}, ("--protocol", "paper")),
    ({"kinds": ["attribute"]}, ("--kinds", "attribute")),
    ({"max_features": 4}, ("--max-features", 4)),
]


@pytest.mark.parametrize(("given", "words"), OPTIONS, ids=lambda value: str(next(iter(value))))
def test_every_option_does_what_it_does_on_the_command_line(
    files: tuple[Path, Path], given: dict[str, object], words: tuple[object, ...], tmp_path: Path
) -> None:
    good("data", "prepare", files[0], "--out", tmp_path / "d", "--name", "shop", "--workers", 1, *words)
    wanted, plain = px.load_dataset(tmp_path / "d"), px.prepare(files[0], name="shop")
    made = px.prepare(files[0], name="shop", **given)  # type: ignore[arg-type]
    assert (made.fingerprint, made.settings.never) == (wanted.fingerprint, wanted.settings.never)
    assert (made.fingerprint, made.settings.never) != (plain.fingerprint, plain.settings.never)


def test_attributes_of_people_are_those_of_the_command(files: tuple[Path, Path], tmp_path: Path) -> None:
    users, place = px.prepare(files[0], name="shop").users.names, tmp_path / "people.csv"
    plans = [("gold", "free")[number % 2] for number in range(len(users))]
    pd.DataFrame({"client": users, "plan": plans}).to_csv(place, index=False)
    told = ("--users", place, "--user-columns", "id=client", "--user-attributes", "plan")
    out = good("data", "prepare", files[0], "--out", tmp_path / "d", "--name", "shop", "--workers", 1, *told).stdout
    assert f"Of people, learned from and never said: plan (2 values of {len(users)} users)." in " ".join(out.split())
    made = px.prepare(files[0], name="shop", users=place, user_columns={"id": "client"}, user_attributes=["plan"])
    assert px.load_dataset(tmp_path / "d").fingerprint == made.fingerprint
    assert "person" in made.kinds


def test_likes_alone_train_and_explain(frames: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    likes = frames[0][["reviewerID", "asin"]]
    run = px.train(px.prepare(likes), settings={"epochs": 2, "dim": 8})
    user = run.data.user_ids[0]
    item, _ = run.recommend(user, k=1)[0]
    assert {reason.kind for reason in run.explain(user, item).reasons} == {"history"}


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ({"columns": {"user": "zz"}}, "no column 'zz'"),
        ({"kinds": ["taste"]}, "unknown kind"),
        ({"split": "often"}, "unknown split"),
        ({"protocol": "both"}, "unknown protocol"),
        ({"rating_scale": (5, 1)}, "empty"),
        ({"min_counts": 3}, "prepare\\(\\) knows no 'min_counts'"),
        ({"features": ["nosuchword"]}, "feature"),
    ],
)
def test_what_is_wrong_is_said(frames: tuple[pd.DataFrame, pd.DataFrame], given: dict[str, object], what: str) -> None:
    with pytest.raises((UsageError, DataError), match=what):
        px.prepare(frames[0], **given)  # type: ignore[arg-type]


def test_frames_with_recboles_typed_names_are_what_its_files_are(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    liked = pd.DataFrame(
        {"user_id:token": rng.integers(0, 30, 400), "item_id:token": rng.integers(0, 20, 400), "rating:float": 5.0}
    )
    kinds = [" ".join(rng.choice(["drama", "war", "comedy", "crime"], 2, replace=False)) for _ in range(20)]
    items = pd.DataFrame({"item_id:token": range(20), "movie_title:token_seq": map(str, range(100, 120)), "class:token_seq": kinds})
    for frame, name in ((liked, "a.inter"), (items, "a.item")):
        frame.to_csv(tmp_path / name, sep="\t", index=False)
    made = px.prepare(liked, items=items, name="films")
    assert "class: war" in made.features.names
    assert made.fingerprint == px.prepare(tmp_path / "a.inter", items=tmp_path / "a.item", name="films").fingerprint


def test_what_is_no_source_is_said() -> None:
    with pytest.raises(UsageError, match="a list is neither"):
        px.prepare([1, 2])  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="no review file"):
        px.prepare()
    with pytest.raises(DataError, match="nowhere"):
        px.prepare("nowhere.csv")
