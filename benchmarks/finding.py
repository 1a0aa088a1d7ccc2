"""Four ways to find the words of a vocabulary in review texts: the first half of the extraction's hot loop.

    python -m benchmarks.finding --reviews reviews_Musical_Instruments_5.json.gz

Which sentences hold a feature and an opinion word? Words of the vocabulary stand alone, in any case; all four must agree, up to
what tokens know better (apostrophes, misspellings). A multi-pattern library is measured where it is installed.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from pyexplain.data.types import Reviews
from pyexplain.extraction.learn import learn_lexicon
from pyexplain.extraction.lexicon import ExtractOptions, Lexicon
from pyexplain.extraction.roles import FEATURE, OPINION, Roles
from pyexplain.extraction.tokens import clean, sentences, tokens
from pyexplain.readers.base import ReadOptions
from pyexplain.readers.read_log import ReadLog
from pyexplain.registry import load_registry

Way = Callable[[list[str]], int]  # sentences -> how many hold both


def by_tokens(lexicon: Lexicon) -> Way:
    """Ours: a sentence to tokens, tokens to roles by a dictionary. What comes after needs the tokens in any case."""
    roles = Roles(lexicon)

    def count(texts: list[str]) -> int:
        found = 0
        for text in texts:
            present = 0
            for role in map(roles.__getitem__, tokens(text)):
                present |= role
            found += bool(present & FEATURE and present & OPINION)
        return found

    return count


def _words(lexicon: Lexicon) -> tuple[set[str], set[str]]:
    return {form.split()[0] for feature in lexicon.features for form in feature.forms}, set(lexicon.opinions)


def by_sets(lexicon: Lexicon) -> Way:
    """Plain: an expression for words, and two sets."""
    features, opinions = _words(lexicon)
    word = re.compile(r"\w+(?:'\w+)?")

    def count(texts: list[str]) -> int:
        found = 0
        for text in texts:
            words = word.findall(text.lower())
            found += any(w in features for w in words) and any(w in opinions for w in words)
        return found

    return count


def by_expression(lexicon: Lexicon) -> Way:
    """Plain: one expression with all words of either kind as alternatives."""
    both = [re.compile(r"\b(?:" + "|".join(map(re.escape, sorted(part))) + r")\b") for part in _words(lexicon)]

    def count(texts: list[str]) -> int:
        lower = [text.lower() for text in texts]
        return sum(all(one.search(text) for one in both) for text in lower)

    return count


def by_automaton(lexicon: Lexicon) -> Way | None:
    """A library: pyahocorasick finds all words in one pass, in C; whether they stand alone is asked of each."""
    try:
        import ahocorasick
    except ImportError:
        return None
    automaton = ahocorasick.Automaton()
    for bit, part in zip((1, 2), _words(lexicon), strict=True):
        for word in part:
            automaton.add_word(word, (bit | (automaton.get(word)[0] if word in automaton else 0), len(word)))
    automaton.make_automaton()

    def count(texts: list[str]) -> int:
        found = 0
        for text in texts:
            lower, present = f" {text.lower()} ", 0
            for end, (bit, length) in automaton.iter(lower):
                if not (lower[end + 1].isalnum() or lower[end - length].isalnum()):
                    present |= bit
            found += present == 3
        return found

    return count


def main() -> None:
    """Measure the ways in turn, print medians and how many sentences each finds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.finding", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--reviews", type=Path, required=True)
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args()
    chunks = load_registry().get("reader", "amazon")().read(given.reviews, ReadOptions(), ReadLog(False))
    frame = pd.concat([chunk.frame for chunk in chunks]).reset_index(drop=True)
    lexicon = learn_lexicon([Reviews(frame)], ExtractOptions())
    texts = [sentence for text in frame["text"].tolist() for sentence in sentences(clean(text))]
    made = {way.__name__: way(lexicon) for way in (by_tokens, by_sets, by_expression, by_automaton)}
    ways = {name: way for name, way in made.items() if way is not None}
    taken: dict[str, list[float]] = {name: [] for name in ways}
    found: dict[str, int] = {}
    for _ in range(given.repeats):
        for name, way in ways.items():
            start = time.process_time()
            found[name] = way(texts)
            taken[name].append(time.process_time() - start)
    median = {name: sorted(times)[len(times) // 2] for name, times in taken.items()}
    print(f"{len(frame):,} reviews, {len(texts):,} sentences, medians of {given.repeats} in turn")
    for name in ways:
        ratio = median["by_tokens"] / median[name]
        print(f"{name:14} {len(frame) / median[name]:10,.0f} reviews a second  {ratio:5.2f} times ours  {found[name]:,} sentences")


if __name__ == "__main__":
    main()
