"""Files in, rows out: readers of reviews, of mentions and of data sets, and what a reader is written with."""

from ..data.files import write_atomically
from ..data.restricted import load_plain
from ..data.types import Items
from .base import INTERACTION_COLUMNS, MentionTable, Reader, ReadOptions
from .item_rows import ItemRows, find_item_columns, item_name
from .mention_rows import MentionRows
from .parquet import parquet_names, parquet_rows
from .read_log import ReadReport, Tally
from .review_rows import NO_TIME, ReviewRows
from .sources import decoded, head_of, lines, raw_lines
from .tables import Columns, find_columns, has_columns, header_of, rows, seconds

__all__ = [
    "INTERACTION_COLUMNS",
    "NO_TIME",
    "Columns",
    "ItemRows",
    "Items",
    "MentionRows",
    "MentionTable",
    "ReadOptions",
    "ReadReport",
    "Reader",
    "ReviewRows",
    "Tally",
    "decoded",
    "find_columns",
    "find_item_columns",
    "has_columns",
    "head_of",
    "header_of",
    "item_name",
    "lines",
    "load_plain",
    "parquet_names",
    "parquet_rows",
    "raw_lines",
    "rows",
    "seconds",
    "write_atomically",
]
