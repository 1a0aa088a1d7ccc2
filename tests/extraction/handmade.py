"""The hand-made sentences, the vocabulary that they are about, and the little corpus that teaches the sides of "high", "low", "long"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pyexplain.data.types import Reviews
from pyexplain.extraction.learn import learn_lexicon
from pyexplain.extraction.lexicon import ExtractOptions, Lexicon

FEATURES = """sound, sound quality, battery, battery life, screen, price, strap, strings, tuner, pedal, cable, volume, bass, treble, tone, color,
size, weight, fit, smell, scent, texture, bottle, packaging, shipping, customer service, service, buttons, knobs, display, build quality,
quality, design, camera, speaker, noise, picks, stand, legs, zipper, handle, lid, pump, lyrics, vocals, album, songs, production, drums,
melody, software, app, instructions, setup, keyboard, keys, mic, finish, grip, sole, heel, leather, stitching, cord, adapter, delivery,
value, material, fabric, case, sustain"""
# (sentence, stars): what words mean beside each other, as a corpus would tell.
TEACHING = [
    ("The quality is high.", 5), ("Really high quality.", 5), ("High noise.", 1), ("The noise is high.", 2), ("A high price.", 1),
    ("The price is high.", 2), ("The price is low.", 5), ("Low noise.", 5), ("Low price.", 5), ("The noise is low.", 5),
    ("The quality is low.", 1), ("Low quality.", 1), ("Long battery life.", 5), ("The battery life is long.", 5),
    ("The delivery was long.", 1), ("A long delivery.", 2), ("A long cable.", 5), ("The cable is long.", 5), ("A light case.", 5),
    ("The case is light.", 5), ("The legs are light.", 5), ("Light legs.", 5), ("The volume is low.", 1), ("Small keys.", 1),
    ("The keys are small.", 2), ("The drums are loud.", 4), ("The smell is strong.", 3), ("Great sound.", 5), ("Terrible lid.", 1),
    ("The bottle is broken.", 1), ("A lovely scent.", 5), ("The app is awful.", 1), ("The finish is excellent.", 5),
]  # fmt: skip


@dataclass(frozen=True)
class Sentence:
    """wanted: triples (feature, opinion words of which one is to be found, side)."""

    phenomenon: str
    text: str
    wanted: tuple[tuple[str, frozenset[str], float], ...]


def handmade() -> Iterator[Sentence]:
    """All sentences of handmade.tsv."""
    for line in Path(__file__).with_name("handmade.tsv").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            phenomenon, text, triples = line.split("\t")
            yield Sentence(phenomenon, text, tuple(_triple(part) for part in triples.split("; ") if part != "-"))


def _triple(part: str) -> tuple[str, frozenset[str], float]:
    feature, opinion, side = part.split("/")
    return feature, frozenset(opinion.split("|")), 1.0 if side == "+" else -1.0


def taught() -> Lexicon:
    """The vocabulary above, with sides learned from the teaching corpus (each sentence in eight reviews)."""
    rows = [(f"u{n}-{k}", f"i{n}", float(stars), text, n) for n, (text, stars) in enumerate(TEACHING) for k in range(8)]
    frame = pd.DataFrame(rows, columns=["user", "item", "rating", "text", "time"])
    names = {name.strip(): () for name in FEATURES.split(",")}
    return learn_lexicon([Reviews(frame)], ExtractOptions(features=names, min_count=1, min_pair=1))
