"""Data sets without any text: who took what, from tables, Parquet, RecBole's files and frames."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import pyexplain as px
from pyexplain.cli import main
from pyexplain.data.audit import audit, problems
from pyexplain.errors import DataError, UsageError
from pyexplain.preparation.frames import FrameReader
from pyexplain.preparation.parts import AUTO, parts_of, with_split
from pyexplain.preparation.prepare import prepare
from pyexplain.preparation.settings import PrepareOptions
from pyexplain.present.dataset import reading_lines
from pyexplain.readers import ReadLog, ReadOptions
from pyexplain.registry import load_registry


def pairs(seed: int = 0, ratings: bool = True) -> pd.DataFrame:
    """30 people who took eight of twenty things each."""
    rng = np.random.default_rng(seed)
    rows = [(f"u{user}", f"i{item}") for user in range(30) for item in rng.permutation(20)[:8]]
    frame = pd.DataFrame(rows, columns=["user_id", "item_id"])
    return frame.assign(rating=rng.integers(3, 6, len(frame))) if ratings else frame


def made(*sources: Path | pd.DataFrame, **told: object) -> px.Dataset:
    return prepare(list(sources), PrepareOptions("shop", **told), load_registry())  # type: ignore[arg-type]


def write(frame: pd.DataFrame, folder: Path, form: str) -> Path:
    path = folder / f"events.{form}"
    if form == "parquet":
        frame.to_parquet(path)
    elif form == "inter":
        names = {"user_id": "user_id:token", "item_id": "item_id:token", "rating": "rating:float"}
        frame.rename(columns=names).to_csv(path, sep="\t", index=False)
    else:
        frame.to_csv(path, index=False)
    return path


def called(*words: str) -> None:
    with pytest.raises(SystemExit) as left:
        main(list(words))
    assert left.value.code == 0


@pytest.mark.parametrize("form", ["csv", "parquet", "inter", "csv.gz"])
@pytest.mark.parametrize("ratings", [True, False])
def test_every_form_of_table_gives_the_same_data_set(form: str, ratings: bool, tmp_path: Path) -> None:
    frame = pairs(ratings=ratings)
    data = made(write(frame, tmp_path, form))
    assert data.fingerprint == made(frame).fingerprint
    assert data.kinds == ()
    liked = (frame["rating"] >= 4).sum() if ratings else len(frame)
    assert len(data.train) + len(data.valid) + len(data.test) == liked
    assumed = str(data.report["read"])
    assert ("every pair counts as liked" in assumed) is not ratings
    assert problems(audit(data)) == []


def test_a_column_that_may_be_a_rating_is_not_passed_over(tmp_path: Path) -> None:
    frame = pairs().rename(columns={"rating": "mark"})
    with pytest.raises(DataError, match="rating"):
        made(write(frame, tmp_path, "csv"))
    data = made(write(frame, tmp_path, "csv"), read=ReadOptions(columns={"rating": "-"}))
    assert len(data.train) + len(data.valid) + len(data.test) == len(frame)


def test_files_named_after_their_parts_keep_them(tmp_path: Path) -> None:
    frame = pairs(ratings=False)
    kept = np.arange(len(frame)) % 4 != 0
    train, test = tmp_path / "train.csv", tmp_path / "test.csv"
    frame[kept].to_csv(train, index=False)
    frame[~kept].to_csv(test, index=False)
    data = made(train, test)
    assert data.settings.split == "given"
    assert len(data.test) == (~kept).sum()
    assert len(data.train) + len(data.valid) == kept.sum()
    names = {(data.users[user], data.items[item]) for user, item in data.test}
    assert names == set(frame[~kept].itertuples(index=False, name=None))
    assert made(train, test, split="random").settings.split == "random"
    by_column = frame.assign(split=np.where(kept, "train", "test"))
    assert made(by_column).fingerprint == data.fingerprint


def test_a_split_that_is_asked_for_must_be_there() -> None:
    with pytest.raises(UsageError, match="give no split"):
        made(pairs(), split="given")
    frame = pairs().rename(columns={"user_id": "user", "item_id": "item"}).assign(split="", time=0)
    options = with_split(frame, PrepareOptions("shop", split=AUTO))
    assert options.split == "random"
    assert set(parts_of(frame, options)) == {"train", "valid", "test"}


def test_words_can_be_left_out(tmp_path: Path) -> None:
    frame = pairs().assign(text="Great sound, bad price.")
    assert made(frame).kinds == ("word",)
    assert made(frame, kinds=("attribute", "history")).kinds == ()


def test_frames_are_held_to_what_files_are_held_to() -> None:
    frame = pairs().astype({"rating": "float"})
    frame.loc[3, "rating"] = 77
    with pytest.raises(DataError, match="frame 1:4"):
        made(frame, read=ReadOptions(min_rating=1, max_rating=5))
    log = ReadLog()
    stamps = pairs().assign(timestamp=pd.Timestamp("2014-05-14", tz="UTC"))
    chunk = next(iter(FrameReader(stamps).read(Path("frame"), ReadOptions(), log)))
    assert set(chunk.frame["time"]) == {1400025600}


def test_the_command_says_which_kinds_there_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = str(tmp_path / "data")
    called("data", "prepare", str(write(pairs(), tmp_path, "csv")), "--out", place)
    assert "history (20 items)" in capsys.readouterr().out
    for command in ("report", "audit", "users", "items"):
        called("data", command, place)
        assert "no feature" not in capsys.readouterr().out
    assert px.load_dataset(place).fingerprint == made(pairs()).fingerprint


@pytest.mark.parametrize("method", ["ncf", "ease", "item-knn", "item-popularity", "vbpr"])
def test_methods_see_history_where_there_are_no_words(method: str) -> None:
    run = px.train(made(pairs()), baseline=method, **({"epochs": 1, "dim": 4} if method in ("ncf", "vbpr") else {}))  # type: ignore[arg-type]
    assert run.data.kinds == ("history",)
    assert len(run.recommend("u3", 5)) == 5


def test_words_are_found_however_many_doubles_have_no_text() -> None:
    """What is counted of records counts those that turn out to be doubles as well."""
    latest = pairs().assign(time=2, text="The sound is great and the price is fair.")
    older = pairs().assign(time=1, text="")
    data = made(pd.concat([older, latest], ignore_index=True))
    assert set(data.features) >= {"sound", "price"}
    read = data.report["read"]
    assert read["notes"] == {"without text": len(older)}
    assert read["kept"] == len(latest)
    assert f"Of those read: {len(older)} without text." in "\n".join(reading_lines(read))
