"""What is done for speed changes nothing: each short cut against the plain way."""

from __future__ import annotations

import dataclasses

import pandas as pd
from hypothesis import example, given
from hypothesis import strategies as st

from pyexplain.data.types import Reviews
from pyexplain.extraction import tokens as marks
from pyexplain.extraction.corpus import Corpus
from pyexplain.extraction.evidence import gather
from pyexplain.extraction.extract import Extractor
from pyexplain.extraction.lexicon import Lexicon
from pyexplain.extraction.matcher import Matcher
from pyexplain.extraction.turns import Turn

from .handmade import handmade, taught

LETTERS = "abAB1_ ,.!?'-:()/[]–é\"&\n\t\x0b\x1c\x00*$~ß"
SENTENCES = [sentence.text for sentence in handmade()]


def closed() -> Lexicon:
    """Only the pairs of the teaching corpus count."""
    return dataclasses.replace(taught(), closed=True)


@given(st.text(alphabet=LETTERS, max_size=30) | st.text(max_size=30))
@example("The sound, the strings - don't (ever) buy 'em")
def test_plain_sentences_are_split_as_the_expression_does(text: str) -> None:
    assert marks.tokens(text) == marks._TOKEN.findall(text.lower().translate(marks._NARROW))


def test_opinions_without_a_partner_are_passed_over_without_loss() -> None:
    quick, plain = Extractor(closed()), Extractor(closed())
    plain.matcher.partners = None
    found = [quick.mentions_of(text) for text in SENTENCES]
    assert found == [plain.mentions_of(text) for text in SENTENCES]
    assert sum(map(len, found)) >= 20


def test_blocks_of_reviews_give_the_evidence_that_sentences_give() -> None:
    texts = [" ".join(SENTENCES[k : k + 3]) for k in range(0, len(SENTENCES), 3)] + [""]
    rows = [(f"u{n}", "i", float(1 + n % 5), text, n) for n, text in enumerate(texts)]
    corpus = Corpus(1000)
    corpus.add([Reviews(pd.DataFrame(rows, columns=["user", "item", "rating", "text", "time"]))])
    matcher = Matcher(dataclasses.replace(taught(), correct_spelling=False))
    names = [feature.name for feature in matcher.lexicon.features]
    support: dict[str, set[int]] = {}
    uses: dict[tuple[str, str], dict[int, int]] = {}
    for review, text in enumerate(texts):
        for sentence in marks.sentences(marks.clean(text)):
            for judged in matcher.judgements(marks.tokens(sentence)) if "?" not in sentence else ():
                if judged.turn in (Turn.SAME, Turn.TURNED):
                    support.setdefault(names[judged.feature], set()).add(review)
                    uses.setdefault((names[judged.feature], judged.opinion), {}).setdefault(
                        review, (1 + review % 5) * int(judged.turn)
                    )
    evidence = gather(corpus, matcher)
    assert evidence.support == {name: len(reviews) for name, reviews in support.items()}
    assert evidence.uses == {pair: list(seen.values()) for pair, seen in uses.items()}
    assert len(evidence.uses) >= 50
