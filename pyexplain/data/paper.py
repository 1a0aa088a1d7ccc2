"""The folders that the paper's authors published: pickled dictionaries, read without running anything in them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import DataError
from .candidates import draw_candidates
from .paper_schema import HINT, feature_rows, lists_by_user, pairs_of, sentiments, vocabulary
from .restricted import load_plain
from .settings import Settings
from .split import all_train, carve_validation
from .types import Candidates, Dataset

TRAIN, TEST, LISTS = "train_user_positive_items_dict", "test_ground_truth_user_items_dict", "test_compute_user_items_dict"
SENTIMENT = "user_feature_sentiment"
Int = npt.NDArray[np.int64]
FILES = (
    "user_id_dict", "item_id_dict", "feature_id_dict", "u_fea_smooth", "i_fea_smooth", "train_user_positive_items_dict",
    "test_ground_truth_user_items_dict", "test_compute_user_items_dict", "user_feature_sentiment",
)  # fmt: skip


def import_paper_folder(folder: Path, name: str, seed: int = 0) -> Dataset:
    """A data set of the `paper` protocol: features, test pairs and candidate lists as published.

    Two things differ, and are said in the report: the published validation lists equal the test lists, so a validation part is
    carved from the training pairs; the published lists begin with the ground truth, so they are shuffled.
    Raises DataError where a file is missing, holds anything but plain containers, or the files do not fit together.
    """
    _check_whole(folder)
    raw = {file: load_plain(folder / file) for file in FILES}
    users, items, features = (
        vocabulary(raw[f"{kind}_id_dict"], kind, folder / f"{kind}_id_dict") for kind in ("user", "item", "feature")
    )
    f_u = feature_rows(raw["u_fea_smooth"], len(users), len(features), folder / "u_fea_smooth")
    f_i = feature_rows(raw["i_fea_smooth"], len(items), len(features), folder / "i_fea_smooth")
    by_user = {
        file: lists_by_user(raw[file], len(users), len(items), folder / file) for file in FILES if file.endswith("items_dict")
    }
    published, test = (pairs_of(by_user[file], folder / file) for file in (TRAIN, TEST))
    labels = carve_validation(published[:, 0], all_train(len(published)), seed)
    train, valid = published[labels == "train"], published[labels == "valid"]
    liked = np.concatenate([published, test])
    settings = Settings(source=folder.name, split="published", seed=seed)
    lists = draw_candidates(valid, liked, len(users), len(items), settings.n_candidates, seed)
    return Dataset(
        name,
        "paper",
        users,
        items,
        features,
        train,
        valid,
        test,
        f_u,
        f_i,
        lists,
        _published_lists(by_user[LISTS], test, folder / LISTS, seed),
        _nothing_seen(),
        _ground_truth(sentiments(raw[SENTIMENT], len(users), len(features), folder / SENTIMENT)),
        settings,
        {"published": _defects(folder, by_user, published, test)},
    )


def lacking(folder: Path) -> list[str]:
    """Files of the authors' folders that are not there, or empty: not every folder was published whole."""
    return [file for file in FILES if not (folder / file).is_file() or not (folder / file).stat().st_size]


def _check_whole(folder: Path) -> None:
    if not folder.is_dir():
        raise DataError(
            "there is no such folder", where=str(folder), hint="Give the folder with the authors' pickled dictionaries."
        )
    if missing := lacking(folder):
        hint = (
            "Not every folder was published whole: if it is so at its source, it cannot be used, and copying it again adds nothing."
        )
        raise DataError(f"the authors' folder lacks {', '.join(missing)}", where=str(folder), hint=hint)


def _published_lists(by_user: dict[int, list[int]], test: Int, where: Path, seed: int) -> Candidates:
    users = np.unique(test[:, 0])
    missing = [user for user in users.tolist() if not by_user.get(user)]
    if missing:
        raise DataError(f"user {missing[0]} has test pairs and no list of candidates", where=str(where), hint=HINT)
    width = max(len(by_user[int(user)]) for user in users)
    items = np.full((len(users), width), -1, dtype=np.int64)
    relevant = np.zeros((len(users), width), dtype=bool)
    positives = set(map(tuple, test.tolist()))
    for row, user in enumerate(users.tolist()):
        listed = np.array(by_user[user], dtype=np.int64)
        shuffled = np.random.default_rng([seed, 3, user]).permutation(listed)
        items[row, : len(listed)] = shuffled
        relevant[row, : len(listed)] = [(user, item) in positives for item in shuffled.tolist()]
    return Candidates(users, items, relevant)


def _ground_truth(cells: Iterable[tuple[int, int, float]]) -> pd.DataFrame:
    rows = [(user, -1, feature, "", np.sign(value), "") for user, feature, value in cells]
    return pd.DataFrame(rows, columns=["user", "item", "feature", "opinion", "sentiment", "sentence"])


def _nothing_seen() -> pd.DataFrame:
    """The folder holds no sentences: there is nothing to quote."""
    columns = {"user": "int64", "item": "int64", "feature": "int64", "opinion": "str", "sentiment": "float64", "sentence": "str"}
    return pd.DataFrame({column: pd.Series(dtype=kind) for column, kind in columns.items()})


def _defects(folder: Path, by_user: dict[str, dict[int, list[int]]], published: Int, test: Int) -> dict[str, object]:
    """What is wrong with the folder as published, counted; `data audit` reads it."""
    lists, truth = by_user[LISTS], by_user[TEST]
    same = [
        name
        for name in ("compute_user_items_dict", "ground_truth_user_items_dict")
        if (folder / f"validation_{name}").is_file()
        and (folder / f"validation_{name}").read_bytes() == (folder / f"test_{name}").read_bytes()
    ]
    first = sum(set(items[: len(truth[user])]) == set(truth[user]) for user, items in lists.items() if user in truth)
    trained_items = set(published[:, 1].tolist())
    return {
        "pairs": len(published) + len(test),
        "validation_files_equal_to_test": same,
        "lists_with_ground_truth_first": first,
        "lists": len(truth),
        "test_only_items_with_features": len(set(test[:, 1].tolist()) - trained_items),
    }
