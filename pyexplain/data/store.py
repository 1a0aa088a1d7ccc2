"""Data sets on disk: a folder of dataset.json, arrays.safetensors and Parquet tables, with a manifest. Never pickle."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from ..errors import DataError
from .features import with_totals, without_filled_cells
from .files import check_manifest, new_folder, write_arrays, write_json
from .formats import FORMAT, TOTALS_SINCE, read_format
from .formats import KINDS as NEED_KINDS
from .formats import NEVER as NEED_NEVER
from .formats import PEOPLE as NEED_PEOPLE
from .formats import SHARDS as NEED_SHARDS
from .kinds import PERSON
from .room import Room
from .shards import read_all_arrays, read_tables, write_tables
from .stored import check_arrays, read_mentions, read_summary, rows_of, totals_arrays, totals_of
from .strings import Strings
from .types import Candidates, Dataset
from .vocabulary import Vocabulary

KIND = "data set"
ARRAYS, EVIDENCE, HELDOUT, SUMMARY = "arrays.safetensors", "evidence.parquet", "heldout.parquet", "dataset.json"
NAMES = {kind: f"{kind}s.parquet" for kind in ("user", "item", "feature")}


def new_dataset(out: Path, inputs: Iterable[Path] = (), wait: float = 1.0) -> AbstractContextManager[Path]:
    """A folder for fill_dataset, which takes the place of `out` when all went well; see new_folder."""
    return new_folder(Path(out), KIND, inputs=inputs, wait=wait)


def save_dataset(data: Dataset, out: Path) -> None:
    """Write the folder `out`, whole or not at all; a data set that was there is replaced. DataError where something else is."""
    with new_dataset(out) as folder:
        fill_dataset(data, folder)


def fill_dataset(data: Dataset, folder: Path) -> None:
    """Write the files of a data set into a folder that new_dataset gave; of a view, what it is a view of."""
    data = data.source
    arrays: dict[str, np.ndarray] = {"train": data.train, "valid": data.valid, "test": data.test}
    for side, rows in (("user_features", data.user_features), ("item_features", data.item_features)):
        arrays |= {f"{side}.offsets": rows.offsets, f"{side}.indices": rows.indices, f"{side}.values": rows.values}
    for name, totals, rows in (("user", data.user_mentions, data.user_features), ("item", data.item_mentions, data.item_features)):
        arrays |= totals_arrays(totals, name, rows)
    for part, lists in (("valid", data.valid_candidates), ("test", data.test_candidates)):
        arrays |= {f"{part}_candidates.{name}": getattr(lists, name) for name in ("users", "items", "relevant")}
    write_arrays(folder / ARRAYS, arrays)
    tables = {NAMES[names.kind]: _vocabulary_table(names) for names in (data.users, data.items, data.features)}
    tables |= {EVIDENCE: data.evidence, HELDOUT: data.heldout}
    in_parts = [len(write_tables(folder, name, table)) > 1 for name, table in tables.items()]
    summary = {
        "format": FORMAT,
        "needs": [NEED_KINDS] * (data.features.kinds is not None)
        + [NEED_SHARDS] * any(in_parts)
        + [NEED_NEVER] * (data.unsaid is not None)
        + [NEED_PEOPLE] * (PERSON in data.kinds),
        "name": data.name,
        "protocol": data.protocol,
        "fingerprint": data.fingerprint,
        "counts": {"users": data.n_users, "items": data.n_items, "features": data.n_features}
        | {part: len(getattr(data, part)) for part in ("train", "valid", "test")},
        "lineage": [asdict(ancestor) for ancestor in data.lineage],
        "settings": asdict(data.settings),
        "report": data.report,
    }
    write_json(folder / SUMMARY, summary)


def upgrade_dataset(path: str | Path) -> int:
    """Rewrite a data set folder of an older format in the newest, whole or not at all; the format that it had.

    A folder of the newest format is left as it is. Raises DataError where the folder cannot be read or written.
    """
    folder = Path(path).resolve()
    check_manifest(folder, KIND)
    before = read_format(folder / SUMMARY)
    if before < FORMAT:
        with new_dataset(folder) as draft:
            fill_dataset(load_dataset(folder), draft)
    return before


def load_dataset(path: str | Path) -> Dataset:
    """Read a data set folder; DataError, which names the file, where it is missing, unfinished, altered or of wrong content.

    Tables and arrays may be there in parts (shards.py). Folders of older formats are read; see formats.py.
    """
    folder = Path(path)
    files = check_manifest(folder, KIND, (SUMMARY, ARRAYS, EVIDENCE, HELDOUT, *NAMES.values()), in_parts=True)
    summary = read_summary(folder / SUMMARY)
    arrays = read_all_arrays(folder, files[ARRAYS])
    check_arrays(arrays, folder / files[ARRAYS][0])
    users, items, features = (read_vocabulary(folder, files[file], kind) for kind, file in NAMES.items())
    sizes = {"user": len(users), "item": len(items), "feature": len(features)}
    evidence, heldout = (read_mentions(folder, files[name], sizes) for name in (EVIDENCE, HELDOUT))
    pa.default_memory_pool().release_unused()  # what tables were unpacked in

    def lists(part: str) -> Candidates:
        return Candidates(*(arrays[f"{part}_candidates.{name}"] for name in ("users", "items", "relevant")))

    try:
        f_u, f_i = (rows_of(arrays, f"{side}_features", len(features)) for side in ("user", "item"))
        data = Dataset(
            summary.name,
            summary.protocol,
            users,
            items,
            features,
            arrays["train"],
            arrays["valid"],
            arrays["test"],
            f_u,
            f_i,
            lists("valid"),
            lists("test"),
            evidence,
            heldout,
            summary.settings,
            summary.report,
            summary.lineage,
            totals_of(arrays, "user", f_u),
            totals_of(arrays, "item", f_i),
        )
    except (ValueError, DataError) as error:
        where = str(folder / files[ARRAYS][0])
        raise DataError(f"does not fit together: {error}", where=where, hint="Make the data set again.") from error
    if data.fingerprint != summary.fingerprint:
        raise DataError("the fingerprint does not fit the arrays", where=str(folder / SUMMARY), hint="Make the data set again.")
    data = without_filled_cells(data)
    return with_totals(data) if summary.format < TOTALS_SINCE else data


def _vocabulary_table(vocabulary: Vocabulary) -> pd.DataFrame:
    titles = {} if vocabulary.titles is None else {"title": vocabulary.titles.column_of_frame()}
    kinds = {} if vocabulary.kinds is None else {"kind": vocabulary.kinds}
    return pd.DataFrame({"name": vocabulary.names.column_of_frame(), **titles, **kinds}, dtype="str")


def _laid(texts: pd.Series) -> Strings:
    """Many lie beside memory where there is room, as other large columns do."""
    try:
        return Strings.of_frame(texts, Room())
    except DataError:
        return Strings.of_frame(texts)


def read_vocabulary(folder: Path, files: Sequence[str], kind: str) -> Vocabulary:
    """The names that these files of a data set hold together; DataError, which names the file, for what is none."""
    table, path = read_tables(folder, files, ("name",)), folder / files[0]
    found: dict[str, Strings] = {}
    for column in {"name", "title", "kind"}.intersection(table.columns):
        try:
            found[column] = _laid(table[column])
        except (TypeError, ValueError) as error:
            what = f"the column {column} holds something else than text"
            raise DataError(what, where=str(path), hint="Make the data set again.") from error
    try:
        return Vocabulary(found["name"], kind, found.get("title"), found.get("kind"))
    except DataError as error:
        raise DataError(error.what, where=str(path), hint="Make the data set again.") from error
