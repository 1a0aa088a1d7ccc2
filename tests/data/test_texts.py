"""Sentences of training reviews as numbers of words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from pyexplain.data import Dataset, Texts
from tests.worlds import small_world

ROWS = [  # user, item, feature, opinion, sentiment, sentence
    (1, 2, 0, "great", 1.0, "Great f0, and I'm sure (it lasts)!"),
    (1, 2, 1, "lasts", 1.0, "Great f0, and I'm sure (it lasts)!"),
    (0, 3, 1, "bad", -1.0, "Bad f1"),
    (0, 3, 1, "worn", -1.0, "Bad f1"),  # once, whatever is said of it
    (0, 2, 1, "good", 1.0, "good   F1"),
    (0, 2, 3, "long", 1.0, "one two three four five six seven eight nine ten eleven twelve thirteen"),
    (0, 2, 3, "", 1.0, ""),
]


def world() -> Dataset:
    columns = ["user", "item", "feature", "opinion", "sentiment", "sentence"]
    return replace(small_world(), evidence=pd.DataFrame(ROWS, columns=columns))


def test_each_sentence_stands_once_for_each_feature_in_order() -> None:
    found = Texts.of(world(), longest=12)
    keys = zip(found.users.tolist(), found.items.tolist(), found.features.tolist(), found.praises.tolist(), strict=True)
    assert list(keys) == [(0, 2, 1, 1), (0, 3, 1, 0), (1, 2, 0, 1), (1, 2, 1, 1)]
    spelled = [[found.words[k] for k in row[:n]] for row, n in zip(found.tokens.tolist(), found.lengths.tolist(), strict=True)]
    told = ["great", "f0", ",", "and", "i'm", "sure", "(", "it", "lasts", ")", "!", "<end>"]
    assert spelled == [["good", "f1", "<end>"], ["bad", "f1", "<end>"], told, told]
    assert (found.tokens[0, 2:] == 1).all()
    assert len(found) == 4


def test_rare_words_are_unknown_and_the_most_frequent_are_known() -> None:
    found = Texts.of(world(), longest=12, rare=2)
    assert found.words == ("<start>", "<end>", "<unknown>", "f1")
    assert found.tokens[0].tolist()[:3] == [2, 3, 1]
    assert Texts.of(world(), longest=12, most=2).words[3:] == ("f1", "!")
    assert Texts.of(world(), longest=50).words[3] == "f1"


def test_the_word_of_a_feature_is_what_tells_its_sentences_from_others() -> None:
    """Of 12 words of f1's sentences... f1 stands twice there and nowhere else; of f0's alone nothing: all of it is told of f1, too,
    where it makes up a smaller share."""
    found = Texts.of(world(), longest=12)
    own = found.own_words(5)
    tables = {f: np.zeros(len(found.words)) for f in (0, 1)}
    for feature, row, n in zip(found.features, found.tokens, found.lengths, strict=True):
        np.add.at(tables[int(feature)], row[: n - 1], 1)
    whole = tables[0] + tables[1]
    for feature, times in tables.items():
        with np.errstate(divide="ignore", invalid="ignore"):
            pull = times * np.log(times * whole.sum() / (whole * times.sum()))
        assert own[feature] == int(np.nanargmax(np.where(times > 0, pull, np.nan)))
    assert found.words[own[1]] == "f1"
    assert own[2:].tolist() == [2, 2, 2]


def test_nothing_written_is_no_text() -> None:
    found = Texts.of(replace(world(), evidence=world().evidence.iloc[:0]))
    assert len(found) == 0
    assert found.tokens.shape == (0, 1)
    assert found.own_words(3).tolist() == [2, 2, 2]
