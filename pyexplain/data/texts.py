"""Sentences of training reviews about features, as numbers of words: what a recommender that writes learns from."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .frozen import freeze
from .types import Dataset

Int = npt.NDArray[np.int64]
START, END, UNKNOWN = 0, 1, 2
SPECIAL = ("<start>", "<end>", "<unknown>")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?|[,.!;:()]")


@dataclass(frozen=True, eq=False)
class Texts:
    """m sentences, each once for every feature that it mentions, by user, item and feature: users, items, features [m], praises [m]
    (1 where the mean sentiment of the feature in it is above 0, else 0). tokens [m, T]: numbers of words, END behind; lengths [m],
    END counted. words [V]: in small letters, marks among them, the most frequent first behind START, END and UNKNOWN."""

    users: Int
    items: Int
    features: Int
    praises: Int
    tokens: Int
    lengths: Int
    words: tuple[str, ...]

    def __post_init__(self) -> None:
        freeze(self)

    def __len__(self) -> int:
        return len(self.users)

    @staticmethod
    def of(data: Dataset, longest: int = 20, most: int = 10_000, rare: int = 1) -> Texts:
        """Those of at most `longest` words. A word is known if it stands in `rare` sentences or more, counted as often as it does,
        and is among the `most` frequent."""
        keys = ["user", "item", "feature", "sentence"]
        frame = data.evidence[[*keys, "sentiment"]].groupby(keys, sort=True, as_index=False)["sentiment"].mean()
        split = {text: _WORD.findall(str(text).lower()) for text in frame["sentence"].unique()}
        size = frame["sentence"].map(lambda text: len(split[text])).to_numpy(dtype=np.int64)
        frame = frame[(size > 0) & (size <= longest)]
        counts = Counter(word for text in frame["sentence"].unique() for word in split[text])
        known = sorted((word for word, n in counts.items() if n >= rare), key=lambda word: (-counts[word], word))[:most]
        number = {word: len(SPECIAL) + k for k, word in enumerate(known)}
        rows = [[*(number.get(word, UNKNOWN) for word in split[text]), END] for text in frame["sentence"]]
        tokens = np.full((len(rows), max(map(len, rows), default=1)), END, dtype=np.int64)
        for k, row in enumerate(rows):
            tokens[k, : len(row)] = row
        users, items, features = (frame[name].to_numpy(dtype=np.int64) for name in keys[:3])
        praises = (frame["sentiment"].to_numpy() > 0).astype(np.int64)
        return Texts(users, items, features, praises, tokens, np.array(list(map(len, rows)), np.int64), (*SPECIAL, *known))

    def own_words(self, n_features: int) -> Int:
        """The word [P] that tells sentences about each feature most from others, by local mutual information n(w, f)
        log(n(w, f) n / (n(w) n(f))), of the first of equals; UNKNOWN of what no sentence is about. For most features it is their
        name, or what people call them."""
        row, place = np.nonzero(np.arange(self.tokens.shape[1]) < self.lengths[:, None] - 1)
        cells, times = np.unique(self.features[row] * len(self.words) + self.tokens[row, place], return_counts=True)
        feature, word = np.divmod(cells, len(self.words))
        of_feature, of_word = (np.bincount(at, times, n) for at, n in ((feature, n_features), (word, len(self.words))))
        pull = times * np.log(times * times.sum() / (of_feature[feature] * of_word[word]))
        found = np.full(n_features, UNKNOWN, dtype=np.int64)
        for at in np.lexsort((-word, pull)):  # the last one of each stays
            if word[at] > UNKNOWN:
                found[feature[at]] = word[at]
        return found
