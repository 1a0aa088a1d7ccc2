"""Extraction against Sentires on Musical Instruments, and against the planted truth of the built-in reviews.

    python -m benchmarks.extraction --reviews reviews_Musical_Instruments_5.json.gz --folder AUTHORS_FOLDER [--show 50]
        [--min-pair N]

The authors' folder holds what Sentires found for each user; the reviews are those of the pairs in it. Cells are (user, feature).
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

import pyexplain as px
from pyexplain.data.demo import read_truth, write_demo
from pyexplain.data.types import Dataset, Reviews
from pyexplain.extraction.extract import Extractor
from pyexplain.extraction.learn import learn_lexicon
from pyexplain.extraction.lexicon import ExtractOptions
from pyexplain.preparation.prepare import prepare
from pyexplain.preparation.settings import PrepareOptions
from pyexplain.readers.base import ReadOptions
from pyexplain.readers.read_log import ReadLog
from pyexplain.registry import load_registry

Cells = dict[tuple[str, str], float]


@dataclass(frozen=True)
class Agreement:
    """Of our cells with theirs: precision, recall, F1, and the share of common cells with the same side."""

    ours: int
    theirs: int
    common: int
    same_side: float

    def __str__(self) -> str:
        precision, recall = self.common / max(1, self.ours), self.common / max(1, self.theirs)
        f1 = 2 * precision * recall / max(1e-9, precision + recall)
        return (
            f"{self.ours:,} cells, theirs {self.theirs:,}, common {self.common:,}: precision {precision:.3f}, recall {recall:.3f}, "
            f"F1 {f1:.3f}; the same side in {self.same_side:.3f} of the common ones"
        )


def agreement(ours: Cells, theirs: Cells) -> Agreement:
    """Cells that both have, and whether the sides are the same."""
    common = ours.keys() & theirs.keys()
    same = [np.sign(ours[cell]) == np.sign(theirs[cell]) for cell in common if ours[cell] and theirs[cell]]
    return Agreement(len(ours), len(theirs), len(common), float(np.mean(same)) if same else float("nan"))


def published(folder: Path) -> tuple[Dataset, Cells]:
    """The authors' data set, and what Sentires found: (user, feature) -> side."""
    data = px.data.import_paper_folder(folder, "instrument")
    table = data.heldout
    sides = {(data.users[u], data.features[f]): s for u, f, s in table[["user", "feature", "sentiment"]].itertuples(index=False)}
    return data, sides


def raw(path: Path, data: Dataset) -> Reviews:
    """The reviews of the pairs in the authors' folder."""
    reader = load_registry().get("reader", "amazon")()
    frame = pd.concat([chunk.frame for chunk in reader.read(path, ReadOptions(), ReadLog(False))])
    pairs = np.concatenate([data.train, data.valid, data.test])
    wanted = {(data.users[u], data.items[i]) for u, i in pairs.tolist()}
    kept = [pair in wanted for pair in zip(frame["user"], frame["item"], strict=True)]
    return Reviews(frame[kept].reset_index(drop=True))


def cells(mentions: pd.DataFrame) -> Cells:
    """(user, feature) -> mean sentiment."""
    means = mentions.groupby(["user", "feature"], as_index=False)["sentiment"].mean()
    rows = zip(means["user"], means["feature"], means["sentiment"], strict=True)
    return {(str(user), str(feature)): float(value) for user, feature, value in rows}


def plain(reviews: Reviews, names: list[str], opinions: set[str]) -> Cells:
    """The two-line rule: a feature counts where an opinion word stands next to it."""
    found: Cells = {}
    singles = {name for name in names if " " not in name}
    for user, text in zip(reviews.frame["user"], reviews.frame["text"], strict=True):
        words = text.lower().replace(".", " ").replace(",", " ").split()
        for k, word in enumerate(words):
            if word in singles and ({*words[max(0, k - 1) : k + 2]} & opinions):
                found[user, word] = 1.0
    return found


def planted() -> str:
    """Mentions of the built-in reviews."""
    with tempfile.TemporaryDirectory() as scratch:
        path = write_demo(Path(scratch))
        data, truth = prepare([path], PrepareOptions("demo"), load_registry()), read_truth(Path(scratch))
    rows = data.evidence[["user", "item", "feature", "sentiment"]].itertuples(index=False)
    reviewed = {(data.users[u], data.items[i]) for u, i in data.train}
    found = {(data.users[u], data.items[i], data.features[f], 1 if s > 0 else -1) for u, i, f, s in rows}
    found, wanted = ({m for m in some if m[:2] in reviewed} for some in (found, truth.mentions))
    precision, recall = len(found & wanted) / len(found), len(found & wanted) / len(wanted)
    return (
        f"precision {precision:.3f}, recall {recall:.3f}, F1 {2 * precision * recall / (precision + recall):.3f} of {len(wanted):,}"
    )


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reviews", type=Path)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--show", type=int, default=0, help="so many disagreements, drawn by a seed, with the texts")
    parser.add_argument("--min-pair", type=int, help="as of `data prepare`, with their features given")
    given = parser.parse_args()
    print(f"planted mentions of the built-in reviews: {planted()}")
    if not given.reviews or not given.folder:
        return
    data, theirs = published(given.folder)
    reviews = raw(given.reviews, data)
    print(f"{len(reviews):,} reviews of {len(data.train) + len(data.valid) + len(data.test):,} published pairs")
    names = list(data.features.names)
    told = learn_lexicon([reviews], ExtractOptions(features=dict.fromkeys(names, ()), min_count=1, min_pair=given.min_pair))
    began = time.process_time()
    mentions = Extractor(told).mentions(reviews).frame
    taken = time.process_time() - began
    print(f"their {len(names)} features given: {agreement(cells(mentions), theirs)}")
    print(f"matching: {len(reviews) / taken:,.0f} reviews a second on one core")
    print(f"a rule, an opinion word next to a feature: {agreement(plain(reviews, names, set(told.opinions)), theirs)}")
    learned = learn_lexicon([reviews], ExtractOptions(max_features=300))
    first = [name for name, _ in Counter(feature for _, feature in theirs).most_common(100)]
    own = {feature.name for feature in learned.features[:300]} | {
        form for feature in learned.features[:300] for form in feature.forms
    }
    both = [name for name in first if name in own]
    print(f"features learned: {len(both)} of their 100 most frequent are among our {len(learned.features[:300])} most frequent")
    print(f"  not among ours: {', '.join(name for name in first if name not in own)}")
    if given.show:
        disagreements(cells(mentions), theirs, reviews, given.show)


def disagreements(ours: Cells, theirs: Cells, reviews: Reviews, count: int) -> None:
    """Cells that one side alone has, with the sentences that hold the feature's words."""
    rng = np.random.default_rng(0)
    odd = sorted(ours.keys() ^ theirs.keys())
    texts = reviews.frame.groupby("user")["text"].apply(" ".join).to_dict()
    for at in rng.permutation(len(odd))[:count]:
        user, feature = odd[at]
        who = "ours alone" if (user, feature) in ours else "theirs alone"
        said = [s.strip() for s in texts.get(user, "").replace("!", ".").split(".") if feature.split()[-1] in s.lower()]
        print(f"[{who}] {feature}: {' / '.join(said)[:300]}")


if __name__ == "__main__":
    main()
