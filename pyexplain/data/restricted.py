"""Pickles of plain containers, read without running anything in them.

A pickle is a program: it may name any function and call it, claim a memo of billions of entries, or nest tuples until the
interpreter's stack is gone. The unpickler here is Python's own one written in Python, with a short list of opcodes: it names
nothing but `collections.defaultdict`, plain types and what numpy writes single numbers with, and counts the levels that it builds.
"""

from __future__ import annotations

import io
import pickle
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from ..errors import DataError
from .restricted_numpy import NUMPY_NAMES, NumberType

MAX_BYTES = 4 << 30
MAX_DEPTH = 50
_SAFER = "Only plain containers, numbers and strings are read. Ask for the data as CSV, JSON or Parquet."
_TYPES = {"int": int, "float": float, "str": str, "bool": bool, "list": list, "dict": dict, "set": set, "tuple": tuple}
_BUILTINS = ("builtins", "__builtin__")
# Opcodes of plain data. REDUCE is there because defaultdict and set are written with it; both names go through find_class.
_OPCODES = (
    "PROTO FRAME STOP MARK POP POP_MARK DUP NONE NEWTRUE NEWFALSE INT BININT BININT1 BININT2 LONG LONG1 LONG4 FLOAT BINFLOAT "
    "STRING BINSTRING SHORT_BINSTRING UNICODE BINUNICODE SHORT_BINUNICODE BINUNICODE8 EMPTY_LIST LIST APPEND APPENDS EMPTY_DICT "
    "DICT SETITEM SETITEMS EMPTY_TUPLE TUPLE TUPLE1 TUPLE2 TUPLE3 EMPTY_SET ADDITEMS FROZENSET PUT BINPUT LONG_BINPUT MEMOIZE GET "
    "BINGET LONG_BINGET GLOBAL STACK_GLOBAL REDUCE BINBYTES SHORT_BINBYTES BINBYTES8 BUILD"
)
_ADMITTED = frozenset(_OPCODES.split())
_CONTAINERS = (dict, defaultdict, list, tuple, set, frozenset)
_KINDS = frozenset((*_CONTAINERS, int, float, str, bool, type(None)))


class _PlainType:
    """A plain type by name. It can be handed to defaultdict; the only ones that can be called are sets, on one list."""

    def __init__(self, made: type) -> None:
        self.made = made

    def __call__(self, *content: Any) -> Any:
        if self.made is not set or len(content) != 1 or type(content[0]) is not list:
            raise pickle.UnpicklingError(f"it calls {self.made.__name__}")
        return set(content[0])


def _defaultdict(kind: Any = None, *rest: Any) -> defaultdict[Any, Any]:
    if rest or not (kind is None or isinstance(kind, _PlainType)):
        raise pickle.UnpicklingError("it calls defaultdict with something other than a plain type")
    return defaultdict(None if kind is None else kind.made)


class _PlainUnpickler(pickle._Unpickler):
    """Knows the admitted opcodes and the names above, and no other."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "defaultdict"):
            return _defaultdict
        if module in _BUILTINS and name in _TYPES:
            return _PlainType(_TYPES[name])
        if (module, name) in NUMPY_NAMES:
            return NUMPY_NAMES[module, name]
        raise pickle.UnpicklingError(f"it names {module}.{name}")

    def _counted(self, load: Callable[[Any], None]) -> None:
        """Make a tuple, and refuse it when tuples nest too deep: hashing one as a key recurses without a limit of its own."""
        load(self)
        made = self.stack[-1]  # type: ignore[attr-defined]
        levels = self.__dict__.setdefault("_levels", {})
        inner = max((levels.get(id(part), (0, None))[0] for part in made if type(part) is tuple), default=0)
        if inner:
            levels[id(made)] = (inner + 1, made)  # keeps the tuple alive, so that its id stays its own
        elif any(type(part) is tuple for part in made):
            levels[id(made)] = (1, made)
        if inner > MAX_DEPTH:
            raise pickle.UnpicklingError(f"tuples nest deeper than {MAX_DEPTH} levels")


def _build(self: Any) -> None:
    """BUILD sets the state of an object: of a number's type, and of nothing else."""
    state, made = self.stack.pop(), self.stack[-1]
    if not isinstance(made, NumberType):
        raise pickle.UnpicklingError(f"it sets the state of a {type(made).__name__}")
    made.set(state)


def _refuse(opcode: str) -> Callable[[Any], None]:
    def refused(self: Any) -> None:
        raise pickle.UnpicklingError(f"it uses the opcode {opcode}")

    return refused


def _count_levels(load: Callable[[Any], None]) -> Callable[[Any], None]:
    return lambda self: self._counted(load)


def _dispatch() -> dict[int, Callable[[Any], None]]:
    """The opcodes of Python's own table; those not admitted raise."""
    codes = {name: getattr(pickle, name) for name in pickle.__all__ if name.isupper()}
    names = {code[0]: name for name, code in codes.items() if type(code) is bytes and len(code) == 1}  # TRUE and FALSE are INT
    own = cast("dict[int, Callable[[Any], None]]", pickle._Unpickler.dispatch)
    table = {code: load if names[code] in _ADMITTED else _refuse(names[code]) for code, load in own.items()}
    table[pickle.BUILD[0]] = _build
    for name in ("TUPLE", "TUPLE1", "TUPLE2", "TUPLE3"):
        code = getattr(pickle, name)[0]
        table[code] = _count_levels(own[code])
    return table


_PlainUnpickler.dispatch = _dispatch()  # type: ignore[assignment]


def load_plain(path: Path, max_bytes: int = MAX_BYTES) -> Any:
    """What a pickle of plain containers, numbers and strings holds, whatever its protocol (0 to 5); a defaultdict comes back as
    one, numpy's single numbers and strings as Python's.

    Raises DataError where the file is missing, larger than max_bytes, damaged, nested deeper than 50 levels, or names, calls or
    holds anything else (bytes, numpy arrays and data frames included). Nothing of the file runs.
    """
    try:
        if path.stat().st_size > max_bytes:
            raise DataError(f"the pickle is larger than {max_bytes} bytes", where=str(path), hint=_SAFER)
        # From memory: a claimed length beyond the end of the file then allocates nothing.
        content = _PlainUnpickler(io.BytesIO(path.read_bytes()), encoding="utf-8").load()
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror or error}", where=str(path), hint="Check the path.") from error
    except (pickle.UnpicklingError, TypeError) as error:
        raise DataError(f"the pickle is refused: {error}", where=str(path), hint=_SAFER) from error
    except DataError:
        raise
    except Exception as error:  # noqa: BLE001  (damaged bytes make the unpickler fail in any way it likes)
        reason = f"{type(error).__name__}: {error}"
        raise DataError(f"the pickle is damaged ({reason})", where=str(path), hint="Fetch or copy it again.") from error
    _check(content, path)
    return content


def looks_pickled(head: bytes) -> bool:
    """Whether a file begins like a pickle of a list or a dictionary, of any protocol; the oldest two have no mark of their own."""
    return head.startswith((b"\x80", b"(lp", b"(dp", b"]q", b"}q", b"](", b"}("))


def _check(content: Any, path: Path) -> None:
    """Only plain values and no deep nest; level by level, so that a hostile nest cannot exhaust the stack."""
    level, depth, seen = [content], 0, set[int]()
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise DataError(f"the pickle is refused: nested deeper than {MAX_DEPTH} levels", where=str(path), hint=_SAFER)
        deeper: list[Any] = []
        for value in level:
            if type(value) not in _KINDS:
                raise DataError(f"the pickle is refused: it holds a {type(value).__name__}", where=str(path), hint=_SAFER)
            if type(value) in _CONTAINERS and id(value) not in seen:
                seen.add(id(value))
                deeper.extend(value)
                if isinstance(value, dict):
                    deeper.extend(value.values())
        level = deeper
