"""Files in, rows out: readers of reviews, of mentions and of data sets, and what a reader is written with."""

from typing import Any

from .. import old_names
from ..data.files import write_atomically
from ..data.restricted import load_plain, looks_pickled
from ..data.types import Items
from .base import INTERACTION_COLUMNS, MentionParts, MentionTable, Reader, ReadOptions
from .item_rows import ItemRows, find_item_columns, item_name
from .json_reader import JsonReader, layout_of, records
from .mention_rows import MentionRows
from .names import KNOWN, Columns, find_columns, has_names, lacking, say_columns
from .parquet import parquet_names, parquet_rows
from .read_log import ReadLog, ReadReport
from .record_reader import Record, RecordReader
from .review_rows import LIKED, NO_RATING, ReviewRows
from .scale import Scale
from .sources import decoded, head_of, lines, raw_lines
from .tables import has_columns, header_of, rows, table_lacks
from .values import NO_TIME, seconds

__all__ = [
    "INTERACTION_COLUMNS",
    "KNOWN",
    "LIKED",
    "NO_RATING",
    "NO_TIME",
    "Columns",
    "ItemRows",
    "Items",
    "JsonReader",
    "MentionRows",
    "MentionParts",
    "MentionTable",
    "ReadLog",
    "ReadOptions",
    "ReadReport",
    "Reader",
    "Record",
    "RecordReader",
    "ReviewRows",
    "Scale",
    "decoded",
    "find_columns",
    "find_item_columns",
    "has_columns",
    "has_names",
    "head_of",
    "header_of",
    "item_name",
    "lacking",
    "layout_of",
    "lines",
    "load_plain",
    "looks_pickled",
    "parquet_names",
    "parquet_rows",
    "raw_lines",
    "records",
    "rows",
    "say_columns",
    "seconds",
    "table_lacks",
    "write_atomically",
]


def __dir__() -> list[str]:
    return sorted(__all__)


def __getattr__(name: str) -> Any:
    if name in old_names.READERS:
        return old_names.find_reader(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
