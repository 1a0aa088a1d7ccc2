"""What is wrong with a data set: leaks, lists that give the answer away, a ground truth that is the model's own input.

An importer that must repair what a folder published (a data set cannot hold a validation part that equals the test part, or an
unshuffled list with its order) writes down what it found under `report["published"]`; all keys are optional:

    validation_files_equal_to_test   list of the files (or number of pairs) of the validation part that repeat the test part
    lists_with_ground_truth_first    number of candidate lists that begin with the held-out positives
    lists                            number of candidate lists
    duplicate_pairs                  number of pairs that were published more than once
    pairs                            number of published pairs
    test_only_items_with_features    number of items that occur in held-out pairs only and have features all the same
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from .attributes import attributes_of, count_liked
from .columns import columns_of
from .counts import columns_of_kind
from .kind_views import history_rows
from .kinds import ATTRIBUTE, HISTORY, PERSON, WORD
from .people import people_of, with_people
from .sparse import SparseRows
from .types import Candidates, Dataset

Int = npt.NDArray[np.int64]
Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Finding:
    """One thing found. code: its name. severity: "error" (figures on these data mislead), "warning" (they may) or "note" (good to
    know). count of total: how many are concerned. message: a sentence. hint: what to do."""

    code: str
    severity: Severity
    count: int
    total: int
    message: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.severity}: {self.code}: {self.message} ({self.count} of {self.total})"


def audit(data: Dataset) -> list[Finding]:
    """Everything found, errors first. Errors and warnings are problems; a sound data set has at most notes."""
    found = [finding for check in CHECKS for finding in check(data) if finding.count > 0]
    order = {"error": 0, "warning": 1, "note": 2}
    return sorted(found, key=lambda finding: order[finding.severity])


def problems(findings: list[Finding]) -> list[Finding]:
    """The errors and warnings among findings."""
    return [finding for finding in findings if finding.severity != "note"]


def _keys(pairs: Int, data: Dataset) -> Int:
    return pairs[:, 0] * data.n_items + pairs[:, 1]


def _published(data: Dataset) -> Mapping[str, object]:
    found = data.report.get("published", {})
    return found if isinstance(found, Mapping) else {}


def _number(value: object) -> int:
    """A count, or the length of a list."""
    return len(value) if isinstance(value, (list, tuple)) else int(value) if isinstance(value, (int, float)) else 0


def check_features(data: Dataset) -> Iterator[Finding]:
    """Feature values that only held-out reviews can supply."""
    hint = "Build the data set from raw reviews with --protocol heldout."
    held_out = np.concatenate([data.valid, data.test])
    evidence, words = data.evidence, _words(data)
    if not words.any():
        return
    if evidence.empty:
        seen = np.union1d(data.train[:, 1], data.valid[:, 1])
        owners = np.flatnonzero(np.diff(data.item_features.offsets))
        late = np.intersect1d(np.setdiff1d(owners, seen), data.test[:, 1])
        count = max(len(late), _number(_published(data).get("test_only_items_with_features")))
        text = "items have features although they occur in test pairs only: test reviews are part of the features"
        yield Finding("test-pairs-in-features", "error", count, max(len(owners), count), text, hint)
        return
    user, item = (evidence[c].to_numpy(dtype=np.int64) for c in ("user", "item"))
    leaked = np.isin(user * data.n_items + item, _keys(held_out, data))
    text = "mentions that models may see and quote are from held-out reviews"
    yield Finding("held-out-mentions-in-evidence", "error", int(leaked.sum()), len(evidence), text, hint)
    feature = evidence["feature"].to_numpy(dtype=np.int64)
    for side, rows, owner in (("user", data.user_features, user), ("item", data.item_features, item)):
        count = _unsupported(rows, owner[~leaked], feature[~leaked], words)
        if data.settings.unmentioned == "literal":
            continue  # every cell is filled on purpose
        text = f"{side} features have no mention in a training review behind them"
        yield Finding("test-pairs-in-features", "error", count, len(rows.indices), text, hint)


def _words(data: Dataset) -> npt.NDArray[np.bool_]:
    """Marks, [P], of the features that mentions are made of; what others say comes from elsewhere."""
    kinds = data.features.kinds
    return np.ones(data.n_features, bool) if kinds is None else np.array([kind == WORD for kind in kinds])


def _unsupported(rows: SparseRows, owner: Int, feature: Int, words: npt.NDArray[np.bool_]) -> int:
    """Cells of the rows, of words, that no mention (owner, feature) supports."""
    cells = rows.row_indices() * rows.n_columns + rows.indices
    return int((~np.isin(cells[words[rows.indices]], owner * rows.n_columns + feature)).sum())


def check_totals(data: Dataset) -> Iterator[Finding]:
    """Totals of mentions that are others than those of the mentions that models may see; none at all where features have values."""
    evidence = data.evidence
    feature = evidence["feature"].to_numpy(dtype=np.int64)
    for side, totals in (("user", data.user_mentions), ("item", data.item_mentions)):
        if totals is None:
            text = (
                f"features of {side}s have no counts of mentions beside eq. (1)'s values: methods that use counts cannot be trained"
            )
            yield Finding("no-mention-counts", "note", data.n_features, data.n_features, text)
            continue
        owner = evidence[side].to_numpy(dtype=np.int64)
        counts = totals.counts.where(_words(data)[totals.counts.indices])
        wrong = _other_counts(counts, owner * data.n_features + feature)
        text = f"counts of mentions of {side}s are not those of the mentions that models may see"
        yield Finding("other-mention-counts", "error", wrong, len(counts.indices), text, "Make the data set again.")


def _other_counts(counts: SparseRows, mentioned: Int) -> int:
    """Cells whose count is another one than that of the mentions."""
    cells, found = np.unique(mentioned, return_counts=True)
    own = counts.row_indices() * counts.n_columns + counts.indices
    both = np.concatenate([cells, own])
    signed = np.concatenate([found.astype(np.float64), -counts.values.astype(np.float64)])
    places, inverse = np.unique(both, return_inverse=True)
    return int((np.bincount(inverse, weights=signed, minlength=len(places)) != 0).sum())


def check_likes(data: Dataset) -> Iterator[Finding]:
    """Attributes and history of users that are not of their training pairs."""
    made = {}
    if ATTRIBUTE in data.kinds:
        made["attribute"] = count_liked(data.liked, attributes_of(data)[1])
    if HISTORY in data.kinds:
        made["history"] = history_rows(data.liked, data.n_items)[0]
    if PERSON in data.kinds:
        yield _tastes(data)
    for kind, rows in made.items():
        own = columns_of(data.user_features, data.features.of_kind(kind))
        cells, wanted = (r.row_indices() * r.n_columns + r.indices for r in (own, rows))
        strange = np.setxor1d(cells, wanted)
        text = f"values of the kind {kind} of users are not those of their training pairs"
        yield Finding(
            "held-out-likes-in-features", "error", len(strange), max(len(own.indices), 1), text, "Make the data set again."
        )


def _tastes(data: Dataset) -> Finding:
    """What items are to people of a sort, that is not of the training pairs."""
    wanted = with_people(data.source, *people_of(data)).item_features
    own, wanted = (
        columns_of(rows, of.features.of_kind(PERSON)) for rows, of in ((data.item_features, data), (wanted, data.source))
    )
    same = len(own.values) == len(wanted.values) and np.array_equal(own.indices, wanted.indices)
    count = int((~np.isclose(own.values, wanted.values, atol=1e-5)).sum()) if same else len(own.values)
    text = "values of the kind person of items are not those of the training pairs"
    return Finding("held-out-likes-in-features", "error", count, max(len(own.values), 1), text, "Make the data set again.")


def check_validation(data: Dataset) -> Iterator[Finding]:
    """A validation part that is the test part, as a whole or in part."""
    hint = "Carve the validation part out of the training part; choose nothing by test data."
    files = _published(data).get("validation_files_equal_to_test")
    text = "published validation files (or pairs) repeat the test ones"
    yield Finding("validation-equals-test", "error", _number(files), _number(files), text, hint)
    shared = int(np.isin(_keys(data.valid, data), _keys(data.test, data)).sum())
    yield Finding("validation-equals-test", "error", shared, len(data.valid), "validation pairs are test pairs as well", hint)


def check_pairs(data: Dataset) -> Iterator[Finding]:
    """Pairs twice in a part, or in two parts."""
    parts = {"training": data.train, "validation": data.valid, "test": data.test}
    for name, pairs in parts.items():
        count = len(pairs) - len(np.unique(_keys(pairs, data)))
        yield Finding("duplicate-pairs", "error", count, len(pairs), f"{name} pairs occur more than once", "Keep one of each.")
    published = _published(data)
    count = _number(published.get("duplicate_pairs"))
    yield Finding("duplicate-pairs", "error", count, max(count, _number(published.get("pairs"))), "pairs were published twice")
    for name in ("validation", "test"):
        shared = int(np.isin(_keys(parts[name], data), _keys(data.train, data)).sum())
        text = f"{name} pairs are training pairs as well"
        yield Finding("train-test-overlap", "error", shared, len(parts[name]), text, "Split again.")


def check_candidates(data: Dataset) -> Iterator[Finding]:
    """Candidate lists with liked items marked as not relevant, with positives first, or without them."""
    liked = np.concatenate([data.train, data.valid, data.test])
    for name, lists, pairs in (("validation", data.valid_candidates, data.valid), ("test", data.test_candidates, data.test)):
        there = lists.items >= 0
        keys = lists.users[:, None] * data.n_items + lists.items
        wrong = there & ~lists.relevant & np.isin(keys, _keys(liked, data))
        text = f"items of {name} lists count as not relevant although the user likes them"
        yield Finding("positives-among-negatives", "error", int(wrong.sum()), int(there.sum()), text, "Draw the lists again.")
        twice = int(
            (np.diff(np.sort(np.where(there, lists.items, -1 - np.arange(lists.items.shape[1])), axis=1), axis=1) == 0).sum()
        )
        text = f"items occur twice in a {name} list"
        yield Finding("duplicate-candidates", "error", twice, int(there.sum()), text, "Draw the lists again.")
        missing = int((~np.isin(_keys(pairs, data), keys[there])).sum())
        text = f"{name} pairs are in no candidate list: they count as missed whatever the method"
        yield Finding("positives-not-listed", "warning", missing, len(pairs), text, "Make the lists longer.")
        text = f"{name} lists begin with the held-out positives: where scores tie, the first looks like a hit"
        yield Finding("ground-truth-first", "error", _first_beyond_chance(lists), len(lists), text, "Shuffle the lists.")
    published = _published(data)
    first = _number(published.get("lists_with_ground_truth_first"))
    text = "lists were published with the held-out positives first: where scores tie, the first looks like a hit"
    yield Finding(
        "ground-truth-first", "error", first, max(first, _number(published.get("lists"))), text, "They are shuffled here."
    )


def _first_beyond_chance(lists: Candidates) -> int:
    """Lists that begin with all their positives, where there are far more of them than shuffling would give; otherwise 0."""
    sizes, relevant = (lists.items >= 0).sum(axis=1), lists.relevant.sum(axis=1)
    open_question = (relevant > 0) & (sizes > relevant)
    lengths = np.arange(lists.items.shape[1])[None, :] < relevant[:, None]
    first = int(((lists.relevant & lengths).sum(axis=1) == relevant)[open_question].sum())
    pairs = zip(sizes[open_question].tolist(), relevant[open_question].tolist(), strict=True)
    chances = np.array([1 / math.comb(size, count) for size, count in pairs])
    allowed = chances.sum() + 4 * math.sqrt((chances * (1 - chances)).sum()) + 1
    return first if first > allowed else 0


def check_truth(data: Dataset) -> Iterator[Finding]:
    """A ground truth of explanations that is nothing but the support of f_u, so that echoing the input is a perfect answer."""
    user, item, feature = (data.heldout[c].to_numpy(dtype=np.int64) for c in ("user", "item", "feature"))
    seen = _keys(data.evidence[["user", "item"]].to_numpy(dtype=np.int64), data)
    # what a held-out review says is news, even where it repeats what its writer said before; a table without reviews is not
    news = (item >= 0) & ~np.isin(user * data.n_items + item, seen) & (len(seen) > 0)
    truth = np.unique(user * data.n_features + feature)
    rows = data.user_features.where(_words(data)[data.user_features.indices])
    inputs = rows.row_indices() * data.n_features + rows.indices
    n_true = np.bincount(truth // max(1, data.n_features), minlength=data.n_users)
    n_input = np.diff(rows.offsets)
    n_both = np.bincount(inputs[np.isin(inputs, truth)] // max(1, data.n_features), minlength=data.n_users)
    same = (n_true == n_both) & (n_input == n_both)
    text = "users have a ground truth that is exactly the features the model was given"
    hint = "Use held-out reviews as the ground truth (--protocol heldout); read such figures beside the control 'echo'."
    yield Finding("truth-equals-input", "error", int(same[np.unique(user[~news])].sum()), len(np.unique(user)), text, hint)


def check_values(data: Dataset) -> Iterator[Finding]:
    """Numbers that are not finite or out of range."""
    people = columns_of_kind(data, PERSON)
    for side, rows in (("user", data.user_features), ("item", data.item_features)):
        least, top = data.settings.bounds(side)[0], data.settings.max_rating
        rows = rows if side == "user" else rows.where(~people[rows.indices])  # how much more often than expected: -1..1
        strange = int((~np.isfinite(rows.values) | (rows.values < least - 1e-4) | (rows.values > top + 1e-4)).sum())
        text = f"{side} feature values are not finite or not in {least:g}..{top:g}"
        yield Finding("values-out-of-range", "error", strange, len(rows.values), text, "See eq. (1).")
    for name, frame in (("evidence", data.evidence), ("held-out mentions", data.heldout)):
        sentiment = frame["sentiment"].to_numpy(dtype=np.float64)
        strange = int((~np.isfinite(sentiment)).sum())
        yield Finding("non-finite", "error", strange, len(frame), f"sentiments of {name} are not finite")


def check_cold(data: Dataset) -> Iterator[Finding]:
    """Users and items that models know little about, and test users whose explanations cannot be judged."""
    for name, rows, column, total in (
        ("user", data.user_features, 0, data.n_users),
        ("item", data.item_features, 1, data.n_items),
    ):
        bare = int((np.diff(rows.offsets) == 0).sum()) if data.n_features else 0
        yield Finding(f"{name}s-without-features", "note", bare, total, f"{name}s have no feature")
        cold = total - len(np.unique(data.train[:, column]))
        yield Finding(f"{name}s-without-training-pair", "note", cold, total, f"{name}s have no positive training pair")
    if WORD not in data.kinds:
        return
    tested = np.unique(data.test[:, 0])
    silent = int((~np.isin(tested, data.heldout["user"].to_numpy(dtype=np.int64))).sum())
    text = "test users have no ground truth for explanations"
    yield Finding("users-without-ground-truth", "note", silent, len(tested), text)


def check_titles(data: Dataset) -> Iterator[Finding]:
    """Items that people cannot tell by their titles, where titles are known."""
    titles = data.items.titles
    if titles is None:
        return
    text = "items have no title: people read their ids"
    yield Finding("items-without-title", "note", titles.count(""), data.n_items, text, "See --items of 'data prepare'.")
    known = Counter(title.casefold() for title in titles if title)
    shared = sum(count for count in known.values() if count > 1)
    yield Finding("items-with-one-title", "note", shared, data.n_items, "items share their title with another item")


CHECKS: tuple[Callable[[Dataset], Iterator[Finding]], ...] = (
    check_features,
    check_totals,
    check_likes,
    check_validation,
    check_pairs,
    check_candidates,
    check_truth,
    check_values,
    check_cold,
    check_titles,
)
