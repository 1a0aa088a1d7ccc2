"""Sentences taken apart at the titles and conditions that are put into them, so that the rest is put into words once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from json.encoder import encode_basestring

Parts = list[str | int]  # texts, and which of what is put in stands between them


def taken_apart(template: Callable[..., str], count: int, known: str = "") -> Parts:
    """What template(...) of `count` texts says around them: its own texts, and 0..count - 1 where the texts stand. known: what else
    it says. The template puts them in as they are."""
    marks = [_mark(number, known) for number in range(count)]
    parts: Parts = [template(*marks)]
    for number, mark in enumerate(marks):
        parts = [part for one in parts for part in (_split(one, mark, number) if isinstance(one, str) else [one])]
    return [part for part in parts if part != ""]


def around(template: Callable[[str], str], known: str = "") -> tuple[str, str]:
    """What a template says before and after the one text that it puts in; ValueError where it does not put it in once."""
    mark = _mark(0, known)
    parts = (said := template(mark)).split(mark)
    if len(parts) != 2:
        raise ValueError(f"a template puts in what it is given once, as it is; this one says {said!r}")
    return parts[0], parts[1]


def escaped(text: str) -> str:
    """As within a text of JSON: letter by letter, so that what is put together can be escaped piece by piece."""
    return encode_basestring(text)[1:-1]


def escaped_parts(parts: Sequence[str | int]) -> Parts:
    """The texts of a template that is taken apart, escaped."""
    return [escaped(part) if isinstance(part, str) else part for part in parts]


def _split(text: str, mark: str, number: int) -> Parts:
    parts: Parts = []
    for place, piece in enumerate(text.split(mark)):
        parts += [number, piece] if place else [piece]
    return parts


def _mark(number: int, known: str) -> str:
    """A text of characters that Unicode has for no letter, and that does not occur in what is known."""
    tries = 0
    while (mark := f"\ufdd0{number}.{tries}\ufdd1") in known:
        tries += 1
    return mark
