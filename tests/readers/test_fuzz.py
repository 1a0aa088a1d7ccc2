"""Any file, however broken, at any family of readers gives a result or an error that explains itself, in bounded memory.

PYEXPLAIN_FUZZ_SECONDS=300 runs each family for so long; `-s` prints what was thrown.
"""

from __future__ import annotations

import json
import os
import random as randoms
import resource
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyexplain.data.build import assign_parts
from pyexplain.data.restricted import load_plain
from pyexplain.errors import PyexplainError
from pyexplain.extraction.lexicon import ExtractOptions
from pyexplain.preparation.open import find_reader, open_reviews
from pyexplain.preparation.prepare import import_data
from pyexplain.preparation.settings import PrepareOptions
from pyexplain.readers import Reader, ReadLog, ReadOptions

from . import families, made
from .families import Random, as_json, as_literals, as_parquet, as_snap, as_table, damaged, reviews, spoiled, with_mentions

OLD = ("reviewerID", "asin", "overall", "reviewText", "unixReviewTime")
NEW = ("user_id", "parent_asin", "rating", "text", "timestamp")
NAMED = ("user_id", "business_id", "stars", "text", "date")
PLAIN = ("user", "item", "rating", "text", "time")
RECBOLE = ("user_id:token", "item_id:token", "rating:float", "review:token_seq", "timestamp:float")
SECONDS = float(os.environ.get("PYEXPLAIN_FUZZ_SECONDS", 0))
ROUNDS = [15, pytest.param(30, marks=pytest.mark.long)]  # files of each family
MOST_GROWTH = 400 << 10  # kilobytes by which memory may grow while files of a few hundred kilobytes are thrown


def single(name: str, make: Callable[[Random], bytes]) -> Callable[[Random, Path], Path]:
    """A family of one file."""

    def write(random: Random, folder: Path) -> Path:
        path = folder / name
        path.write_bytes(damaged(make(random), random))
        return path

    return write


def written(names: tuple[str, ...], how: Callable[[list[families.Record], Random], bytes]) -> Callable[[Random], bytes]:
    return lambda random: how(spoiled(reviews(random, names), random), random)


def cornac(random: Random, folder: Path) -> Path:
    (folder / "sentiment.txt").write_bytes(damaged(families.lines_of("cornac")(random), random))
    rows = [
        f"{r['user']},{r['item']},{r['rating']},{r['time']}"
        for r in spoiled(reviews(random, PLAIN), random)
        if r.keys() == set(PLAIN)
    ]
    (folder / "rating.txt").write_bytes(damaged("\n".join(rows).encode("utf-8", "replace"), random))
    return random.choice((folder, folder / "sentiment.txt"))


def mention_tables(random: Random, folder: Path) -> Path:
    records = with_mentions(reviews(random, PLAIN), random)
    if random.random() < 0.5:
        path = folder / random.choice(("a.csv", "a.parquet"))
        how = as_parquet if path.suffix == ".parquet" else as_table
        path.write_bytes(damaged(how(spoiled(records, random), random), random))
        return path
    numbered = [{"review_id": k, **{name: r[name] for name in ("user", "item", "rating", "time")}} for k, r in enumerate(records)]
    said = [{"review_id": k, **{n: r[n] for n in ("feature", "opinion", "sentiment")}} for k, r in enumerate(records)]
    for name, table in (("interactions", numbered), ("mentions", said)):
        (folder / f"{name}.csv").write_bytes(damaged(as_table(spoiled(table, random), random, ","), random))
    return folder


def recbole_mentions(random: Random) -> bytes:
    records = [dict(zip(RECBOLE, record.values(), strict=True)) for record in reviews(random, PLAIN)]
    for number, record in enumerate(records):
        feature, opinion, side = families.SAID[number % 4]
        record |= {"feature:token_seq": feature, "opinion:token_seq": opinion, "sentiment:float_seq": side}
    return as_table(spoiled(records, random), random, "\t")


def peter(random: Random, folder: Path) -> Path:
    (folder / "reviews.pickle").write_bytes(seldom(families.guide(random), random))
    (folder / "1").mkdir(exist_ok=True)
    for part, numbers in (("train", range(30)), ("validation", range(30, 36)), ("test", range(36, 48))):
        (folder / "1" / f"{part}.index").write_bytes(seldom(" ".join(map(str, numbers)).encode(), random))
    return random.choice((folder, folder / "reviews.pickle"))


def sentires(random: Random, folder: Path) -> Path:
    said = (
        "f\t\tscreen\no\t\t\tgreat\t1\nc\t\t\t\tThe screen is great (9)\nf\t\tcase\no\t\t\tbad\t1\nc\t\t\t\tThe case is bad (9)\n"
    )
    profile = "".join(f"e\t{k}\ti{k}\t2\n{said}" for k in range(7))
    (folder / "x.lexicon").write_bytes(seldom(b"[1]\tscreen|great\t1\t0\n[-1]\tcase|bad\t1\t0\n", random))
    (folder / "x.profile").write_bytes(seldom(profile.encode(), random))
    records = spoiled(reviews(random, PLAIN), random)
    (folder / "reviews.jsonl").write_bytes(seldom("\n".join(map(json.dumps, map(plain, records))).encode(), random))
    return folder


def plain(record: families.Record) -> families.Record:
    """What JSON can hold of a record."""
    return {key: value for key, value in record.items() if not isinstance(value, bytes)}


def seldom(data: bytes, random: Random) -> bytes:
    """Damaged where several files must all be sound to get anywhere."""
    return damaged(data, random) if random.random() < 0.3 else data


def entries(random: Random, folder: Path) -> Path:
    for kind in ("user", "item", "feature"):
        names = "\n".join(f"{k}={kind}{k}" for k in range(8))
        (folder / f"a.{kind}map").write_bytes(seldom(names.encode(), random))
    shape = random.choice(("mter", "fact", "cer"))
    return single("a.entry", families.lines_of(shape))(random, folder)


def paper(random: Random, folder: Path) -> Path:
    for name, content in families.paper(random).items():
        (folder / name).write_bytes(content)
    return folder


FAMILIES: dict[str, tuple[tuple[str, ...], Callable[[Random, Path], Path]]] = {
    "Amazon": (("amazon", "amazon-2023"), single("a.json", lambda r: written(r.choice((OLD, NEW)), as_json)(r))),
    "JSON": (("json",), single("a.json", written(NAMED, as_json))),
    "Python literals": (("json",), single("a.json", written(NAMED, as_literals))),
    "CSV": (("csv",), single("a.csv", written(NAMED, as_table))),
    "Parquet": (("parquet",), single("a.parquet", written(NAMED, as_parquet))),
    "RecBole": (("recbole",), single("a.inter", written(RECBOLE, lambda records, r: as_table(records, r, "\t")))),
    "SNAP": (("snap",), single("a.txt", written(PLAIN, as_snap))),
    "RecBole with mentions": (("recbole-mentions",), single("a.inter", recbole_mentions)),
    "Cornac": (("cornac",), cornac),
    "entries": (("mter", "fact", "cer"), entries),
    "mention tables": (("mentions-csv",), mention_tables),
    "Sentires guide": (("sentires-guide",), peter),
    "Sentires": (("sentires",), sentires),
    "paper's pickles": (("paper-pickles",), paper),
}


def options_of(random: Random, formats: tuple[str, ...]) -> ReadOptions:
    """Whatever a person may say of these formats."""
    return ReadOptions(
        skip_bad=random.random() < 0.7,
        max_bad=random.choice((0.01, 0.5, 1.0)),
        find_scale=random.random() < 0.7,
        without_rating=random.choice(("error", "drop", "liked")),
        date_format=random.choice(("", "", "%d/%m/%Y", "%Q%")),
        columns=random.choice(({}, {}, {}, {}, {"user": "user_id"}, {"time": "-"}, {"rating": "a.b.c"})),
        fold=random.choice(("", "1")) if "sentires-guide" in formats else "",
        chunk=random.choice((1, 3, 8192)),
        now=made.NOW,
    )


def throw(path: Path, formats: tuple[str, ...], random: Random) -> str:
    """Look for the format, read in it, and go on to a data set; what came of it."""
    options, format = options_of(random, formats), random.choice(("auto", *formats))
    if "paper-pickles" not in formats and made.readers()[formats[0]].kind == "reviews":
        return explained(lambda: whole_reading(path, format, options))
    told = PrepareOptions("fuzz", format=format, read=options, extract=ExtractOptions())
    return explained(lambda: import_data(path, told, made.registry()))


def whole_reading(path: Path, format: str, options: ReadOptions) -> None:
    source = open_reviews([path], made.registry(), format, options)
    kept = source.interactions()
    assert source.report.kept == len(kept) <= source.report.read
    assert kept["rating"].between(source.options.min_rating, source.options.max_rating).all()
    assert not (kept["user"].str.strip() == "").any()
    assign_parts(kept, "random", 0, source.options.scale.liked)
    assert sum(len(chunk) for chunk in source.chunks()) >= len(kept)


def explained(attempt: Callable[[], object]) -> str:
    """Run it; an error of ours must say what is wrong and what to do or where."""
    try:
        attempt()
    except PyexplainError as error:
        said = error
    else:
        return "read"
    assert said.what, "an error that says nothing"
    assert said.where or said.hint, f"neither where nor what to do: {said.what}"
    assert len(str(said)) < 20_000, "a message that nobody reads"
    return "refused"


@pytest.mark.parametrize("rounds", ROUNDS)
@pytest.mark.parametrize("family", FAMILIES)
def test_broken_files_of_each_family(tmp_path: Path, family: str, rounds: int) -> None:
    formats, make = FAMILIES[family]
    stop, seed = time.monotonic() + SECONDS, 0
    outcomes: Counter[str] = Counter()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    while seed < rounds or time.monotonic() < stop:
        random = randoms.Random(f"{family} {seed}")
        folder = tmp_path / str(seed % 50)
        folder.mkdir(exist_ok=True)
        try:
            outcomes[throw(make(random, folder), formats, random)] += 1
        except Exception as error:
            raise AssertionError(f"family {family}, seed {seed}, files in {folder}") from error
        seed += 1
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < MOST_GROWTH
    assert outcomes["read"], "files that are only refused reach nothing"
    print(f"{family}: {seed:,} files, {outcomes['read']:,} read, {outcomes['refused']:,} refused, {grown // 1024} MB more memory")


def read(reader: Reader, path: Path, options: ReadOptions) -> None:
    log = ReadLog(options.skip_bad)
    log.start(str(path))

    def attempt() -> None:
        if reader.kind == "reviews":
            kept = sum(len(chunk) for chunk in reader.read(path, options, log))
        else:
            kept = len(reader.read_mentions(path, options, log))
        log.finish()
        assert kept == log.kept <= log.read

    explained(attempt)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(data=st.binary(max_size=200) | st.text(max_size=60).map(lambda text: json.dumps({"user": text}).encode()))
def test_any_bytes_at_every_reader(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "data"
    path.write_bytes(data)
    for cls in made.readers().values():
        if cls.kind in ("reviews", "mentions"):
            for skip_bad in (False, True):
                read(cls(), path, ReadOptions(skip_bad=skip_bad, now=made.NOW, chunk=3))
    for attempt in (lambda: find_reader(path, made.registry()), lambda: load_plain(path)):
        explained(attempt)
