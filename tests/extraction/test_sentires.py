"""Agreement with Sentires on Musical Instruments: cells, vocabulary, sides. The figures are in docs/extraction.md."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from pyexplain.extraction.extract import Extractor
from pyexplain.extraction.learn import learn_lexicon
from pyexplain.extraction.lexicon import ExtractOptions
from pyexplain.preparation.open import ReviewSource

from ..readers import made
from ..shared import SHARED, needs

pytestmark = [needs("paper_musical_instruments"), needs("reviews")]
CSV = SHARED / "paper_musical_instruments" / "csv"


def table(name: str) -> pd.DataFrame:
    return pd.read_csv(CSV / f"{name}.csv.gz")


@cache
def instruments() -> ReviewSource:
    return made.source(SHARED / "reviews" / "amazon2014_reviews_Musical_Instruments_5.json.gz")


@cache
def cells() -> tuple[dict[tuple[int, str], float], dict[tuple[int, str], float]]:
    """(user, feature) -> mean sentiment: ours and the authors', over the pairs that they kept (rating >= 4, with a mention)."""
    names = table("features")["feature"].tolist()
    lexicon = learn_lexicon(instruments().chunks(), ExtractOptions(features=dict.fromkeys(names, ())))
    extractor, texts = Extractor(lexicon), made.frame(instruments())["text"]
    kept = table("reviews_join")
    said = [
        (user, feature, side)
        for user, line in zip(kept["user_idx"], kept["raw_line"], strict=True)
        for feature, _, side, _ in extractor.mentions_of(texts[line])
    ]
    ours = pd.DataFrame(said, columns=["user", "feature", "side"]).groupby(["user", "feature"])["side"].mean()
    theirs = table("user_features").merge(table("user_feature_sentiment"), on=["user_idx", "feature_idx"], how="left")
    keys = zip(theirs["user_idx"], (names[k] for k in theirs["feature_idx"]), strict=True)
    return dict(ours.items()), dict(zip(keys, theirs["sentiment"].fillna(0.0), strict=True))


def test_user_feature_cells_with_the_authors_vocabulary() -> None:
    ours, theirs = cells()
    common = len(ours.keys() & theirs.keys())
    assert len(theirs) == 4_120
    assert 2 * common / (len(ours) + len(theirs)) >= 0.55


def test_sides_of_the_common_cells() -> None:
    ours, theirs = cells()
    both = [(np.sign(ours[key]), np.sign(theirs[key])) for key in ours.keys() & theirs.keys() if theirs[key]]
    assert len(both) > 1_000
    assert np.mean([a == b for a, b in both]) >= 0.85


def test_the_authors_frequent_features_are_learned() -> None:
    counts = table("user_features").groupby("feature_idx")["count"].sum().sort_values(ascending=False, kind="stable")
    names = table("features")["feature"]
    lexicon = learn_lexicon(instruments().chunks())
    ours = {form for feature in lexicon.features[:300] for form in feature.forms}
    assert sum(names[k] in ours for k in counts.index[:100]) >= 70
