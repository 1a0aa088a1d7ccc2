"""Eq. (1), building data sets, and that nothing of a held-out review gets into training."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pyexplain.data.build import assign_parts, build_dataset
from pyexplain.data.features import compute_features
from pyexplain.data.interactions import latest_only
from pyexplain.data.settings import Protocol, Settings, item_quality, user_strength
from pyexplain.data.store import load_dataset, save_dataset
from pyexplain.data.types import Dataset
from pyexplain.errors import DataError


def world(seed: int = 0, n_users: int = 30, n_items: int = 20) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    rows = [(f"u{u}", f"i{i}") for u in range(n_users) for i in rng.choice(n_items, 6, replace=False)]
    interactions = pd.DataFrame(rows, columns=["user", "item"])
    interactions["rating"] = rng.choice([3.0, 4.0, 5.0], len(rows), p=[0.2, 0.4, 0.4])
    interactions["time"] = rng.permutation(len(rows))
    mentions = interactions[["user", "item"]].loc[np.repeat(interactions.index, 2)].reset_index(drop=True)
    mentions["feature"] = rng.choice(["tone", "price", "cable", "weight"], len(mentions))
    mentions["opinion"], mentions["sentence"] = "good", "The tone is good."
    mentions["sentiment"] = rng.choice([-1.0, 1.0], len(mentions))
    return interactions, mentions


def made(protocol: Protocol = "heldout", split: str = "random") -> Dataset:
    interactions, mentions = world()
    interactions["part"] = assign_parts(interactions, split, 0, 4.0).to_numpy()
    return build_dataset("world", interactions, mentions, protocol, Settings("test", split, n_candidates=10))


def test_equation_one_by_hand() -> None:
    # one mention with T = 5: 1 + 4 (2 / (1 + e^-1) - 1) = 2.8485, the smallest published user value
    assert user_strength([1, 3], 5)[0] == pytest.approx(2.848468629, abs=1e-6)
    assert user_strength([3], 5)[0] == pytest.approx(4.620593, abs=1e-5)
    assert item_quality([1, -1, 0], 5) == pytest.approx([3.9242343, 2.0757657, 3.0], abs=1e-6)


def test_features_are_zero_where_never_mentioned_and_full_when_read_literally() -> None:
    mentions = pd.DataFrame({"user": [0, 0], "item": [1, 1], "feature": [0, 0], "sentiment": [1.0, -1.0]})
    made = compute_features(mentions, 2, 2, 2, 5.0)
    f_u, f_i = made.user_features, made.item_features
    assert f_u.dense()[1].tolist() == [0, 0]
    assert f_i.dense()[1].tolist() == [3, 0], "balanced sentiment is not the same as never mentioned"
    made = compute_features(mentions, 2, 2, 2, 5.0, "literal")
    assert made.user_features.dense()[1].tolist() == [0, 0], "kept less what a count of zero is"
    assert made.item_features.dense()[1].tolist() == [0, 0], "balanced sentiment is what is said of what nobody mentions"
    assert made.user_features.dense()[0].tolist() == pytest.approx([user_strength(2, 5.0) - 1, 0])


@pytest.mark.parametrize("split", ["random", "temporal", "leave-last"])
def test_a_feature_that_only_heldout_reviews_mention_never_arrives_in_training(split: str) -> None:
    interactions, mentions = world()
    interactions["part"] = assign_parts(interactions, split, 0, 4.0).to_numpy()
    held = interactions[interactions["part"].isin(["test", "valid"])][["user", "item"]]
    planted = held.assign(feature="zither", opinion="great", sentiment=1.0, sentence="The zither is great.")
    data = build_dataset("world", interactions, pd.concat([mentions, planted]), "heldout", Settings("test", split, n_candidates=10))
    assert "zither" not in data.features
    assert not data.evidence["sentence"].str.contains("zither").any()
    seen = {(data.users[u], data.items[i]) for u, i in data.evidence[["user", "item"]].itertuples(index=False)}
    assert not seen & set(held.itertuples(index=False, name=None))


def test_features_do_not_move_when_heldout_mentions_do() -> None:
    interactions, mentions = world()
    interactions["part"] = assign_parts(interactions, "random", 0, 4.0).to_numpy()
    held = mentions.merge(interactions[interactions["part"] == "test"][["user", "item"]], on=["user", "item"])
    flipped = mentions.merge(held[["user", "item"]].drop_duplicates().assign(held=True), how="left", on=["user", "item"])
    flipped.loc[flipped["held"].notna(), ["sentiment", "feature"]] = [-1.0, "price"]
    settings = Settings("test", n_candidates=10)
    one, other = (build_dataset("w", interactions, m, "heldout", settings) for m in (mentions, flipped))
    assert np.array_equal(one.user_features.dense(), other.user_features.dense())
    assert np.array_equal(one.item_features.dense(), other.item_features.dense())
    assert one.features.names == other.features.names


def test_paper_protocol_takes_the_support_of_the_features_as_ground_truth() -> None:
    data = made("paper")
    truth = set(data.heldout[["user", "feature"]].itertuples(index=False, name=None))
    support = set(zip(data.user_features.row_indices().tolist(), data.user_features.indices.tolist(), strict=True))
    assert truth == support


def test_later_reviews_of_low_rating_are_not_read_when_the_split_is_by_time() -> None:
    interactions, _ = world()
    interactions["part"] = assign_parts(interactions, "leave-last", 0, 4.0).to_numpy()
    for _, mine in interactions.groupby("user"):
        held = mine[mine["part"].isin(["test", "valid"])]
        if len(held):
            assert mine[mine["part"] == "train"]["time"].max() < held["time"].min()


def test_too_little_data_says_the_numbers_and_the_minimum() -> None:
    interactions, mentions = world(n_users=3)
    interactions["part"] = "train"
    with pytest.raises(DataError, match=r"3 users \(at least 5 are needed\)"):
        build_dataset("small", interactions, mentions, "heldout", Settings("test"))


def test_saved_and_loaded_is_the_same(tmp_path: Path) -> None:
    data = made()
    save_dataset(data, tmp_path / "d")
    again = load_dataset(tmp_path / "d")
    assert again.fingerprint == data.fingerprint
    assert again.settings == data.settings
    pd.testing.assert_frame_equal(again.evidence, data.evidence, check_dtype=False)
    assert not any(path.suffix in (".pkl", ".pickle", ".pt") for path in (tmp_path / "d").iterdir())


def test_an_altered_file_is_named(tmp_path: Path) -> None:
    save_dataset(made(), tmp_path / "d")
    path = tmp_path / "d" / "arrays.safetensors"
    damaged = bytearray(path.read_bytes())
    damaged[-1] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(DataError, match=r"arrays\.safetensors.*checksum"):
        load_dataset(tmp_path / "d")


def test_a_folder_without_manifest_is_unfinished(tmp_path: Path) -> None:
    save_dataset(made(), tmp_path / "d")
    (tmp_path / "d" / "manifest.json").unlink()
    with pytest.raises(DataError, match="unfinished"):
        load_dataset(tmp_path / "d")


def test_a_failed_write_leaves_the_old_data_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = made()
    save_dataset(data, tmp_path / "d")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pyarrow.parquet.ParquetWriter.write_table", full)
    with pytest.raises(DataError, match="No space left on device"):
        save_dataset(made("paper"), tmp_path / "d")
    assert load_dataset(tmp_path / "d").fingerprint == data.fingerprint
    assert [path.name for path in tmp_path.iterdir()] == ["d"], "nothing temporary is left behind"


def test_another_folder_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "a.txt").write_text("dear")
    with pytest.raises(DataError, match="something else"):
        save_dataset(made(), tmp_path / "letters")
    assert (tmp_path / "letters" / "a.txt").read_text() == "dear"


def test_the_latest_review_of_a_pair_is_kept() -> None:
    frame = pd.DataFrame({"user": ["a", "a", "b"], "item": ["x", "x", "x"], "rating": [1.0, 5.0, 3.0], "time": [2, 1, 0]})
    kept, dropped = latest_only(frame)
    assert dropped == 1
    assert kept["rating"].tolist() == [1.0, 3.0]


@pytest.mark.parametrize("kind", ["str", "category"])
@pytest.mark.parametrize("size", [0, 1, 200])
def test_the_latest_of_many_reviews_is_kept_in_the_order_they_came(size: int, kind: str) -> None:
    """The last of the latest time, against a plain look at each row."""
    rng = np.random.default_rng(size)
    names = {name: pd.Series(rng.integers(0, 9, size).astype(str), dtype="str").astype(kind) for name in ("user", "item")}
    frame = pd.DataFrame({**names, "time": rng.integers(-1, 3, size), "row": np.arange(size)})
    latest: dict[tuple[str, str], tuple[int, int]] = {}
    for user, item, time, row in frame.itertuples(index=False):
        latest[user, item] = max(latest.get((user, item), (-2, -1)), (time, row))
    kept, dropped = latest_only(frame)
    assert kept["row"].tolist() == sorted(row for _, row in latest.values())
    assert dropped == size - len(kept)
