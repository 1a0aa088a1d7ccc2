"""Object storage as docs/howto/object-storage.md says, on a server that behaves like S3."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import pyexplain as px
from pyexplain.data.demo import write_demo
from pyexplain.errors import DataError

moto = pytest.importorskip("moto.server", reason="moto is not installed: pip install 'moto[server]'")
fs = pytest.importorskip("pyarrow.fs")


@pytest.fixture(scope="module")
def s3() -> Iterator[Any]:
    """A file system in memory, behind HTTP on this machine."""
    server = moto.ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    storage = fs.S3FileSystem(
        access_key="nobody", secret_key="nothing", endpoint_override=f"{host}:{port}", scheme="http", allow_bucket_creation=True
    )
    storage.create_dir("shop")
    yield storage
    server.stop()


def test_reviews_are_read_and_data_sets_go_there_and_back(s3: Any, tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.dataset as ds

    write_demo(tmp_path / "demo", users=60, items=30, features=10)
    frame = pd.read_json(tmp_path / "demo" / "reviews.jsonl", lines=True)
    names = {"reviewerID": "user_id", "asin": "item_id", "overall": "rating", "reviewText": "text"}
    frame = frame[list(names)].rename(columns=names).astype({"rating": "float64"})
    for number, part in enumerate((frame[:200], frame[200:])):
        table = pa.Table.from_pandas(part, preserve_index=False)
        ds.write_dataset(table, f"shop/reviews/{number}", filesystem=s3, format="parquet")
    found = ds.dataset("shop/reviews", filesystem=s3, format="parquet").to_table().to_pandas()
    data = px.prepare(found)
    assert data.fingerprint == px.prepare(frame).fingerprint

    px.save_dataset(data, tmp_path / "dataset")
    fs.copy_files(str(tmp_path / "dataset"), "shop/dataset", destination_filesystem=s3)
    (tmp_path / "back").mkdir()
    fs.copy_files("shop/dataset", str(tmp_path / "back"), source_filesystem=s3)
    assert px.load_dataset(tmp_path / "back").fingerprint == data.fingerprint

    with s3.open_output_stream("shop/dataset/arrays.safetensors") as file:
        file.write(b"cut off")
    fs.copy_files("shop/dataset", str(tmp_path / "back"), source_filesystem=s3)
    with pytest.raises(DataError, match="checksum"):
        px.load_dataset(tmp_path / "back")
