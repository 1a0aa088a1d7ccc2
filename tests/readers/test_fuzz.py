"""Any bytes at any reader give a result or an error that explains itself. PYEXPLAIN_FUZZ_SECONDS=600 runs it for longer."""

from __future__ import annotations

import gzip
import json
import os
import pickle
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyexplain.data.restricted import load_plain
from pyexplain.errors import PyexplainError
from pyexplain.readers import Reader, ReadOptions, Tally
from pyexplain.readers.open import find_reader

from . import made

NEW = {"user_id": "u", "parent_asin": "i", "rating": 4, "text": "Nice.", "timestamp": 1_600_000_000_000}
GUIDE = [{"user": "u", "item": "i", "rating": 5, "text": "Big screen.", "sentence": [("screen", "big", "Big screen", 1)]}]
LINES = {
    "amazon": json.dumps(made.GOOD), "amazon-2023": json.dumps(NEW), "csv": 'user_id,item_id,rating,text,timestamp\nu,i,5,"a\nb",9',
    "recbole": "user_id:token\titem_id:token\trating:float\nu\ti\t4", "cornac": "u,i,screen:big:1,lens:dim:-1",
    "recbole-mentions": "user_id:token\titem_id:token\trating:float\tfeature:token_seq\tsentiment:float_seq\nu\ti\t4\ta b\t1 -1",
    "mter": "0,1,5.0,3:1 4:-1", "fact": "0,1,5,3 1 4 -1", "cer": "u@i@|screen|big|+1:Big.||lens|dim|-1:Dim.",
    "mentions-csv": "user_id,item_id,rating,feature,sentiment\nu,i,5,screen,1", "sentires-guide": json.dumps(GUIDE[0]),
}  # fmt: skip
GRAMMAR = b'{}[]",:;|@\t\n\r \0\xff\xc3\x80.+-0159eE\\u\x1f\x8bPAR1inf nan null true -1 5 1e999 "" \xef\xbb\xbf'


def seeds() -> list[bytes]:
    """Sound files of every format, so that changes to them reach deep."""
    texts = [(text + "\n").encode() * 2 for text in LINES.values()]
    return [*texts, *map(gzip.compress, texts), pickle.dumps(GUIDE), pickle.dumps(GUIDE, 0)]


def changed(seed: bytes, random: random.Random) -> bytes:
    """The seed with a few pieces cut, doubled, replaced or put in."""
    data = bytearray(seed)
    for _ in range(random.randint(1, 8)):
        at = random.randint(0, len(data))
        length = random.choice((0, 1, 1, 2, 8, 64))
        piece = bytes(random.choice(GRAMMAR) for _ in range(random.choice((0, 1, 1, 3))))
        data[at : at + length] = random.choice((piece, bytes([random.randint(0, 255)]), bytes(data[at : at + 20]) * 2))
    return bytes(data)


def throw(data: bytes, folder: Path) -> None:
    """Detection, and every reader, on these bytes; anything but an explained error comes out."""
    path = folder / "data"
    path.write_bytes(data)
    for cls in made.readers().values():
        for skip_bad in (False, True):
            read(cls(), path, ReadOptions(skip_bad=skip_bad, now=made.NOW, chunk=3))
    for attempt in (lambda: find_reader(path, made.registry()), lambda: load_plain(path)):
        explained(attempt)


def read(reader: Reader, path: Path, options: ReadOptions) -> None:
    tally = Tally(options.skip_bad)
    tally.start(str(path))

    def attempt() -> None:
        if reader.kind == "reviews":
            kept = sum(len(chunk) for chunk in reader.read(path, options, tally))
        else:
            kept = len(reader.read_mentions(path, options, tally))
        tally.finish()
        assert kept == tally.kept <= tally.read

    explained(attempt)


def explained(attempt: Callable[[], object]) -> None:
    """Run it; an error of ours must say what is wrong and where."""
    try:
        attempt()
    except PyexplainError as error:
        said = (error.what, error.where)
    else:
        return
    assert all(said)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(data=st.binary(max_size=200))
def test_any_bytes(tmp_path: Path, data: bytes) -> None:
    throw(data, tmp_path)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(seed=st.sampled_from(seeds()), random=st.randoms(use_true_random=False))
def test_changed_files(tmp_path: Path, seed: bytes, random: random.Random) -> None:
    throw(changed(seed, random), tmp_path)


@pytest.mark.skipif("PYEXPLAIN_FUZZ_SECONDS" not in os.environ, reason="PYEXPLAIN_FUZZ_SECONDS is not set")
def test_changed_files_for_long(tmp_path: Path) -> None:
    stop = time.monotonic() + float(os.environ["PYEXPLAIN_FUZZ_SECONDS"])
    rounds, every = 0, seeds()
    generator = random.Random(0)
    while time.monotonic() < stop:
        data = changed(generator.choice(every), generator)
        try:
            throw(data, tmp_path)
        except Exception as error:
            raise AssertionError(f"round {rounds}: {data!r}") from error
        rounds += 1
    print(f"{rounds} files thrown at {len(made.readers())} readers")
