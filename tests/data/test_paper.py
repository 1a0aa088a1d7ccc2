"""The authors' folder: its counts are those of the paper's Table 2, and its faults are recorded."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from pyexplain.data.audit import audit
from pyexplain.data.paper import FILES, import_paper_folder
from pyexplain.errors import DataError

from ..shared import SHARED, needs

FOLDER = SHARED / "paper_musical_instruments" / "pickles"


def tiny_folder(path: Path) -> Path:
    """Six users, six items, three features, in the authors' form."""
    content = {
        "user_id_dict": {f"u{k}": k for k in range(6)},
        "item_id_dict": {f"i{k}": k for k in range(6)},
        "feature_id_dict": {"tone": 0, "price": 1, "cable": 2},
        "u_fea_smooth": {k: [2.8, 0.0, 0.0] for k in range(6)},
        "i_fea_smooth": {k: [0.0, 3.0, 3.9] for k in range(6)},
        "train_user_positive_items_dict": {k: [k, (k + 1) % 6, (k + 2) % 6] for k in range(6)},
        "test_ground_truth_user_items_dict": {k: [(k + 3) % 6] for k in range(6)},
        "test_compute_user_items_dict": {k: [(k + 3) % 6, (k + 4) % 6, (k + 5) % 6] for k in range(6)},
        "user_feature_sentiment": {k: {0: 1.0} for k in range(6)},
    }
    path.mkdir()
    for name in FILES:
        (path / name).write_bytes(pickle.dumps(content[name]))
    for name in ("compute_user_items_dict", "ground_truth_user_items_dict"):
        (path / f"validation_{name}").write_bytes((path / f"test_{name}").read_bytes())
    return path


def test_a_tiny_folder_is_read_as_published(tmp_path: Path) -> None:
    data = import_paper_folder(tiny_folder(tmp_path / "p"), "tiny")
    assert data.protocol == "paper"
    assert (data.n_users, data.n_items, data.n_features) == (6, 6, 3)
    assert len(data.train) + len(data.valid) == 18
    assert len(data.valid) > 0
    assert data.item_features.row(0)[1].tolist() == pytest.approx([3.0, 3.9])
    assert data.test_candidates.relevant.sum(axis=1).tolist() == [1] * 6
    published = data.report["published"]
    assert published["lists_with_ground_truth_first"] == 6
    assert len(published["validation_files_equal_to_test"]) == 2


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    folder = tiny_folder(tmp_path / "p")
    (folder / "i_fea_smooth").unlink()
    with pytest.raises(DataError, match="i_fea_smooth"):
        import_paper_folder(folder, "tiny")


def test_a_row_of_the_wrong_length_is_named(tmp_path: Path) -> None:
    folder = tiny_folder(tmp_path / "p")
    (folder / "u_fea_smooth").write_bytes(pickle.dumps({0: [1.0]}))
    with pytest.raises(DataError, match="row 0 has 1 values, expected 3"):
        import_paper_folder(folder, "tiny")


WRONG = [
    None, 7, "text", [], [1, 2], {}, {"x": "y"}, {0: None}, {0: "abc"}, {0: [None] * 3}, {0: ["a", "b", "c"]}, {-1: [0.0] * 3},
    {99: [0]}, {0: [99]}, {0: [-1]}, {0: [1.5]}, {0: [True]}, {0: [[1], [2], [3]]}, {0: {0: "x"}}, {0: {99: 1.0}},
    {0: {0: float("nan")}},
    {0: [float("inf")] * 3}, {0: [10**400] * 3}, {(1, 2): [0]}, {"u0": 0, "u1": 2}, {0: 0}, {"u0": True}, {True: [0]},
    {"u\ud800": 0},
]  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG, ids=lambda value: repr(value)[:30].encode("ascii", "replace").decode())
@pytest.mark.parametrize("file", FILES)
def test_a_file_of_wrong_inner_types_is_named(tmp_path: Path, file: str, wrong: object) -> None:
    folder = tiny_folder(tmp_path / "p")
    (folder / file).write_bytes(pickle.dumps(wrong))
    sound = {"u_fea_smooth": ({},), "i_fea_smooth": ({},), "user_feature_sentiment": ({},)}
    if wrong in sound.get(file, ()):
        import_paper_folder(folder, "tiny")  # rows may be missing: nobody writes about everything
        return
    with pytest.raises(DataError) as caught:
        import_paper_folder(folder, "tiny")
    assert str(folder) in caught.value.where
    assert caught.value.hint


def test_one_wrong_value_among_sound_ones_is_named(tmp_path: Path) -> None:
    folder = tiny_folder(tmp_path / "p")
    (folder / "u_fea_smooth").write_bytes(pickle.dumps({k: [2.8, 0.0, "many" if k == 4 else 0.0] for k in range(6)}))
    with pytest.raises(DataError, match="row 4 holds something that is not a finite number") as caught:
        import_paper_folder(folder, "tiny")
    assert caught.value.where == str(folder / "u_fea_smooth")
    (folder / "u_fea_smooth").write_bytes(pickle.dumps(dict.fromkeys(range(5), (2.8, 0, 0))))
    assert import_paper_folder(folder, "tiny").user_features.dense()[4:].tolist() == [[pytest.approx(2.8), 0, 0], [0, 0, 0]]


@needs("paper_musical_instruments")
def test_counts_equal_the_papers_table_2() -> None:
    data = import_paper_folder(FOLDER, "instruments")
    assert (data.n_users, data.n_items, data.n_features) == (1276, 843, 325)
    assert len(data.train) + len(data.valid) + len(data.test) == 3581
    assert len(data.test) == 1001
    assert data.user_features.values.min() == pytest.approx(2.848, abs=1e-3)
    assert np.isclose(data.item_features.values, 3.0).any(), "mentioned with balanced sentiment"
    assert audit(data), "the folder's faults are found"
