"""The paper's Table 9: the words that weigh most in explanations of random users."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..data.sparse import SparseRows
from ..evaluation.statistics import OverSeeds, over_seeds
from .paper import Target
from .result import Heading
from .trained import Trainer
from .vectors import Vectors, user_vectors

N_WORDS, N_USERS = 5, 5


@dataclass(frozen=True, eq=False)
class Words:
    """words: user -> label -> at most five words, largest weight first. printed: label -> the paper's words.

    true: label -> how many of the five the user wrote about, mean over all users, then over seeds; of the paper's own row how
    many of the five printed are among the five printed of what the user wrote.
    """

    heading: Heading
    labels: tuple[str, ...]
    controls: tuple[str, ...]
    words: dict[str, dict[str, tuple[str, ...]]]
    printed: dict[str, tuple[str, ...]]
    true: dict[str, OverSeeds]
    printed_true: dict[str, int]
    failures: dict[str, str]

    def to_dict(self) -> dict[str, Any]:
        """The JSON document."""
        out = self.heading.to_dict() | {"labels": list(self.labels), "controls": list(self.controls)}
        out["paper"] = {"words": self.printed, "true_words": self.printed_true, "source": self.heading.source}
        out["users"] = self.words
        out["true_words"] = {label: {"mean": found.mean, "n": found.n} for label, found in self.true.items()}
        return out | {"failures": self.failures}

    def to_frame(self) -> pd.DataFrame:
        """A line a user and label; the paper's own first."""
        lines = [("paper", label, ", ".join(words)) for label, words in self.printed.items()]
        lines += [(user, label, ", ".join(words)) for user, row in self.words.items() for label, words in row.items()]
        return pd.DataFrame(lines, columns=["user", "row", "words"])


def words_table(target: Target, trainer: Trainer, heading: Heading) -> Words:
    """Users drawn by the first seed; the words of the first seed's runs; how many are true over all users and seeds."""
    vectors = user_vectors(trainer)
    first = vectors[trainer.seeds[0]]
    truth = trainer.setup.ground_truth
    rng = np.random.default_rng([trainer.seeds[0], 32])
    drawn = np.sort(rng.choice(len(first.users), min(N_USERS, len(first.users)), replace=False))
    words = {first.data.users[int(first.users[place])]: _words_of(first, int(place), truth) for place in drawn}
    others = [label for label in first.rows if label != truth]
    true = {label: over_seeds([true_words(found, label, truth) for found in vectors.values()]) for label in others}
    printed = {label: tuple(row) for label, row in target.values.get(trainer.folder.dataset or "", {}).items()}
    printed_true = {label: len(set(row) & set(printed[truth])) for label, row in printed.items() if label != truth}
    return Words(heading, tuple(first.rows), first.controls, words, printed, true, printed_true, dict(trainer.failures))


def _words_of(found: Vectors, place: int, truth: str) -> dict[str, tuple[str, ...]]:
    """label -> words. What the user wrote has no weights of its own: it is put in the order of f_u."""
    out = {}
    for label, rows in found.rows.items():
        columns, values = rows.row(place)
        if label == truth:
            f_u = found.data.user_features.select([int(found.users[place])]).dense()[0]
            values = f_u[columns]
        out[label] = tuple(found.data.features[int(c)] for c in first_words(columns, values, label == truth))
    return out


def first_words(columns: np.ndarray, values: np.ndarray, all_count: bool = False) -> np.ndarray:
    """The five columns of largest weight; weights of 0 or less name nothing."""
    kept = columns if all_count else columns[values > 0]
    weights = values if all_count else values[values > 0]
    return kept[np.argsort(-weights, kind="stable")][:N_WORDS]


def true_words(found: Vectors, label: str, truth: str) -> float:
    """Mean over all users of how many of the five words the user wrote about, 0..5."""
    rows, written = found.rows[label], found.rows[truth]
    counts = [_hits(rows, written, place) for place in range(len(found.users))]
    return float(np.mean(counts))


def _hits(rows: SparseRows, written: SparseRows, place: int) -> int:
    return int(np.isin(first_words(*rows.row(place)), written.row(place)[0]).sum())
