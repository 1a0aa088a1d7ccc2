"""Files of every family of formats, made anew from records and broken on purpose: a value, the structure, or the bytes."""

from __future__ import annotations

import csv
import gzip
import io
import json
import pickle
import random as randoms
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from pyexplain.data.paper import FILES

Record = dict[str, Any]
Random = randoms.Random
HOSTILE: tuple[Any, ...] = (
    None, True, False, 0, -1, 2**31, 2**63, 10**400, -(2**63) - 1, 0.0, -0.0, 1.5, 1e308, float("inf"), float("nan"), 1e17,
    [], {}, [[]], [None], {"a": {"b": []}}, ["a", "b"], b"bytes", (1, 2),
    "", " ", "\t", "\n", "\r", "\0", '"', '""', "'", ",", ";", "|", "||", "@", ":", "\\", "\\N", "-", "=1+1", "1,5", "4,,",
    "nan", "NaN", "null", "None", "True", "1e999", "１２", "\ufeff", "\ud800", "\u202e", "a" * 5000, "ü" * 300,
    "14/05/2014", "Wed May 14 16:53:20 -0700 2014", "99999999999999999999", "2014-05-14", "train", "valid", "nowhere", "1_0",
)  # fmt: skip
GRAMMAR = (
    b"{", b"}", b"[", b"]", b'"', b"'", b",", b";", b"\t", b"\n", b"\r", b"\r\n", b":", b"|", b"||", b"@", b"\\", b"\0", b"\xff",
    b"\xc3", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xff\xfe", b"u'", b"NaN", b"null", b"1e999", b"sep=;\n", b"\n\n", b" ", b"-", b"(",
    b")", b".", b"\x80",
)  # fmt: skip


def reviews(random: Random, names: tuple[str, ...]) -> list[Record]:
    """Sound reviews: who, what, how good, what was said, when; more than enough to build on."""
    values = [(f"u{k % 8}", f"i{(3 * k + k // 8) % 7}", RATINGS[k % 6], random.choice(TEXTS), 1_400_000_000 + k) for k in range(48)]
    return [dict(zip(names, row, strict=True)) for row in values]


RATINGS = (5, 4, 1, 5, 3, 4)
TEXTS = ("The screen is great.", "The case is bad. The screen is dim.", "", 'Bought 5" nails; "fine", I said.', "Good,\nvery good.")
SAID = (("screen", "big", 1.0), ("case", "bad", -1.0), ("lens", "dim", -0.5), ("price", "fair", 1.0))


def spoiled(records: list[Record], random: Random) -> list[Record]:
    """A few values, keys or records changed."""
    for _ in range(random.choice((0, 1, 1, 2, 5))):
        at = random.randrange(len(records))
        record = records[at] = dict(records[at])
        if not record:
            continue
        key = random.choice(list(record))
        move = random.randrange(6)
        if move < 3:
            record[key] = random.choice(HOSTILE)
        elif move == 3:
            del record[key]
        elif move == 4:
            record[random.choice(("rating", "title", "split", key.upper(), "", " "))] = record.pop(key)
        else:
            records.insert(at, records[random.randrange(len(records))])
    return records


def damaged(data: bytes, random: Random) -> bytes:
    """The bytes with tokens put in, pieces cut, doubled or flipped; packed, in another encoding, or as they are."""
    for _ in range(random.choice((0, 0, 0, 1, 3))):
        at, length = random.randint(0, len(data)), random.choice((0, 0, 1, 5, 60))
        piece = random.choice((random.choice(GRAMMAR), random.randbytes(1), data[at : at + 40] * 2, b""))
        data = data[:at] + piece + data[at + length :]
    dress = random.randrange(24)
    if dress == 0:
        data = gzip.compress(data)[: random.choice((None, None, -3, 40))]
    elif dress == 1:
        data = data.decode("utf-8", "replace").encode(random.choice(("utf-16", "utf-8-sig", "utf-16-le", "cp1252")), "replace")
    elif dress == 2:
        data = data.replace(b"\n", random.choice((b"\r\n", b"\r", b"\n\n")))
    return data


def as_json(records: list[Record], random: Random) -> bytes:
    layout = random.randrange(4)
    if layout == 0:
        text = json.dumps(records, default=repr)
    elif layout == 1:
        text = json.dumps(records, default=repr, indent=1)
    else:
        text = "\n".join(json.dumps(record, default=repr) for record in records)
    return text.encode("utf-8", "surrogatepass")


def as_literals(records: list[Record], random: Random) -> bytes:
    return "\n".join(repr(record).replace("'user", "u'user") for record in records).encode("utf-8", "replace")


def as_table(records: list[Record], random: Random, delimiter: str = "") -> bytes:
    """As a writer of CSV writes it, or without any quoting."""
    delimiter = delimiter or random.choice(",,\t;|")
    names = list(dict.fromkeys(name for record in records for name in record))
    rows = [names, *[[record.get(name, "") for name in names] for record in records]]
    if random.random() < 0.3:
        return "\n".join(delimiter.join(str(cell).replace("\n", " ") for cell in row) for row in rows).encode("utf-8", "replace")
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("utf-8", "replace")


def as_parquet(records: list[Record], random: Random) -> bytes:
    records = [{key: value for key, value in record.items() if value != "\ud800"} for record in records]
    frame = pd.DataFrame(records)
    for name in frame.columns:
        values = frame[name]
        kinds = {type(value) for value in values}
        if len(kinds) > 1 or not kinds <= {str, int, float, bool}:
            frame[name] = values.map(lambda value: str(value).encode("utf-8", "replace").decode())
    buffer = io.BytesIO()
    frame.columns = [str(name) for name in frame.columns]
    try:
        frame.loc[:, ~frame.columns.duplicated()].to_parquet(buffer, index=False)
    except (ValueError, TypeError, OverflowError):  # what pandas cannot write is no file that anybody has
        return b"PAR1"
    return buffer.getvalue()


def as_snap(records: list[Record], random: Random) -> bytes:
    names = {
        "user": "review/userId",
        "item": "product/productId",
        "rating": "review/score",
        "text": "review/text",
        "time": "review/time",
    }
    blocks = ["\n".join(f"{names.get(key, f'review/{key}')}: {value}" for key, value in record.items()) for record in records]
    return "\n\n".join(blocks).encode("utf-8", "replace")


def with_mentions(records: list[Record], random: Random) -> list[Record]:
    """A mention a record."""
    out = []
    for number, record in enumerate(records):
        feature, opinion, sentiment = SAID[number % len(SAID)]
        out.append({**record, "feature": feature, "opinion": opinion, "sentiment": sentiment})
    return out


def guide(random: Random) -> bytes:
    records = reviews(random, ("user", "item", "rating", "text", "time"))
    for number, record in enumerate(records):
        feature, opinion, side = SAID[number % 4]
        record["sentence"] = [(feature, opinion, "Said.", side)]
        if random.random() < 0.2:
            record["rating"] = random.choice((np.float64(4), np.int64(3), np.str_("5"), np.bool_(True)))
    content: Any = spoiled(records, random)
    if random.random() < 0.1:
        content = random.choice((dict(enumerate(content)), {"a": content}, tuple(content), content[0], [content]))
    return pickle.dumps(content, random.randrange(6))


def line(record: Record, random: Random, shape: str) -> str:
    """A line of a format that has its own shape, with perhaps hostile parts."""
    user, item, rating, said = record["user"], record["item"], record["rating"], []
    for feature, opinion, side in random.sample(SAID, random.randint(1, 3)):
        parts = [feature, opinion, side]
        if random.random() < 0.005:
            parts[random.randrange(3)] = random.choice(HOSTILE)
        number = [feature for feature, *_ in SAID].index(feature)
        said.append({"cornac": "{}:{}:{}", "cer": "{}|{}|{}:Said."}.get(shape, "").format(*parts) or (number, parts[2]))
    if shape == "cornac":
        return ",".join([user, item, *map(str, said)])
    if shape == "cer":
        return f"{user}@{item}@|{'||'.join(map(str, said))}"
    between, joined = {"mter": (":", " "), "fact": (" ", " ")}[shape]
    return f"{user[1:]},{item[1:]},{rating}," + joined.join(f"{feature}{between}{side}" for feature, side in said)  # type: ignore[misc]


def lines_of(shape: str) -> Callable[[Random], bytes]:
    def make(random: Random) -> bytes:
        records = reviews(random, ("user", "item", "rating", "text", "time"))
        return "\n".join(line(record, random, shape) for record in records).encode("utf-8", "replace")

    return make


def paper(random: Random) -> dict[str, bytes]:
    content: dict[str, Any] = {
        "user_id_dict": {f"u{k}": k for k in range(6)}, "item_id_dict": {f"i{k}": k for k in range(6)},
        "feature_id_dict": {"tone": 0, "price": 1, "cable": 2}, "u_fea_smooth": {k: [2.8, 0.0, 1] for k in range(6)},
        "i_fea_smooth": {k: [0.0, 3.0, 3.9] for k in range(6)},
        "train_user_positive_items_dict": {k: [k, (k + 1) % 6, (k + 2) % 6] for k in range(6)},
        "test_ground_truth_user_items_dict": {k: [(k + 3) % 6] for k in range(6)},
        "test_compute_user_items_dict": {k: [(k + 3) % 6, (k + 4) % 6, (k + 5) % 6] for k in range(6)},
        "user_feature_sentiment": {k: {0: 1.0, 2: -1} for k in range(6)},
    }  # fmt: skip
    if random.random() < 0.8:
        name = random.choice(FILES)
        content[name] = changed(content[name], random)
    files = {file: pickle.dumps(value, random.randrange(6)) for file, value in content.items()}
    if random.random() < 0.2:
        name = random.choice(FILES)
        files[name] = damaged(files[name], random)
    return files


def changed(value: Any, random: Random) -> Any:
    """A nest of dictionaries and lists with something in it replaced, at any depth."""
    if random.random() < 0.15 or not isinstance(value, dict | list) or not value:
        return random.choice(HOSTILE)
    if isinstance(value, list):
        at = random.randrange(len(value))
        return random.choice((value[:at] + [changed(value[at], random)] + value[at + 1 :], value + value, value[:at]))
    key = random.choice(list(value))
    if random.random() < 0.3:
        other = random.choice([h for h in HOSTILE if not isinstance(h, list | dict)])
        return {k: v for k, v in value.items() if k != key} | {other: value[key]}
    return value | {key: changed(value[key], random)}
