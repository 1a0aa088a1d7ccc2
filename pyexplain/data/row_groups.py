"""Parquet files of one schema under each other: their row groups are copied as they are, and a footer is written for all.

What footers hold: https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from .compact import BINARY, LIST, STRUCT, Items, Struct, read_struct, struct_bytes

MAGIC = b"PAR1"
SCHEMA, ROWS, GROUPS, METADATA = 2, 3, 4, 5  # of a footer
COLUMNS, GROUP_OFFSET, ORDINAL = 1, 5, 7  # of a row group
CHUNK_OFFSET, OF_COLUMN, INDEX_OFFSETS = 2, 3, (4, 6)  # of a column's chunk
PAGE_OFFSETS = (9, 10, 11, 14)  # of what is said of a column: data, index and dictionary pages, bloom filter
MOST_ORDINALS = 2**15


def footer_of(path: Path) -> Struct:
    """The footer of a Parquet file; ValueError where there is none."""
    with path.open("rb") as file:
        file.seek(-8, 2)
        size, magic = int.from_bytes(file.read(4), "little"), file.read(4)
        if magic != MAGIC:
            raise ValueError(f"{path} is no Parquet file")
        file.seek(-8 - size, 2)
        return read_struct(file.read(size))


def have_one_schema(footers: Sequence[Struct]) -> bool:
    """Whether all say the same of their columns, so that row groups of any can stand beside each other."""
    first = footers[0]
    return all(one[SCHEMA] == first[SCHEMA] for one in footers)


def put_under_each_other(paths: Sequence[Path], footers: Sequence[Struct], out: Path, metadata: Mapping[str, bytes]) -> None:
    """All rows of files of one schema, in their order; metadata: the keys and values of the new footer."""
    whole, groups = footers[0], list[Struct]()
    with out.open("wb") as file:
        file.write(MAGIC)
        for path, footer in zip(paths, footers, strict=True):
            shift = file.tell() - len(MAGIC)
            with path.open("rb") as part:
                part.seek(len(MAGIC))
                shutil.copyfileobj(part, file, 2**20)
            for group in footer[GROUPS].values:
                _move(group, shift, len(groups))
                groups.append(group)
        whole[ROWS] = sum(footer[ROWS] for footer in footers)
        whole[GROUPS] = Items(STRUCT, groups)
        pairs = [Struct({1: (BINARY, key.encode()), 2: (BINARY, value)}) for key, value in metadata.items()]
        whole.fields[METADATA] = LIST, Items(STRUCT, pairs)
        content = struct_bytes(whole)
        file.write(content + len(content).to_bytes(4, "little") + MAGIC)


def _move(group: Struct, shift: int, ordinal: int) -> None:
    """Its places in the file, which are `shift` bytes further on now."""
    _shift(group, (GROUP_OFFSET,), shift)
    if ordinal < MOST_ORDINALS and ORDINAL in group:
        group[ORDINAL] = ordinal
    else:
        group.fields.pop(ORDINAL, None)
    for chunk in group[COLUMNS].values:
        _shift(chunk, (CHUNK_OFFSET, *INDEX_OFFSETS), shift)
        _shift(chunk[OF_COLUMN], PAGE_OFFSETS, shift)


def _shift(struct: Struct, numbers: Sequence[int], shift: int) -> None:
    for number in numbers:
        if number in struct and struct[number]:  # 0 stands for none
            struct[number] = struct[number] + shift
