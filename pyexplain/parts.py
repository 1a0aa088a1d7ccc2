"""Parts of a large table: kept beside the output until all are there, so that an interrupted call goes on where it stopped.

`.NAME.parts/` holds identity.json, which says of what the parts are, and `NUMBER.CHECKSUM.arrow`: the name holds the SHA-256 of
the bytes, so a part cannot change unseen, and file and checksum come into being in one step. Parts are Arrow's files (IPC): they
are written and read once, in a third of the time that Parquet takes; the output is Parquet.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from .data.drafts import finish_file, told
from .data.exchange import sync
from .data.files import checksum, write_json
from .data.json_file import read_bytes, read_object
from .data.manifest import as_json
from .errors import DataError, RunError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Rows: TypeAlias = "pd.DataFrame | pa.Table"
IDENTITY, WRITING = "identity.json", "writing.arrow"
DICTIONARY = 64 * 2**20  # bytes of the texts of a column that are written once each: rows of one pair say the same
MADE = "pyexplain:made"  # in the footer of what is put together: the checksum of what its rows are of
AGAIN = "Leave out --resume to begin anew."
_PART = re.compile(r"(\d{6,})\.([0-9a-f]{64})\.arrow", re.ASCII)
_OURS = re.compile(  # also what older versions left, in Parquet: it is removed, and not gone on with
    r"identity\.json|writing\.(arrow|parquet)|\d{6,}(\.[0-9a-f]{64})?\.(arrow|parquet)|\..+\.(pyexplain-part|part)", re.ASCII
)


@dataclass(frozen=True)
class Parts:
    """The parts of one output, used under the lock of the output (new_file)."""

    out: Path

    @property
    def folder(self) -> Path:
        """Where they are, whether there are any or not."""
        return self.out.with_name(f".{self.out.name}.parts")

    def begin(self, identity: Mapping[str, str], resume: bool) -> None:
        """Parts that are there are kept with resume, and removed without.

        Raises RunError, which says what differs or which file is damaged, where they cannot be gone on with.
        """
        if resume and self.folder.exists():
            _check_identity(self.folder / IDENTITY, identity)
            _check_parts(self.folder)
            return
        self.remove()
        with told(self.out):
            self.folder.mkdir()
        write_json(self.folder / IDENTITY, dict(identity), ours=True)

    def there(self) -> frozenset[int]:
        """The numbers of the parts that are there; one look at the folder, for there may be many."""
        found = (_PART.fullmatch(path.name) for path in self.folder.iterdir())
        return frozenset(int(name[1]) for name in found if name)

    def write(self, number: int, content: bytes) -> None:
        """Add a part, packed, whole or not at all. DataError where it cannot be written."""
        draft = self.folder / WRITING
        try:
            with told(self.out):
                draft.write_bytes(content)
                finish_file(draft)
                draft.rename(self.folder / f"{number:06}.{hashlib.sha256(content).hexdigest()}.arrow")
                sync(self.folder)
        finally:
            draft.unlink(missing_ok=True)

    def join(self, out: Path) -> None:
        """All parts in one Parquet file, one in memory at a time. It keeps what they are of, as a checksum; see is_made_of."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        found = ((_PART.fullmatch(path.name), path) for path in self.folder.iterdir())
        files = [path for _, path in sorted((int(name[1]), path) for name, path in found if name)]
        files = [path for path in files if _opened(path).num_record_batches] or files[:1]  # without rows a column has no type
        schema = _schema(files)
        plain = _without_codes(schema)  # texts are written by their codes, and read as the texts that they are
        with told(self.out), pq.ParquetWriter(out, schema, dictionary_pagesize_limit=DICTIONARY, store_schema=False) as writer:
            for path in files:
                writer.write_table(_opened(path).read_all().cast(schema))
                pa.default_memory_pool().release_unused()
            arrow = b64encode(plain.serialize().to_pybytes())
            writer.add_key_value_metadata({"ARROW:schema": arrow, MADE: _digest((self.folder / IDENTITY).read_bytes())})

    def remove(self) -> None:
        """Remove the folder; RunError, and nothing is removed, where something that is not ours is in it."""
        if not self.folder.exists():
            return
        strange = [path.name for path in sorted(self.folder.iterdir()) if not _OURS.fullmatch(path.name)]
        if strange:
            raise RunError(f"{strange[0]} is no part of ours", where=str(self.folder), hint="Move it away.")
        shutil.rmtree(self.folder)


def packed(rows: Rows) -> bytes:
    """The file of a part. Whoever has the rows makes it: it is smaller than they are, and takes its time."""
    import pyarrow as pa

    table, file = rows if isinstance(rows, pa.Table) else pa.Table.from_pandas(rows, preserve_index=False), pa.BufferOutputStream()
    with pa.ipc.new_file(file, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd", use_threads=False)) as writer:
        if len(table):
            writer.write_table(table.combine_chunks())
    content: bytes = file.getvalue().to_pybytes()
    return content


def _opened(path: Path) -> pa.RecordBatchFileReader:
    import pyarrow as pa

    return pa.ipc.open_file(pa.memory_map(str(path)), options=pa.ipc.IpcReadOptions(use_threads=False))


def is_made_of(out: Path, identity: Mapping[str, str]) -> bool:
    """Whether `out` is a finished file that was put together of parts of this identity."""
    if not out.is_file():
        return False
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        said = pq.read_metadata(out).metadata or {}
    except (pa.ArrowException, OSError):  # no Parquet file, or a damaged one
        return False
    return said.get(MADE.encode()) == _digest(as_json(dict(identity)).encode())


def _digest(identity: bytes) -> bytes:
    return hashlib.sha256(identity).hexdigest().encode()


def _schema(files: list[Path]) -> pa.Schema:
    """Of all together: a part with nothing but None in a column does not know what the others hold there."""
    import pyarrow as pa

    known = [_opened(path).schema for path in files]
    return pa.unify_schemas(known, promote_options="permissive").with_metadata(known[0].metadata)


def _without_codes(schema: pa.Schema) -> pa.Schema:
    """The same with texts in place of their codes; itself where there are none."""
    import pyarrow as pa

    coded = {at: field for at, field in enumerate(schema) if pa.types.is_dictionary(field.type)}
    plain = schema
    for at, field in coded.items():
        plain = plain.set(at, field.with_type(pa.large_string()))
    return plain


def _check_identity(path: Path, ours: Mapping[str, str]) -> None:
    if not path.exists() and not any(_PART.fullmatch(other.name) for other in path.parent.iterdir()):
        return write_json(path, dict(ours), ours=True)  # killed before the first part
    try:
        content = read_bytes(path)
        theirs = read_object(content, str(path), hint=AGAIN)
    except DataError as error:
        raise RunError(f"what the parts are of cannot be read: {error.what}", where=str(path), hint=AGAIN) from error
    for key in sorted(theirs.keys() | ours.keys()):
        made, now = (f"{key} {them[key]}" if key in them else f"no {key}" for them in (theirs, ours))
        if made != now:
            raise RunError(f"the parts were made with {made}, this call has {now}", where=str(path), hint=AGAIN)
    if content != as_json(dict(ours)).encode():
        raise RunError("what the parts are of was altered", where=str(path), hint=AGAIN)
    return None


def _check_parts(folder: Path) -> None:
    for path in sorted(folder.iterdir()):
        found = _PART.fullmatch(path.name)
        if found is None and not _OURS.fullmatch(path.name):
            raise RunError(f"{path.name} is no part of ours", where=str(folder), hint="Move it away.")
        if found and checksum(path) != found[2]:
            raise RunError("the part is damaged: its checksum differs", where=str(path), hint=f"Delete it, or: {AGAIN}")
