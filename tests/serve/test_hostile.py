"""Requests that nobody means well with: sizes, types, encodings, structures. None is a 500, and the service answers as before."""

from __future__ import annotations

import json
import random
from typing import Any
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from pyexplain.serve.app import PATHS

from .conftest import Ask

STRANGE: list[Any] = [
    *(
        "",
        " ",
        "\0",
        "a\0b",
        "u003",
        "i001",
        "../../etc/passwd",
        "' OR 1=1 --",
        "<script>alert(1)</script>",
        "é",
        "\u202e",
        "𝔘" * 50,
    ),
    *(
        "x" * 999,
        "x" * 1001,
        "null",
        "true",
        "NaN",
        "Infinity",
        "-1",
        "0",
        "1e400",
        "9" * 400,
        "1.5",
        "%s%n",
        "first",
        "leaves-top-0",
    ),
    *("leaves-top-9999", "leaves-top-1", "customer", "analyst", "own", "none", "\ud800", "\u0000\uffff", "٣", "1_0"),
]
KEYS = ("user", "item", "against", "until", "k", "explain", "for", "quotes", "search", "pairs", "x", "", "user[]", "__proto__")
RAW = [
    *(b"", b"{", b"[]", b"null", b"[" * 100_000, b'{"pairs":' * 5_000, b"\xff\xfe", b"\x00", b'{"pairs": [1e999]}', b'"\\ud800"'),
    *(
        b'{"pairs": [{"user": "\\ud800", "item": "i001"}]}',
        b'{"pairs": [], "pairs": [{}]}',
        b"NaN",
        b"{}" * 1000,
        b'\xef\xbb\xbf{"pairs": []}',
    ),
]
LONG = [pytest.param(10_000, marks=pytest.mark.long), 400]


def text_of(rng: random.Random) -> str:
    value = rng.choice(STRANGE)
    if rng.random() < 0.2:
        value = "".join(chr(rng.randrange(1, 0xD800)) for _ in range(rng.randrange(20)))
    return str(value)


def query_of(rng: random.Random) -> str:
    pairs = [(rng.choice(KEYS), text_of(rng)) for _ in range(rng.randrange(6))]
    joined = "&".join(f"{quote(k)}={quote(v.encode('utf-8', 'surrogatepass'))}" for k, v in pairs)
    return joined if rng.random() < 0.9 else joined + rng.choice(["&%ff=%fe", "&%", "&&&==", "&a" * 500])


def body_of(rng: random.Random) -> bytes:
    if rng.random() < 0.3:
        return rng.choice(RAW)

    def value(depth: int) -> Any:
        kind = rng.randrange(7 if depth < 4 else 5)
        plain = [text_of(rng), rng.choice([0, -1, 1.5, 10**30, True, None]), "u003", "i001", "u004"]
        if kind < 5:
            return plain[kind]
        return [value(depth + 1) for _ in range(3)] if kind == 5 else {rng.choice(KEYS): value(depth + 1) for _ in range(3)}

    pairs = [{"user": value(3), "item": value(3)} for _ in range(rng.randrange(3))]
    amounts = {rng.choice(["f0", "f1", text_of(rng)]): rng.choice([0, 1, -1, 1e300, float("inf"), "3", None])}
    somebody = {"user": rng.choice(["u003", None, value(3)]), "words": rng.choice([amounts, value(2)]), "struck": [value(4)]}
    person = somebody | rng.choice(
        [{}, {"item": "i001"}, {"liked": value(2)}, {"attributes": amounts}, {"item": value(3), "k": value(4)}]
    )
    document = rng.choice([{"pairs": pairs}, {"pairs": value(0)}, value(0), {"pairs": pairs, "for": value(2)}, person, person])
    return json.dumps(document).encode("utf-8", "surrogatepass")


def headers_of(rng: random.Random) -> dict[str, Any]:
    kinds = ["application/json", "text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "\x7f", ""]
    found: dict[str, Any] = {"Content-Type": rng.choice(kinds)} if rng.random() < 0.5 else {}
    if rng.random() < 0.1:
        found |= {rng.choice(["Authorization", "Range", "Accept", "X-Forwarded-For", "Expect"]): b"\xff\xfe" * rng.randrange(200)}
    return found


@pytest.mark.parametrize("count", LONG)
def test_no_request_makes_it_fail(asking: Ask, count: int) -> None:
    client: TestClient = asking()
    expected = client.get("/recommend", params={"user": "u003"}).json()
    rng, seen = random.Random(0), {}
    for turn in range(count):
        path = rng.choice(
            [*(p for p in PATHS if p != "/reload"), "/" + quote(text_of(rng).encode("utf-8", "surrogatepass"), safe="")]
        )
        post = rng.random() < 0.5
        content = body_of(rng) if post else None
        answer = client.request("POST" if post else "GET", f"{path}?{query_of(rng)}", content=content, headers=headers_of(rng))
        assert answer.status_code < 500, (turn, path, answer.text)
        seen[answer.status_code] = seen.get(answer.status_code, 0) + 1
        answer.content.decode("utf-8")
    assert seen.keys() >= {200, 404, 405, 422}, seen
    assert client.get("/recommend", params={"user": "u003"}).json() == expected
