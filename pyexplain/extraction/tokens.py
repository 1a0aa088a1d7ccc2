"""Text to sentences, sentences to tokens: words in lower case, and the punctuation that separates clauses."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

# A full stop ends a sentence before a space, the end or a capital ("sounds great.Nice strap" is common in the 2014 files), and
# between two words, but not inside a number or an address. Each pattern begins with a set of characters, which the engine skips to.
_END = re.compile(r"""[.!?;\n]+(?:["')\]]*(?=\s|$|[A-Z])|(?<=[;\n])|(?<=\.\.)|(?<=[a-z]{3}\.)(?=[a-z]{3})(?!com|net|org))""")
_TAG = re.compile(r"<[^<>]{1,40}>")
_TOKEN = re.compile(r"\w+(?:'\w+)?|[,:()/\[\]–—]|'s\b|-{2,}|\s-\s")
# Most sentences hold words, spaces, commas and stops only: those are split without the expression, three times as fast.
_PLAIN = {code: chr(code) if chr(code).isalnum() or chr(code) in "_," else " " for code in range(128)}
_PLAIN |= {ord(mark): "\0" for mark in "'-:()/[]\0"}
_ABBREVIATED = (" e.g.", " i.e.", " vs.", " etc.", " mr.", " mrs.", " dr.", " approx.", " no.", " st.")
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
    for end in _END.finditer(text):
        stop = end.end()
        if end.group() == "." and text[max(0, stop - 8) : stop].lower().endswith(_ABBREVIATED):
            continue
        if stop - start > 2:
            yield text[start:stop]
        start = stop
    if len(text) - start > 2:
        yield text[start:]


def tokens(sentence: str) -> list[str]:
    """Words and separating marks of one sentence, in lower case."""
    lower = sentence.lower()
    if lower.isascii():
        plain = lower.translate(_PLAIN)
        if "\0" not in plain:
            return plain.replace(",", " , ").split()
    return _TOKEN.findall(lower)
