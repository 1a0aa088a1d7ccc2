"""What readers of JSON files share: objects a line, in an array or one after another, and Python literals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from .read_log import ReadLog
from .record_reader import Record, RecordReader
from .records import head_records, layout_of, records


class JsonReader(RecordReader):
    """A review an object. A subclass has a name, and `keys` where it knows the file's."""

    def head_records(self, head: bytes) -> Sequence[Record]:
        """See RecordReader."""
        return list(head_records(head))

    def records(self, path: Path, head: bytes, log: ReadLog) -> Iterator[tuple[int, Record | None]]:
        """See RecordReader."""
        layout = layout_of(head) or "lines"
        if layout != "lines":
            log.say("read as Python literals, of which nothing is run" if layout == "literals" else "read as a JSON array")
        yield from records(path, layout, log)
