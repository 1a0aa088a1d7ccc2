"""The sentences of many questions, laid out: what say() makes of each."""

from __future__ import annotations

import numpy as np

from ..data.kinds import WORD
from .asking import Bool
from .cues import is_vague
from .pieces import Int
from .say import MOST_REASONS, UNKNOWN, VAGUE
from .told_reasons import ToldReasons

Sizes = tuple[tuple[int, int, int], ...]  # of features, how many of how many reviews praise each


def lay_sentences(reasons: ToldReasons) -> None:
    """Of one or two reasons, how many reviews praise them, and a quote; or that none is clear."""
    pairs, (first, second) = reasons.pairs, chosen_cells(reasons)
    clear = np.flatnonzero(first >= 0)
    one, two, none = first[clear], second[clear], pairs.piece("")
    if len(clear):
        share = np.full(len(clear), none)
        _, known = reasons.known_praise()
        sized = np.flatnonzero(known[one] | (known[two] & (two >= 0)))
        share[sized] = pairs.each(pairs.wording.shares.of(_sizes_of(reasons, one[sized], two[sized])))
        quotes = reasons.quote[one], np.where(two >= 0, reasons.quote[two], -1)
        quote = np.where(quotes[0] >= 0, quotes[0], np.where(quotes[1] >= 0, quotes[1], none))
        _lay_because(reasons, clear, one, two, (share, quote))
    rest = np.flatnonzero(first < 0)
    asked = zip(*(part[rest].tolist() for part in (pairs.front, pairs.titled, reasons.more_praised)), strict=True)
    texts = [pairs.wording.unclear(front, pairs.front_titles[title], praised) for front, title, praised in asked]
    pairs.said.add(pairs.at[rest], 0, pairs.each(texts))


def _lay_because(reasons: ToldReasons, clear: Int, one: Int, two: Int, behind: tuple[Int, Int]) -> None:
    """The sentences that name cells one and two (-1 for none) as reasons of questions `clear` [c], and what stands behind."""
    pairs, kinds, width = reasons.pairs, reasons.kinds, len(reasons.kinds) + 1
    pattern = reasons.kind[one] * width + np.where(two >= 0, reasons.kind[two] + 1, 0)
    for key in np.unique(pattern).tolist():
        at = np.flatnonzero(pattern == key)
        of_one, of_two = divmod(key, width)
        (parts,) = pairs.wording.because.of([(kinds[of_one], *kinds[of_two - 1 : of_two])] if of_two else [(kinds[of_one],)])
        text = pairs.text(parts, [pairs.name[clear[at]], reasons.words[one[at]], reasons.words[two[at]]])
        pairs.said.add(pairs.at[clear[at]], 0, *text, *(part[at] for part in behind))


def _sizes_of(reasons: ToldReasons, one: Int, two: Int) -> list[Sizes]:
    """Of the reasons that are told (cells, -1 for none), those that somebody speaks of."""
    count, known = reasons.known_praise()
    columns = [[part[cells].tolist() for part in (reasons.feature, count, reasons.mention)] for cells in (one, two)]
    firsts, seconds = (list(zip(*column, strict=True)) for column in columns)
    there = zip(known[one].tolist(), (known[two] & (two >= 0)).tolist(), strict=True)
    return [(firsts[at],) * first + (seconds[at],) * second for at, (first, second) in enumerate(there)]


def chosen_cells(reasons: ToldReasons) -> Int:
    """The cells [MOST_REASONS, m] of the reasons that say.chosen() tells of each question; -1 for none."""
    doubts, m = _doubts(reasons), len(reasons.pairs)
    clear, least = doubts == 0, np.full(m, VAGUE)
    np.minimum.at(least, reasons.pair, doubts)
    least = least[reasons.pair]
    told = clear | ((doubts == least) & (least < VAGUE))
    before = np.concatenate([[0], np.cumsum(told)])  # how many are told up to each
    nth = before[:-1] - before[reasons.begins[reasons.pair]]
    found = np.full((MOST_REASONS, m), -1)
    for place in range(MOST_REASONS):
        cells = np.flatnonzero(told & (nth == place) & (clear | (place == 0)))
        found[place, reasons.pair[cells]] = cells
    return found


def _doubts(reasons: ToldReasons) -> Int:
    """say.doubts() of each reason [c]."""
    count, known = reasons.known_praise()
    people = reasons.people[reasons.pair]
    usual = (np.where(people > 0, people, part) for part in UNKNOWN)
    praise, mention = (np.where(known, part, other) for part, other in zip((count, reasons.mention), usual, strict=True))
    aside = (mention < 2) | (10 * mention < people)
    found: Int = np.where(reasons.are(WORD), VAGUE * (_vague(reasons) | aside) + (3 * praise < 2 * mention), 0)
    return found


def _vague(reasons: ToldReasons) -> Bool:
    """Whether the name of each reason [c] that is a word says nothing, beside the title of the item."""
    pairs, words = reasons.pairs, np.flatnonzero(reasons.are(WORD))
    same: dict[str, int] = {}
    titles = np.array([same.setdefault(title or "", len(same)) for title in pairs.front_titles], np.int64)
    features, texts = pairs.wording.checker.data.features, list(same)
    wanted = reasons.feature[words] * len(same) + titles[pairs.titled[reasons.pair[words]]]
    keys, of = np.unique(wanted, return_inverse=True)
    asked = zip(*(part.tolist() for part in np.divmod(keys, len(same))), strict=True)
    found = np.zeros(len(reasons.pair), dtype=bool)
    found[words] = np.array([is_vague(features[feature], texts[title]) for feature, title in asked], dtype=bool)[of]
    return found
