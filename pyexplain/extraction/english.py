"""English: the word classes of english.json, and the opinion words of vaderSentiment (MIT; Hutto and Gilbert, ICWSM 2014)."""

from __future__ import annotations

import importlib.resources
import json
from functools import cache

from .language import Language

CLEAR = 0.7  # valence of words about products that a general lexicon lacks: as clear as its "good"
DOUBTFUL = 0.3  # of words that are mostly bad, but that the stars may overrule ("a cheap price")
VADER_SCALE = 3.0  # its -4..4 to ours; only curses and raptures go beyond 3
# Intensifiers before an adjective, opinions elsewhere.
KEPT = frozenset(
    ["pretty", "little", "crazy", "super", "perfectly", "wonderfully", "fantastically", "terribly", "awfully", "decently"]
)


@cache
def english() -> Language:
    """The default language."""
    text = importlib.resources.files("pyexplain.extraction").joinpath("english.json").read_text(encoding="utf-8")
    parts: dict[str, list[str]] = json.loads(text)
    opinions = _general()
    for part, valence in (("good", CLEAR), ("bad", -CLEAR), ("doubtful", -DOUBTFUL), ("either", 0.0)):
        opinions.update(dict.fromkeys(parts.pop(part), valence))
    function = {word for part in ("negators", "intensifiers", "excess", "conjunctions", "pronouns") for word in parts[part]}
    excluded = (function - KEPT) | set(parts.pop("no_opinions"))
    kept = {word: valence for word, valence in sorted(opinions.items()) if word not in excluded}
    return Language.from_json({"name": "english", "opinions": kept, **parts}, "english.json")


def _general() -> dict[str, float]:
    """vaderSentiment's single words."""
    lexicon = importlib.resources.files("vaderSentiment").joinpath("vader_lexicon.txt").read_text(encoding="utf-8")
    opinions: dict[str, float] = {}
    for line in lexicon.splitlines():
        word, _, rest = line.partition("\t")
        if word.isalpha() and word.isascii() and len(word) > 2:
            opinions[word] = max(-1.0, min(1.0, float(rest.split("\t")[0]) / VADER_SCALE))
    return opinions
