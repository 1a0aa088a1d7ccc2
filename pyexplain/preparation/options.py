"""What a person told the command line, as options of reading and extraction."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import DataError, UsageError
from ..extraction.language import Language
from ..extraction.lexicon import ExtractOptions
from ..readers.base import ReadOptions


def read_options(told: dict[str, Any]) -> ReadOptions:
    """--skip-bad, --max-rating and --columns."""
    columns = column_names(told.get("columns") or "", "--columns", "text=body,user=uid")
    return ReadOptions(skip_bad=bool(told.get("skip_bad")), max_rating=float(told.get("max_rating") or 5.0), columns=columns)


def column_names(text: str, option: str, example: str) -> dict[str, str]:
    """ "ours=theirs,..." as a table; UsageError, with the example, for what is none."""
    columns = {}
    for entry in _parts(text):
        ours, sign, theirs = entry.partition("=")
        if not (ours.strip() and sign and theirs.strip()):
            raise UsageError(f"{entry!r} is not name=column", where=option, hint=f'For example: {option} "{example}"')
        columns[ours.strip()] = theirs.strip()
    return columns


def extract_options(told: dict[str, Any]) -> ExtractOptions:
    """--max-features, --min-count, --min-pair, --features, --stop-features, --merge and --lexicon."""
    given: dict[str, Any] = {key: told[key] for key in ("max_features", "min_count", "min_pair") if told.get(key)}
    if told.get("features_file"):
        given["features"] = read_features(told["features_file"])
    if told.get("stop_features"):
        given["stop_features"] = _words(told["stop_features"])
    if told.get("merge"):
        given["merge"] = tuple(_words(group) for group in told["merge"])
        if any(len(group) < 2 for group in given["merge"]):
            raise UsageError("a group of one word merges nothing", where="--merge", hint='For example: --merge "sound,sounds"')
    if told.get("lexicon"):
        given["language"] = Language.load(told["lexicon"])
    return ExtractOptions(**given)


def read_features(path: Path) -> dict[str, tuple[str, ...]]:
    """A vocabulary: a feature a line, synonyms after it, commas between; '#' begins a remark."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot be read: {error}", where=str(path), hint="Wanted: a text file, a feature a line.") from error
    found: dict[str, tuple[str, ...]] = {}
    for number, line in enumerate(lines, 1):
        words = _words(line.partition("#")[0])
        if words and words[0] in found:
            raise DataError(f"{words[0]!r} is there twice", where=f"{path}:{number}", hint="Put its synonyms in one line.")
        if words:
            found[words[0]] = words[1:]
    if not found:
        raise DataError("names no feature", where=str(path), hint="Wanted: a feature a line, synonyms after it, commas between.")
    return found


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in _parts(text))


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
