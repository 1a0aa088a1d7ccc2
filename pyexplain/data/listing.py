"""Users and items of a data set with what is known of each, looked up by words of their ids and titles."""

from __future__ import annotations

import unicodedata
from typing import Literal

import numpy as np
import pandas as pd

from .types import Dataset

LISTING_COLUMNS = ("name", "title", "training_pairs", "reviews", "mentions", "features")


def listing(data: Dataset, kind: Literal["user", "item"], search: str = "") -> pd.DataFrame:
    """LISTING_COLUMNS of the users or items that match, those with most training pairs first, then by name.

    title: "" where none is known. training_pairs: positive ones; reviews: training reviews with a mention; mentions: in those;
    features: non-zero ones. search: words, each of which must be in the id or the title, whatever case and accents; "" = all.
    """
    vocabulary, rows = (data.users, data.user_features) if kind == "user" else (data.items, data.item_features)
    size, column = len(vocabulary), 0 if kind == "user" else 1
    said = data.evidence[["user", "item"]].to_numpy(dtype=np.int64)
    reviews = np.unique(said[:, 0] * data.n_items + said[:, 1])
    counts = {
        "training_pairs": np.bincount(data.train[:, column], minlength=size),
        "reviews": np.bincount(np.divmod(reviews, data.n_items)[column], minlength=size),
        "mentions": np.bincount(said[:, column], minlength=size),
        "features": np.diff(rows.offsets),
    }
    titles = vocabulary.titles or ("",) * size
    table = pd.DataFrame({"name": vocabulary.names, "title": titles, **counts})
    ordered = table.sort_values(["training_pairs", "name"], ascending=[False, True], kind="stable").reset_index(drop=True)
    return matching(ordered, search)


def matching(listed: pd.DataFrame, search: str) -> pd.DataFrame:
    """The rows of a listing whose id or title holds each of the words, whatever case and accents; "" = all."""
    if not (words := _plain(search).split()):
        return listed
    texts = (_plain(f"{name} {title}") for name, title in zip(listed["name"], listed["title"], strict=True))
    return listed[[all(word in text for word in words) for text in texts]].reset_index(drop=True)


def _plain(text: str) -> str:
    """Without case and accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
