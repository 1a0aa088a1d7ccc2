"""What a person told the command line, as options of reading and extraction."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..engines.base import Engine
from ..engines.chosen import engine_of
from ..errors import DataError, UsageError
from ..extraction.language import Language
from ..extraction.lexicon import ExtractOptions
from ..readers.base import ReadOptions
from ..readers.read_log import BAD_SHARE
from ..readers.scale import Scale
from .attributes import MOST_VALUES, Wanted


def read_options(told: dict[str, Any]) -> ReadOptions:
    """--columns, --skip-bad, --max-bad, --rating-scale, --max-rating, --without-rating, --date-format and --fold."""
    columns = column_names(told.get("columns") or "", "--columns", "text=body,user=uid")
    return ReadOptions(
        skip_bad=bool(told.get("skip_bad")) or told.get("max_bad") is not None,
        max_bad=BAD_SHARE if told.get("max_bad") is None else float(told["max_bad"]),
        columns=columns,
        without_rating=told.get("without_rating") or "error",
        date_format=told.get("date_format") or "",
        fold=told.get("fold") or "",
        **_scale(told.get("rating_scale"), told.get("max_rating")),
    )


def _scale(text: str | None, top: float | None) -> dict[str, Any]:
    """The scale as told, by --rating-scale or by its old name --max-rating; none told: to be found."""
    if text is None and top is None:
        return {"find_scale": True}
    if text is not None and top is not None:
        raise UsageError("the scale of ratings is given twice", where="--max-rating", hint="--rating-scale LOW..HIGH says it all.")
    scale = Scale.parse(text) if text is not None else Scale(1.0, float(top or 0))
    return {"min_rating": scale.low, "max_rating": scale.high, "thumbs": scale.thumbs}


def workers_of(engine: str, workers: Any, address: Any) -> Engine | None:
    """The engine of --engine, --workers (0 or None: one a core) and --ray-address; None for processes of our own."""
    if engine == "local" and address is None:
        return None
    return engine_of(engine, int(workers) if workers else None, None if address is None else str(address))


def column_names(text: str, option: str, example: str) -> dict[str, str]:
    """ "ours=theirs,..." as a table; UsageError, with the example, for what is none."""
    columns = {}
    for entry in _parts(text):
        ours, sign, theirs = entry.partition("=")
        if not (ours.strip() and sign and theirs.strip()):
            raise UsageError(f"{entry!r} is not name=column", where=option, hint=f'For example: {option} "{example}"')
        columns[ours.strip()] = theirs.strip()
    return columns


def attribute_options(told: dict[str, Any], names: str = "attributes") -> Wanted:
    """--attributes, or --user-attributes, and --max-values."""
    most = told.get("max_values")
    return Wanted(tuple(_parts(told.get(names) or "")), MOST_VALUES if most is None else int(most))


def extract_options(told: dict[str, Any]) -> ExtractOptions:
    """--max-features, --min-count, --min-pair, --features, --stop-features, --keep, --merge, --no-merge-synonyms, --lexicon."""
    given: dict[str, Any] = {key: told[key] for key in ("max_features", "min_count", "min_pair") if told.get(key)}
    if told.get("features_file"):
        given["features"] = read_features(told["features_file"])
    for name in ("stop_features", "keep"):
        if told.get(name):
            given[name] = _words(told[name])
    if told.get("no_merge_synonyms"):
        given["merge_synonyms"] = False
    if told.get("merge"):
        given["merge"] = tuple(_words(group) for group in told["merge"])
        if any(len(group) < 2 for group in given["merge"]):
            raise UsageError("a group of one word merges nothing", where="--merge", hint='For example: --merge "sound,sounds"')
    if told.get("lexicon"):
        given["language"] = Language.load(told["lexicon"])
    return ExtractOptions(**given)


def read_features(path: Path) -> dict[str, tuple[str, ...]]:
    """A vocabulary: a feature a line, synonyms after it, separated by commas; '#' begins a remark."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot be read: {error}", where=str(path), hint="Expected: a text file, one feature per line.") from error
    found: dict[str, tuple[str, ...]] = {}
    for number, line in enumerate(lines, 1):
        words = _words(line.partition("#")[0])
        if words and words[0] in found:
            raise DataError(f"{words[0]!r} is there twice", where=f"{path}:{number}", hint="Put its synonyms in one line.")
        if words:
            found[words[0]] = words[1:]
    if not found:
        raise DataError(
            "names no feature", where=str(path), hint="Expected: one feature per line, synonyms after it, separated by commas."
        )
    return found


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in _parts(text))


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
