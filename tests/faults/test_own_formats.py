"""Own files with right checksums and wrong content: structure-aware mutations, each refused by name or without harm, never raw."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pyexplain import api, registry
from pyexplain.data.files import read_arrays, write_manifest
from pyexplain.data.store import load_dataset
from pyexplain.errors import PyexplainError

VALUES: tuple[object, ...] = (None, [], {}, "", "x", -1, 10**30, 1.5, True, [[]], {"a": {}})
PLUGINS = registry.load_registry()
# what may hold anything: it is shown, and nothing is made of it
FREE = ("report", "counts", "versions", "schema", "method", "protocol", "name", "path", "needs", "settings", "lineage")


def places(content: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON document, containers before what is in them."""
    yield path
    inner = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in inner:
        yield from places(value, (*path, key))


def changed(content: Any, path: tuple[Any, ...], value: object) -> Any:
    """The document with another value at a place; Ellipsis takes the key out."""
    if not path:
        return value
    copy = dict(content) if isinstance(content, dict) else list(content)
    if len(path) == 1 and value is ...:
        del copy[path[0]]
    else:
        copy[path[0]] = changed(copy[path[0]], path[1:], value)
    return copy


def read_data(world: Path) -> object:
    data = load_dataset(world / "ds")
    return data.evidence, data.n_users


def read_run(world: Path) -> object:
    run = api.load_run(world / "run", registry=PLUGINS, dataset=world / "ds")
    explainer = run.explainer() if run.trained.explainer else None
    return run.recommend(run.data.users[0], 3), explainer


def refused(world: Path, file: Path, read: Callable[[Path], object], kind: str) -> bool:
    """Whether reading is refused; it must be by name then, and by an error of ours."""
    write_manifest(file.parent, kind)
    try:
        read(world)
    except PyexplainError as error:
        said = str(error)
    else:
        return False
    assert str(file.parent) in said or "fingerprint" in said or "feature space" in said, said
    return True


@pytest.mark.parametrize(("name", "kind", "read"), [("ds/dataset.json", "data set", read_data), ("run/run.json", "run", read_run)])
def test_json_with_another_value_anywhere(name: str, kind: str, read: Callable[[Path], object], world: Path) -> None:
    file = world / name
    whole = json.loads(file.read_text())
    rng = np.random.default_rng(0)
    count = 0
    for path in places(whole):
        if len(path) > 1 and path[0] == "report":
            continue
        for value in rng.choice(np.array([*VALUES, ...], dtype=object), 4, replace=False) if path else VALUES:
            if not path and value is ...:
                continue
            file.write_text(json.dumps(changed(whole, path, value)))
            kept = refused(world, file, read, kind)
            same = path and changed(whole, path, value) == whole
            same = same or (path == ("explainer",) and value is None)  # a recommender alone is a run, too
            assert kept or same or str(path[0]) in FREE or path[-1] in FREE or path[-1] == "config" or "config" in path, (
                path,
                value,
            )
            count += 1
    assert count > 60


ARRAYS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "floats": lambda a: a.astype(np.float64) + 0.5,
    "other integers": lambda a: a.astype(np.int8),
    "another shape": lambda a: a.reshape(-1, 1),
    "one more dimension": lambda a: a[None],
    "less": lambda a: a[:-1],
    "nothing": lambda a: a[:0],
    "too large": lambda a: (a.astype(np.int64) + 10**9) if a.dtype.kind != "b" else a.astype(np.int64),
    "negative": lambda a: -a.astype(np.int64) - 5 if a.dtype.kind != "b" else ~a[:, :1],
    "NaN": lambda a: np.full(a.shape, np.nan, dtype=np.float32),
}


@pytest.mark.parametrize("how", ARRAYS)
def test_arrays_of_another_kind(how: str, world: Path) -> None:
    from safetensors.numpy import save_file

    file = world / "ds" / "arrays.safetensors"
    whole = read_arrays(file)
    for name, array in whole.items():
        if array.size == 0:
            continue
        save_file(whole | {name: np.ascontiguousarray(ARRAYS[how](array))}, file)
        assert refused(world, file, read_data, "data set"), name
        save_file({other: value for other, value in whole.items() if other != name}, file)
        assert refused(world, file, read_data, "data set"), name


COLUMNS: dict[str, Callable[[pd.DataFrame, str], pd.DataFrame]] = {
    "gone": lambda f, c: f.drop(columns=c),
    "another name": lambda f, c: f.rename(columns={c: c + "_"}),
    "text": lambda f, c: f.assign(**{c: "x" if f[c].dtype.kind in "if" else 5}),
    "too large": lambda f, c: f.assign(**{c: 10**9}),
    "empty cells": lambda f, c: f.assign(**{c: None}),
    "lists": lambda f, c: f.assign(**{c: [[1]] * len(f)}),
}


@pytest.mark.parametrize("how", COLUMNS)
@pytest.mark.parametrize("name", ["users", "items", "features", "evidence", "heldout"])
def test_tables_with_other_columns(how: str, name: str, world: Path) -> None:
    file = world / "ds" / f"{name}.parquet"
    whole = pd.read_parquet(file)
    assert len(whole)
    for column in whole.columns:
        COLUMNS[how](whole, column).to_parquet(file, index=False)
        harmless = column == "sentiment" and how == "too large"
        assert refused(world, file, read_data, "data set") or harmless, column


def test_states_that_do_not_fit(world: Path) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    file = world / "run" / "state.safetensors"
    whole = load_file(file)
    own = [name for name in whole if name.startswith("recommender/")]
    for name in own:
        value = whole[name]
        if value.ndim == 0:
            continue
        wrong = [
            value[:-1],
            value[None],
            torch.full_like(value, float("nan")),
            torch.full_like(value, float("inf")),
            torch.zeros(3, 5, 7),
        ]
        for other in wrong:
            save_file(whole | {name: other.contiguous()}, file)
            assert refused(world, file, read_run, "run"), (name, other.shape)
        save_file({other: value for other, value in whole.items() if other != name}, file)
        assert refused(world, file, read_run, "run"), name
    save_file(whole | {"acme/x": torch.zeros(2)}, file)
    assert refused(world, file, read_run, "run")
    save_file(whole, file, {"note": "metadata do no harm"})
    assert not refused(world, file, read_run, "run")


@pytest.mark.parametrize("size", [0, 7, 8, 2**20, 2**63, 2**64 - 1])
def test_headers_that_lie_about_their_size(size: int, world: Path) -> None:
    for file, kind, read in (
        (world / "ds" / "arrays.safetensors", "data set", read_data),
        (world / "run" / "state.safetensors", "run", read_run),
    ):
        content = file.read_bytes()
        file.write_bytes(size.to_bytes(8, "little") + content[8:])
        assert refused(world, file, read, kind)
        file.write_bytes(content)
        write_manifest(file.parent, kind)
