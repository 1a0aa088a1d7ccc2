"""People taken out: what is left is what would have been built without them, and nothing of theirs stays in the folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from pyexplain import load_dataset, save_dataset
from pyexplain.data.build import build_dataset
from pyexplain.data.forget import forget
from pyexplain.data.forget_report import scrubbed
from pyexplain.data.settings import Protocol, Settings
from pyexplain.data.types import Dataset
from pyexplain.data.vocabulary import Vocabulary
from pyexplain.errors import DataError, UsageError

SETTINGS = Settings("made", n_candidates=8)
GONE = ("user-007", "user-013")


def tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Twenty people, ten items; the feature `secret` and the opinion `odd` are user-007's alone."""
    rng = np.random.default_rng(5)
    pairs, said = [], []
    for u in range(20):
        user = f"user-{u:03}"
        for n, i in enumerate(rng.permutation(10)[:6]):
            part = "test" if n == 0 else "valid" if n == 1 and u % 2 else "train"
            pairs.append((user, f"item-{i}", float(5 if n < 5 else 2), part))
            for f in rng.permutation(5)[:2]:
                side = float(rng.choice([-1.0, 1.0]))
                said.append((user, f"item-{i}", f"f{f}", "good" if side > 0 else "bad", side, f"Word {len(said)} on f{f}."))
    mine = next(item for user, item, _, part in pairs if user == GONE[0] and part == "train")
    said += [(GONE[0], mine, "secret", "good", 1.0, "My secret."), (GONE[0], mine, "f0", "odd", 1.0, "Odd, says user-007.")]
    return (
        pd.DataFrame(pairs, columns=["user", "item", "rating", "part"]),
        pd.DataFrame(said, columns=["user", "item", "feature", "opinion", "sentiment", "sentence"]),
    )


def built(protocol: Protocol = "heldout", without: tuple[str, ...] = (), settings: Settings = SETTINGS) -> Dataset:
    pairs, said = (table[~table["user"].isin(without)].reset_index(drop=True) for table in tables())
    return build_dataset("toy", pairs, said, protocol, settings)


def cells(data: Dataset, side: str) -> dict[tuple[str, str], float]:
    """(user or item, feature) -> value."""
    rows, names = getattr(data, f"{side}_features"), getattr(data, f"{side}s")
    where = zip(rows.row_indices(), rows.indices, rows.values, strict=True)
    return {(names[r], data.features[c]): float(v) for r, c, v in where}


def named(data: Dataset, frame: pd.DataFrame) -> list[tuple[object, ...]]:
    item = [data.items[i] if i >= 0 else "" for i in frame["item"]]
    user, feature = (
        [vocabulary[n] for n in frame[kind]] for kind, vocabulary in (("user", data.users), ("feature", data.features))
    )
    return sorted(zip(user, item, feature, frame["opinion"], frame["sentiment"], frame["sentence"], strict=True))


@pytest.mark.parametrize("protocol", ["heldout", "paper"])
@pytest.mark.parametrize("gone", [GONE[:1], GONE])
def test_what_is_left_is_what_would_have_been_built(protocol: Protocol, gone: tuple[str, ...]) -> None:
    left, wanted = forget(built(protocol), gone), built(protocol, without=gone)
    assert left.users.names == wanted.users.names
    assert left.items.names == wanted.items.names
    assert set(left.features.names) == set(wanted.features.names)
    assert "secret" not in left.features
    for part in ("train", "valid", "test"):
        np.testing.assert_array_equal(getattr(left, part), getattr(wanted, part))
    for side in ("user", "item"):
        assert cells(left, side) == pytest.approx(cells(wanted, side))
    for frame in ("evidence", "heldout"):
        assert named(left, getattr(left, frame)) == named(wanted, getattr(wanted, frame))


def test_lists_of_others_stay_as_they_were_drawn() -> None:
    data = built()
    left = forget(data, GONE)
    before = {data.users[u]: row.tolist() for u, row in zip(data.test_candidates.users, data.test_candidates.items, strict=True)}
    after = {left.users[u]: row.tolist() for u, row in zip(left.test_candidates.users, left.test_candidates.items, strict=True)}
    assert after == {user: row for user, row in before.items() if user not in GONE}
    assert left.test_candidates.relevant.sum() == len(left.test)


def everything(folder: Path) -> bytes:
    """The bytes of all files below, and what Parquet files hold once unpacked, their statistics too."""
    found = []
    for path in (path for path in folder.rglob("*") if path.is_file()):
        found.append(path.read_bytes())
        if path.suffix == ".parquet":
            whole = pq.ParquetFile(path)
            found += [whole.read().to_pandas().to_csv().encode(), str(whole.metadata.row_group(0).to_dict()).encode()]
    return b"\n".join(found)


REPORT: dict[str, object] = {
    "read": {"kept": 120, "examples_of_bad": ["r.csv:3: user user-007 is odd", "r.csv:4: rating 9"]},
    "extraction": {
        "features": {"f0": 9, "secret": 1},
        "examples": {"f0": "Odd, says user-007.", "secret": "My secret."},
        "pairs": [
            {"feature": "f0", "opinion": "odd", "example": "x"},
            {"feature": "f0", "opinion": "good", "example": "Odd, says user-007."},
            {"feature": "secret", "opinion": "good", "example": ""},
        ],
        "look_at": ["names alike: secret and secrets.", "odd f0 is unclear", "f0 is large."],
    },
}


def test_no_byte_of_the_folder_names_them(tmp_path: Path) -> None:
    data = replace(built(), report=REPORT)
    save_dataset(data, tmp_path / "d")
    words = [*GONE, "secret", "Odd, says", "odd"]
    assert set(words) == {word for word in words if word.encode() in everything(tmp_path)}
    save_dataset(forget(load_dataset(tmp_path / "d"), GONE), tmp_path / "d")
    assert not [word for word in words if word.encode() in everything(tmp_path)]
    report = load_dataset(tmp_path / "d").report
    assert report["extraction"] == {
        "features": {"f0": 9},
        "examples": {},
        "pairs": [{"feature": "f0", "opinion": "good", "example": ""}],
        "look_at": ["f0 is large."],
    }
    assert report["read"] == {"kept": 120, "examples_of_bad": ["r.csv:4: rating 9"]}


def test_a_feature_that_is_called_like_a_part_of_the_report_takes_no_part_with_it() -> None:
    data = built()
    names = dict(zip(data.features.names, ("read", "pairs", "example"), strict=False))
    left = Vocabulary((), "feature")
    called = replace(data, features=Vocabulary((names.get(name, name) for name in data.features.names), "feature"))
    line = {"feature": "f", "opinion": "good", "example": "x"}
    called = replace(called, report={"read": {"kept": 1}, "extraction": {"features": {"read": 2, "f": 1}, "pairs": [line]}})
    found = scrubbed(called, ["somebody"], data.evidence[:0], data.heldout[:0], left)
    assert found == {"read": {"kept": 1}, "extraction": {"features": {"f": 1}, "pairs": [line]}}


def test_the_lineage_counts_people_and_keeps_no_id(tmp_path: Path) -> None:
    first = built()
    second = forget(first, GONE)
    third = forget(second, ["user-001"])
    save_dataset(third, tmp_path / "d")
    read = load_dataset(tmp_path / "d")
    assert read.lineage == third.lineage
    assert [read.forgotten_since(data.fingerprint) for data in (first, second, third)] == [3, 1, 0]
    assert read.forgotten_since("another") == 0


def test_titles_of_items_stay() -> None:
    data = built()
    titled = replace(data, items=data.items.with_titles({"item-1": "One"}))
    assert forget(titled, GONE).items.title("item-1") == "One"


def test_what_cannot_be_done_is_refused() -> None:
    data = built()
    with pytest.raises(DataError, match="unknown user 'nobody'"):
        forget(data, ["nobody"])
    with pytest.raises(UsageError, match="nobody was named"):
        forget(data, [])
    with pytest.raises(DataError, match="too little to train on"):
        forget(data, data.users.names[:17])
    published = replace(data, evidence=data.evidence[:0])
    with pytest.raises(DataError, match="not computed from its mentions"):
        forget(published, GONE)


def test_the_literal_reading_of_eq_1_is_kept() -> None:
    literal = replace(SETTINGS, unmentioned="literal")
    left, wanted = forget(built(settings=literal), GONE), built(settings=literal, without=GONE)
    assert cells(left, "item") == pytest.approx(cells(wanted, "item"))
    assert left.item_features.values.min() < 0 < left.item_features.values.max(), "blame and praise stand on two sides of 0"
