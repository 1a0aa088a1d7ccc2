"""Text to sentences, sentences to tokens: words in lower case, and the punctuation that separates clauses."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

# A full stop ends a sentence before a space, the end or a capital ("sounds great.Nice strap" is common in the 2014 files), and
# between two words, but not inside a number or an address. Each pattern begins with a set of characters, which the engine skips to.
_CLOSERS = r"""["')\]]"""
_STOP = rf"""[.!?;\n]+(?:{_CLOSERS}*(?=\s|$|[A-Z])|(?<=[;\n])|(?<=\.\.)|(?<=[a-z]{{3}}\.)(?=[a-z]{{3}})(?!com|net|org))"""
_END = re.compile(_STOP)
# The marks of other scripts end a sentence wherever they stand, with the quotes and brackets that close behind them: Chinese and
# Japanese (full and half width), the ellipsis, Arabic and Urdu, Devanagari, Ethiopic, Armenian, Khmer, Tibetan.
_STOPS, _WIDE_CLOSERS = "。！？；｡…‼⁇⁈⁉؟۔؛।॥።፤፧፨։។៕།༎", r"""["')\]”’»」』）】》]"""
_WIDE_STOP = _STOP.replace(_CLOSERS, _WIDE_CLOSERS).replace("[A-Z]", r"[A-Z\u2e80-\uffff]")  # no space between Chinese words
_WIDE_END = re.compile(_WIDE_STOP + rf"|(?:[{_STOPS}]|．(?!\d))[{_STOPS}．.!?;\n]*{_WIDE_CLOSERS}*")
_ASKS = re.compile(r"[?？؟՞፧⁇⁈⁉\u037e]")
_TAG = re.compile(r"<[^<>]{1,40}>")
# Vowel signs and accents of many scripts are no letters to Python, but parts of words ("अच्छा").
_SIGNS = (
    r"\u0300-\u036f\u0591-\u05bd\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff\u0e31-\u0e4e\u0eb1-\u0ebc\u102b-\u103e\u17b4-\u17d3"
)
_WORD = rf"[\w{_SIGNS}]"
_TOKEN = re.compile(rf"{_WORD}+(?:'{_WORD}+)?|[,:()/\[\]–—]|'s\b|-{{2,}}|\s-\s")
# Commas, colons and brackets of other scripts, as those that separate clauses here.
_NARROW = str.maketrans(dict.fromkeys("，、､،՝፣፥", " , ") | dict.fromkeys("：፡፦", " : ") | {"（": " ( ", "）": " ) ", "／": " / "})
_WIDE_MARK = re.compile(f"[{''.join(map(chr, _NARROW))}]")
# Most sentences hold words, spaces, commas and stops only: those are split without the expression, three times as fast.
_PLAIN = {code: chr(code) if chr(code).isalnum() or chr(code) in "_," else " " for code in range(128)}
_PLAIN |= {ord(mark): "\0" for mark in "'-:()/[]\0"}
_ABBREVIATED = (" e.g.", " i.e.", " vs.", " etc.", " mr.", " mrs.", " dr.", " approx.", " no.", " st.")
_INITIALS = frozenset("ABCDEFGHJKLMNOPQRSTUVWXYZ")  # "J.B.'s", "Robert F. Kennedy"; "and so do I." ends
PUNCTUATION = frozenset({":", "(", ")", "/", "[", "]", "–", "—", " - "})


def clean(text: str) -> str:
    """Tags and character references of web pages taken out, apostrophes made plain, "sound's" taken apart."""
    if "&" in text:
        text = html.unescape(html.unescape(text))
    if "<" in text:
        text = _TAG.sub("\n", text)
    if "’" in text:
        text = text.replace("’", "'")
    return text.replace("'s ", " 's ") if "'s " in text else text


def sentences(text: str) -> Iterator[str]:
    """The sentences of a cleaned text, in their order, with their closing marks."""
    start = 0
    for end in (_END if text.isascii() else _WIDE_END).finditer(text):
        stop = end.end()
        if end.group() == "." and (_is_initial(text, stop) or text[max(0, stop - 8) : stop].lower().endswith(_ABBREVIATED)):
            continue
        if stop - start > 2:
            yield text[start:stop]
        start = stop
    if len(text) - start > 2:
        yield text[start:]


def _is_initial(text: str, stop: int) -> bool:
    """Whether the full stop before `stop` follows a capital that stands alone: a quote is not cut in the middle of a name."""
    return stop >= 2 and text[stop - 2] in _INITIALS and not text[max(0, stop - 3) : stop - 2].isalnum()


def tokens(sentence: str) -> list[str]:
    """Words and separating marks of one sentence, in lower case."""
    lower = sentence.lower()
    if lower.isascii():
        plain = lower.translate(_PLAIN)
        if "\0" not in plain:
            return plain.replace(",", " , ").split()
    elif _WIDE_MARK.search(lower):
        lower = lower.translate(_NARROW)
    return _TOKEN.findall(lower)


def asks(sentence: str) -> bool:
    """Whether it holds a question mark, of any script: a question states nothing."""
    return "?" in sentence if sentence.isascii() else _ASKS.search(sentence) is not None
