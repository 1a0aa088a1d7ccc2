"""How sentences differ from each other, and which features they name: the measures of NETE (Li et al., CIKM 2020)."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np

from pyexplain import hookimpl
from pyexplain.metrics import Metric, MetricInput, TextMetric, Values, find_first_sentences, find_named, tokens_of

PAPER = "Li, Zhang and Chen, Generate Neural Template Explanations for Recommendation, CIKM 2020"


class Written(TextMetric):
    """Share of pairs with a sentence."""

    name, key = "text-written", "written"

    def values(self, given: MetricInput) -> Values:
        """1 or 0 a pair."""
        return self.of_users(given, np.array([bool(text) for text in given.once(find_first_sentences).texts], dtype=np.float64))


class UniqueSentences(TextMetric):
    """USR: different sentences over pairs; word by word the same is the same. The value of a pair is 1 over how many have its
    sentence, 0 without one."""

    name, key = "unique-sentences", "usr"
    reference = PAPER

    def values(self, given: MetricInput) -> Values:
        """One value a pair: their sum is the number of different sentences."""
        said = [tuple(tokens_of(text)) for text in given.once(find_first_sentences).texts]
        times = Counter(said)
        return self.of_users(given, np.array([1 / times[one] if one else 0.0 for one in said], dtype=np.float64))


class FeatureMatching(TextMetric):
    """FMR: share of pairs whose sentence names the feature that it is about, by its name."""

    name, key = "feature-matching", "fmr"
    reference = PAPER

    def values(self, given: MetricInput) -> Values:
        """1 or 0 a pair."""
        about, named = given.once(find_first_sentences).features.tolist(), given.once(find_named)
        return self.of_users(given, np.array([f in names for f, names in zip(about, named, strict=True)], dtype=np.float64))


class FeatureCoverage(TextMetric):
    """FCR: features that some sentence names, over the features that are words. The value of a pair is the share that its own
    sentence names; the figure grows with the number of pairs."""

    name, key = "feature-coverage", "fcr"
    reference = PAPER

    def values(self, given: MetricInput) -> Values:
        """One value a pair; the parts are the features that it names, -1 behind, and how many there are."""
        named, size = given.once(find_named), max(1, len(given.data.features.of_kind("word")))
        parts = np.full((len(named), max(map(len, named), default=0) + 1), -1.0)
        for row, names in enumerate(named):
            parts[row, : len(names)] = sorted(names)
        parts[:, -1] = size
        return self.of_users(given, np.array([len(names) / size for names in named], dtype=np.float64), parts)

    def summary(self, values: Values) -> float:
        """The share that all name together."""
        assert values.parts is not None
        names = np.unique(values.parts[:, :-1])
        return float((names >= 0).sum() / values.parts[0, -1])


class FeatureDiversity(TextMetric):
    """DIV: of every two sentences, how many features both name; mean over all two. Lower is more diverse. A pair without a sentence
    counts as one that names one feature with every other."""

    name, key = "feature-diversity", "div"
    direction = "lower"
    range = (0.0, math.inf)
    reference = PAPER

    def values(self, given: MetricInput) -> Values:
        """One value a pair: the mean over the others."""
        named, texts = given.once(find_named), given.once(find_first_sentences).texts
        times, silent = Counter(f for names in named for f in names), sum(not text for text in texts)
        others = max(1, len(texts) - 1)
        shared = [(sum(times[f] - 1 for f in names) + silent) / others for names in named]
        return self.of_users(
            given, np.array([one if text else 1.0 for one, text in zip(shared, texts, strict=True)], dtype=np.float64)
        )


@hookimpl
def pyexplain_metrics() -> list[type[Metric]]:
    """How many there are, USR, FMR, FCR and DIV."""
    return [Written, UniqueSentences, FeatureMatching, FeatureCoverage, FeatureDiversity]
