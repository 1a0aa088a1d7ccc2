"""Generated sentences beside what people wrote: BLEU and ROUGE, as sacrebleu and rouge-score compute them.

The first sentence of each pair is compared with all sentences about features in the same user's held-out review of the item. Words
are compared in small letters, without marks. In papers the figures stand in percent.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from pyexplain import hookimpl
from pyexplain.metrics import FirstSentences, Metric, MetricInput, TextMetric, Values, find_first_sentences, tokens_of

Float = npt.NDArray[np.float64]
Words = list[str]
LONGEST = 4  # of the n-grams of BLEU


def grams(words: Words, n: int) -> Counter[tuple[str, ...]]:
    """How often each run of n words stands there."""
    return Counter(tuple(words[at : at + n]) for at in range(len(words) - n + 1))


def find_overlaps(given: MetricInput) -> Float:
    """Of each pair [n, 10]: n-grams of the sentence that stand in a reference, for n = 1..4, each as often as in the reference that
    has it most; n-grams of the sentence, n = 1..4; words of the sentence, and of the reference nearest to it in length (the shorter
    of two)."""
    found: FirstSentences = given.once(find_first_sentences)
    rows = [
        overlap(tokens_of(text), list(map(tokens_of, known))) for text, known in zip(found.texts, found.references, strict=True)
    ]
    return np.array(rows, dtype=np.float64).reshape(len(found), 2 * LONGEST + 2)


def overlap(words: Words, references: list[Words]) -> list[int]:
    """A row of find_overlaps()."""
    matches, totals = [], []
    for n in range(1, LONGEST + 1):
        mine, most = grams(words, n), Counter[tuple[str, ...]]()
        for reference in references:
            most |= grams(reference, n)
        matches.append((mine & most).total())
        totals.append(mine.total())
    nearest = min((len(reference) for reference in references), key=lambda size: (abs(size - len(words)), size))
    return [*matches, *totals, len(words), nearest]


def bleu(counts: Float, n: int) -> Float:
    """min(1, exp(1 - r/c)) (p_1 ... p_n)^(1/n) of rows of find_overlaps() [m, 10]; 0 where a p is 0."""
    matches, totals, (c, r) = counts[:, :n], counts[:, LONGEST : LONGEST + n], counts[:, -2:].T
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.where(totals > 0, matches / np.maximum(totals, 1), 0.0)
        brief = np.where(c > 0, np.exp(np.minimum(0.0, 1 - r / np.maximum(c, 1))), 0.0)
        return np.asarray(brief * np.exp(np.log(shares).mean(axis=1)))


class Bleu(TextMetric):
    """min(1, exp(1 - r/c)) (p_1 ... p_n)^(1/n) over all pairs together, without smoothing: p_m is the share of the m-grams of all
    sentences that stand in a reference (each as often as in the one that has it most), c and r the words of all sentences and of
    the references nearest in length. The value of a pair is the same of its sentence alone."""

    reference = "Papineni et al., BLEU: a method for automatic evaluation of machine translation, ACL 2002"
    n: ClassVar[int]

    def values(self, given: MetricInput) -> Values:
        """One value a pair; the parts are the counts."""
        counts = given.once(find_overlaps)
        return self.of_users(given, bleu(counts, self.n), counts)

    def summary(self, values: Values) -> float:
        """From the sums of the counts."""
        assert values.parts is not None
        return float(bleu(values.parts.sum(axis=0, keepdims=True), self.n)[0])


class Bleu1(Bleu):
    """min(1, exp(1 - r/c)) p_1 over all pairs together; see Bleu."""

    name, key, n = "bleu-1", "bleu-1", 1


class Bleu4(Bleu):
    """min(1, exp(1 - r/c)) (p_1 p_2 p_3 p_4)^(1/4) over all pairs together; see Bleu."""

    name, key, n = "bleu-4", "bleu-4", 4


class Rouge(TextMetric):
    """2 P R / (P + R) of what a sentence and a reference share: P its share of the sentence, R of the reference; the best of the
    references; mean over pairs."""

    reference = "Lin, ROUGE: a package for automatic evaluation of summaries, 2004"

    @abstractmethod
    def shared(self, words: Words, reference: Words) -> tuple[int, int, int]:
        """How much both share, and how much each has."""

    def values(self, given: MetricInput) -> Values:
        """One value a pair."""
        found = given.once(find_first_sentences)
        best = [
            max(f1(*self.shared(tokens_of(text), tokens_of(one))) for one in known)
            for text, known in zip(found.texts, found.references, strict=True)
        ]
        return self.of_users(given, np.array(best, dtype=np.float64))


def f1(both: int, mine: int, theirs: int) -> float:
    """2 P R / (P + R) = 2 both / (mine + theirs); 0 where nothing is shared."""
    return 2 * both / (mine + theirs) if both else 0.0


class Rouge1(Rouge):
    """2 P R / (P + R) of words; the best of the references; mean over pairs."""

    name, key = "rouge-1", "rouge-1"
    n: ClassVar[int] = 1

    def shared(self, words: Words, reference: Words) -> tuple[int, int, int]:
        """n-grams."""
        mine, theirs = grams(words, self.n), grams(reference, self.n)
        return (mine & theirs).total(), mine.total(), theirs.total()


class Rouge2(Rouge1):
    """2 P R / (P + R) of runs of two words; the best of the references; mean over pairs."""

    name, key, n = "rouge-2", "rouge-2", 2


class RougeL(Rouge):
    """2 P R / (P + R) of the longest common subsequence of words; the best of the references; mean over pairs."""

    name, key = "rouge-l", "rouge-l"

    def shared(self, words: Words, reference: Words) -> tuple[int, int, int]:
        """Words of the longest common subsequence."""
        before = [0] * (len(reference) + 1)
        for word in words:
            row = [0]
            for at, other in enumerate(reference):
                row.append(before[at] + 1 if word == other else max(row[at], before[at + 1]))
            before = row
        return before[-1], len(words), len(reference)


@hookimpl
def pyexplain_metrics() -> list[type[Metric]]:
    """BLEU of words and of runs of up to four, ROUGE of words, of runs of two and of the longest common subsequence."""
    return [Bleu1, Bleu4, Rouge1, Rouge2, RougeL]
