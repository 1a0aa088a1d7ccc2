"""The footers of Parquet files as trees: Thrift's compact protocol, as far as it occurs there, read and written.

The protocol: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(1, 13)
_LONG = 15  # of a list: its size stands behind


@dataclass
class Items:
    """A list of one type; truths as bool, numbers as int, texts and doubles as bytes."""

    type: int
    values: list[Any]


@dataclass
class Struct:
    """Fields by their numbers, each with its type."""

    fields: dict[int, tuple[int, Any]] = field(default_factory=dict)

    def __getitem__(self, number: int) -> Any:
        return self.fields[number][1]

    def __contains__(self, number: int) -> bool:
        return number in self.fields

    def __setitem__(self, number: int, value: Any) -> None:
        self.fields[number] = self.fields[number][0], value


def read_struct(content: bytes) -> Struct:
    """The one that the bytes hold; ValueError for types that footers do not have, IndexError where bytes are missing."""
    return _Reader(content).struct()


class _Reader:
    def __init__(self, content: bytes) -> None:
        self.content, self.at = content, 0

    def struct(self) -> Struct:
        found, number = Struct(), 0
        while head := self.byte():
            kind = head & 15
            number = number + (head >> 4) if head >> 4 else self.signed()
            found.fields[number] = kind, kind == TRUE if kind in (TRUE, FALSE) else self.value(kind)
        return found

    def byte(self) -> int:
        self.at += 1
        return self.content[self.at - 1]

    def unsigned(self) -> int:
        total = shift = 0
        while (part := self.byte()) & 128:
            total |= (part & 127) << shift
            shift += 7
        return total | part << shift

    def signed(self) -> int:
        number = self.unsigned()
        return (number >> 1) ^ -(number & 1)

    def value(self, kind: int) -> Any:
        if kind in (I16, I32, I64):
            return self.signed()
        if kind == STRUCT:
            return self.struct()
        if kind in (LIST, SET):
            head = self.byte()
            size, of = (self.unsigned() if head >> 4 == _LONG else head >> 4), head & 15
            return Items(of, [self.byte() == TRUE if of in (TRUE, FALSE) else self.value(of) for _ in range(size)])
        if kind not in (BINARY, DOUBLE, BYTE):
            raise ValueError(f"a footer has no type {kind}")
        size = {DOUBLE: 8, BYTE: 1}.get(kind) or self.unsigned() if kind != BINARY else self.unsigned()
        self.at += size
        if self.at > len(self.content):
            raise IndexError("bytes are missing")
        return self.content[self.at - size : self.at]


def struct_bytes(struct: Struct) -> bytes:
    """A struct as bytes: what read_struct() reads."""
    out, before = bytearray(), 0
    for number, (kind, value) in sorted(struct.fields.items()):
        head = (TRUE if value else FALSE) if kind in (TRUE, FALSE) else kind
        step = number - before
        out += bytes([step << 4 | head]) if 0 < step < 16 else bytes([head]) + _signed(number)
        before = number
        if kind not in (TRUE, FALSE):
            out += _bytes(kind, value)
    return bytes(out) + b"\0"


def _bytes(kind: int, value: Any) -> bytes:
    if kind in (I16, I32, I64):
        return _signed(value)
    if kind == STRUCT:
        return struct_bytes(value)
    if kind in (LIST, SET):
        size, of = len(value.values), value.type
        head = bytes([size << 4 | of]) if size < _LONG else bytes([_LONG << 4 | of]) + _unsigned(size)
        truths = of in (TRUE, FALSE)
        return head + b"".join(bytes([TRUE if one else FALSE]) if truths else _bytes(of, one) for one in value.values)
    return (_unsigned(len(value)) if kind == BINARY else b"") + bytes(value)


def _signed(number: int) -> bytes:
    return _unsigned(number << 1 if number >= 0 else ~(number << 1))


def _unsigned(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)
