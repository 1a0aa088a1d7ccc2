"""Data sets on disk: a folder of dataset.json, arrays.safetensors and Parquet tables, with a manifest. Never pickle."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import DataError
from .files import check_manifest, new_folder, read_arrays, write_arrays, write_json, write_table
from .formats import FORMAT, check_format, read_format
from .json_file import read_json
from .sparse import SparseRows
from .types import Ancestor, Candidates, Dataset, Settings
from .vocabulary import Vocabulary

KIND = "data set"


def save_dataset(data: Dataset, out: Path) -> None:
    """Write the folder `out`, whole or not at all; a data set that was there is replaced."""
    with new_folder(Path(out), KIND) as folder:
        arrays: dict[str, np.ndarray] = {"train": data.train, "valid": data.valid, "test": data.test}
        for side, rows in (("user_features", data.user_features), ("item_features", data.item_features)):
            arrays |= {f"{side}.offsets": rows.offsets, f"{side}.indices": rows.indices, f"{side}.values": rows.values}
        for part, lists in (("valid", data.valid_candidates), ("test", data.test_candidates)):
            arrays |= {f"{part}_candidates.{name}": getattr(lists, name) for name in ("users", "items", "relevant")}
        write_arrays(folder / "arrays.safetensors", arrays)
        for vocabulary in (data.users, data.items, data.features):
            write_table(folder / f"{vocabulary.kind}s.parquet", _vocabulary_table(vocabulary))
        write_table(folder / "evidence.parquet", data.evidence)
        write_table(folder / "heldout.parquet", data.heldout)
        summary = {
            "format": FORMAT,
            "needs": [],
            "name": data.name,
            "protocol": data.protocol,
            "fingerprint": data.fingerprint,
            "counts": {"users": data.n_users, "items": data.n_items, "features": data.n_features}
            | {part: len(getattr(data, part)) for part in ("train", "valid", "test")},
            "lineage": [asdict(ancestor) for ancestor in data.lineage],
            "settings": asdict(data.settings),
            "report": data.report,
        }
        write_json(folder / "dataset.json", summary)


def upgrade_dataset(path: str | Path) -> int:
    """Rewrite a data set folder of an older format in the newest, whole or not at all; the format that it had.

    A folder of the newest format is left as it is. Raises DataError where the folder cannot be read or written.
    """
    folder = Path(path).resolve()
    check_manifest(folder, KIND)
    before = read_format(folder / "dataset.json")
    if before < FORMAT:
        save_dataset(load_dataset(folder), folder)
    return before


def load_dataset(path: str | Path) -> Dataset:
    """Read a data set folder; DataError where it is missing, unfinished or altered."""
    folder = Path(path)
    check_manifest(folder, KIND)
    summary = read_json(folder / "dataset.json", hint="Make the data set again.")
    check_format(summary, str(folder / "dataset.json"))
    arrays = read_arrays(folder / "arrays.safetensors")
    users, items, features = (_vocabulary(folder, kind) for kind in ("user", "item", "feature"))

    def rows(side: str) -> SparseRows:
        offsets, indices, values = (arrays[f"{side}.{part}"] for part in ("offsets", "indices", "values"))
        return SparseRows(offsets, indices, values, len(features))

    def lists(part: str) -> Candidates:
        return Candidates(*(arrays[f"{part}_candidates.{name}"] for name in ("users", "items", "relevant")))

    data = Dataset(
        summary["name"],
        summary["protocol"],
        users,
        items,
        features,
        arrays["train"],
        arrays["valid"],
        arrays["test"],
        rows("user_features"),
        rows("item_features"),
        lists("valid"),
        lists("test"),
        pd.read_parquet(folder / "evidence.parquet"),
        pd.read_parquet(folder / "heldout.parquet"),
        Settings(**summary["settings"]),
        summary["report"],
        tuple(Ancestor(**ancestor) for ancestor in summary.get("lineage", ())),
    )
    if data.fingerprint != summary["fingerprint"]:
        raise DataError("the fingerprint does not fit the arrays", where=str(folder), hint="Make the data set again.")
    return data


def _vocabulary_table(vocabulary: Vocabulary) -> pd.DataFrame:
    titles = {} if vocabulary.titles is None else {"title": vocabulary.titles}
    return pd.DataFrame({"name": vocabulary.names, **titles}, dtype="str")


def _vocabulary(folder: Path, kind: str) -> Vocabulary:
    table = pd.read_parquet(folder / f"{kind}s.parquet")
    return Vocabulary(table["name"].tolist(), kind, table["title"].tolist() if "title" in table else None)
