"""Metrics of generated sentences: by hand, and beside what sacrebleu 2.6.0 and rouge-score 0.1.2 say of the same sentences."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pyexplain.data import Dataset
from pyexplain.explainers import Sentence
from pyexplain.metrics import MetricInput, Phrases, find_first_sentences, tokens_of
from tests.metrics.toys import COLUMNS, all_metrics, explanations, toy_data

METRICS = all_metrics()
SAID = [
    "The sound of this amp is great, and the price is fair.",
    "Great cable!",
    "The strap is soft and the strap is long",
    "I like the tone a lot",
    "",
    "A very good tuner for the price",
]
WRITTEN = [
    ["the sound of the amp is great", "the price is fair for this amp"],
    ["this is a great cable and i like it", "great sound"],
    ["the strap is very soft"],
    ["this pedal has a warm tone", "i like it a lot"],
    ["the case is sturdy"],
    ["a very good tuner for the price of one", "good tuner"],
]
# BLEU(max_ngram_order=n, smooth_method="none", tokenize="none", lowercase=True) and RougeScorer.score_multi of the words above
SACREBLEU = {"bleu-1": 0.7777777777777777, "bleu-4": 0.4518094947040624}
ROUGE_SCORE = {"rouge-1": 0.5684239006607428, "rouge-2": 0.3879551820728291, "rouge-l": 0.5508800410116199}


def given(said: list[str], written: list[list[str]], about: list[int] | None = None) -> MetricInput:
    """User n was told of item n; features are f0, f1, f2 and the f 10; about: which one each sentence is about."""
    n = len(said)
    data: Dataset = toy_data([[1.0] * 4] * n, [[1.0] * 4] * n, test=[(k, k) for k in range(n)])
    rows = [(k, k, 0, "good", 1.0, text) for k, texts in enumerate(written) for text in [*texts, *texts[:1]]]
    data = replace(data, heldout=pd.DataFrame(rows, columns=COLUMNS))
    about = about or [0] * n
    sentences = tuple((Sentence(f, text), Sentence(1, "Later.")) if text else () for f, text in zip(about, said, strict=True))
    found = explanations(data, [(k, k) for k in range(n)], [[1.0, 0, 0, 0]] * n, sentences=sentences)
    return MetricInput(data, explanations=found)


def value(name: str, said: MetricInput) -> float:
    return METRICS[name]().measure(said, "mine").value


@pytest.mark.parametrize(("name", "figure"), [*SACREBLEU.items(), *ROUGE_SCORE.items()])
def test_as_the_libraries_say(name: str, figure: float) -> None:
    assert value(name, given(SAID, WRITTEN)) == pytest.approx(figure, abs=1e-12)


def test_by_hand() -> None:
    """ "great f0" of "the f0 is great": 2 of 2 words, 2 words for 4, no run of two. "f0 f0 f0" of "f0 is here": 1 of 3."""
    said = given(["Great f0", "f0 f0 f0"], [["The f0 is great."], ["f0 is here"]])
    assert METRICS["bleu-1"]().values(said).values == pytest.approx([math.exp(-1), 1 / 3])
    assert value("bleu-1", said) == pytest.approx(math.exp(1 - 7 / 5) * 3 / 5)
    assert value("bleu-4", said) == 0
    assert METRICS["rouge-1"]().values(said).values == pytest.approx([2 * 2 / 6, 2 * 1 / 6])
    assert value("rouge-2", said) == 0
    assert METRICS["rouge-l"]().values(said).values == pytest.approx([2 * 1 / 6, 2 * 1 / 6])


def test_sentences_beside_each_other() -> None:
    """Five pairs: f0 and f1 are named; f0; f0 again, in the same words; nothing that is known; no sentence."""
    said = given(["F0s and the f1!", "A good f0", "a good F0.", "f1 stands here", ""], [["so"]] * 5, [0, 0, 1, 2, 0])
    assert value("text-written", said) == 4 / 5
    assert value("unique-sentences", said) == pytest.approx(3 / 5)
    assert METRICS["unique-sentences"]().values(said).values.tolist() == [1, 0.5, 0.5, 1, 0]
    assert METRICS["feature-matching"]().values(said).values.tolist() == [1, 1, 0, 0, 0]
    assert value("feature-coverage", said) == 2 / 4
    assert METRICS["feature-coverage"]().values(said).values.tolist() == [0.5, 0.25, 0.25, 0.25, 0]
    # of ten twos: 01-0 1, 01-0 1, 01-1 1, 0-0 1, 0-1 0, 0-1 0; the fifth with all others 1
    assert value("feature-diversity", said) == pytest.approx(8 / 10)
    assert METRICS["feature-diversity"].direction == "lower"


def test_pairs_that_nobody_wrote_of_are_left_out_and_silent_ones_are_not() -> None:
    said = given(["Great f0", "", "Great f0"], [["The f0."], ["The f1."], ["?!"]])
    found = said.once(find_first_sentences)
    assert found.users.tolist() == [0, 1]
    assert found.features.tolist() == [0, -1]
    assert found.texts == ("Great f0", "")
    assert found.references == (("The f0.",), ("The f1.",))
    assert value("feature-matching", said) == 0.5


def test_words_are_compared_without_marks() -> None:
    assert tokens_of("It's the f_0's “best”-sounding, 2nd!") == ["it's", "the", "f", "0's", "best", "sounding", "2nd"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("State-amps, and an amp's case", [1, 0, 2]),
        ("stateamp AMPLE ramp encase", []),
        ("glass glasses", [3]),
        ("the states amp", [1]),
        ("amp, state", [0]),
        ("", []),
    ],
)
def test_phrases_are_found_as_whole_words_longest_first(text: str, found: list[int]) -> None:
    assert Phrases(["amp", "state amp", "case", "glass"]).found(text) == found
    assert Phrases([]).found(text) == []


def test_nothing_written_gives_no_figures() -> None:
    quiet = given(SAID, WRITTEN)
    assert quiet.explanations is not None
    assert not replace(quiet, explanations=replace(quiet.explanations, sentences=None), _memo={}).offers("sentences")
    assert np.isnan(value("bleu-4", given(["Great"], [[]])))
