"""The one reader of JSON: files come from others, so size, depth, encoding, doubled keys and numbers are looked at first."""

from __future__ import annotations

import json
import math
from collections import Counter
from pathlib import Path
from typing import Any

from ..errors import DataError

MAX_BYTES = 256 * 2**20  # a lexicon of a large corpus has some megabytes
MAX_DEPTH = 100  # the deepest file of ours has 6 levels; json itself gives up at Python's limit of recursion, by a raw error


class _RefusedError(ValueError):
    """What json would let pass, in words."""


def read_json(path: Path, *, hint: str = "Make the file again.") -> dict[str, Any]:
    """The object of a JSON file in UTF-8 (a byte-order mark may stand before it).

    Raises DataError, which names the file, where it cannot be read, is larger than MAX_BYTES, is no JSON, is nested deeper than
    MAX_DEPTH, holds a key twice, a number that is not finite or half of a surrogate pair, or is anything but an object.
    """
    return read_object(read_bytes(path), str(path), hint=hint)


def read_bytes(path: Path, limit: int = MAX_BYTES) -> bytes:
    """The bytes of a file; DataError where it cannot be read or is larger than the limit."""
    try:
        with path.open("rb") as handle:
            content = handle.read(limit + 1)
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        what = getattr(error, "strerror", None) or error
        raise DataError(f"cannot be read: {what}", where=str(path), hint="Check the path.") from error
    if len(content) > limit:
        raise DataError(f"is larger than {limit // 2**20} MiB", where=str(path), hint="Check the path.")
    return content


def read_object(content: bytes | str, where: str, *, hint: str = "") -> dict[str, Any]:
    """The same for bytes or text that are at hand; where: what the message names."""
    found = parse_json(content, where, hint=hint)
    if not isinstance(found, dict):
        raise DataError(f"expected one JSON object, this is {_kind(found)}", where=where, hint=hint)
    return found


def parse_json(content: bytes | str, where: str, *, hint: str = "") -> Any:
    """Any JSON value; DataError as above."""
    try:
        text = content if isinstance(content, str) else content.decode("utf-8-sig")
        if "\0" in text:
            raise _RefusedError("it holds zero bytes, as a damaged file or UTF-16 does")
        found = json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant, parse_float=_finite)
        _check_depth(found)
        if "\\u" in text:
            json.dumps(found, ensure_ascii=False).encode("utf-8")
    except RecursionError as error:
        raise DataError(f"is nested deeper than {MAX_DEPTH} levels", where=where, hint=hint) from error
    except UnicodeDecodeError as error:
        raise DataError(f"is not in UTF-8: byte {error.start + 1} is {content[error.start]!r}", where=where, hint=hint) from error
    except UnicodeEncodeError as error:
        raise DataError("holds half of a surrogate pair, which is not a character", where=where, hint=hint) from error
    except json.JSONDecodeError as error:
        place = f"{where}:{error.lineno}"
        raise DataError(f"is not JSON: {error.msg} (column {error.colno})", where=place, hint=hint) from error
    except ValueError as error:
        raise DataError(f"is not JSON that can be read: {error}", where=where, hint=hint) from error
    return found


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        most = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise _RefusedError(f"the key {most!r} is there twice")
    return found


def _no_constant(name: str) -> float:
    raise _RefusedError(f"{name} is not a JSON number")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise _RefusedError(f"the number {text[:40]} is too large")
    return value


def _check_depth(value: Any) -> None:
    """RecursionError where containers lie deeper in each other than MAX_DEPTH, level by level, without recursion."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        inner = [v for v in level if isinstance(v, dict | list)]
        if not inner:
            return
        level = [v for container in inner for v in (container.values() if isinstance(container, dict) else container)]
    raise RecursionError


def _kind(value: Any) -> str:
    names = {list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
