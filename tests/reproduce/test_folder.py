"""The authors' folder is told from its counts, and the wrong one is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyexplain.data.paper import import_paper_folder
from pyexplain.errors import DataError, UsageError
from pyexplain.reproduce.folder import find_folder
from pyexplain.reproduce.paper import read_target

from ..shared import SHARED, needs
from .folders import authors_folder


def test_a_folder_of_other_counts_is_of_no_set_of_the_paper(tmp_path: Path) -> None:
    folder = find_folder(authors_folder(tmp_path / "p"), read_target("table4"))
    assert (folder.dataset, folder.counts, folder.name) == (None, (24, 18, 9), "p")
    assert folder.load(3).settings.seed == 3


def test_a_folder_with_the_counts_of_video_is_video_and_not_instrument(tmp_path: Path) -> None:
    path = authors_folder(tmp_path / "p", 4333, 1486, 350)
    assert find_folder(path, read_target("table5")).dataset == "video"
    assert find_folder(path, read_target("table3")).dataset == "video"
    with pytest.raises(UsageError, match="table4 is of the data set instrument, this folder is video"):
        find_folder(path, read_target("table4"))


def test_all_three_counts_must_fit(tmp_path: Path) -> None:
    assert find_folder(authors_folder(tmp_path / "p", 1276, 843, 20), read_target("table3")).dataset is None


def test_a_set_that_is_asked_for_is_believed_and_marked(tmp_path: Path) -> None:
    folder = find_folder(authors_folder(tmp_path / "p"), read_target("table3"), "video")
    assert folder.dataset == "video"
    assert folder.asked
    with pytest.raises(UsageError, match="no data set 'books'"):
        find_folder(tmp_path / "p", read_target("table3"), "books")


def test_the_folder_may_lie_below_and_several_are_named(tmp_path: Path) -> None:
    authors_folder(tmp_path / "a" / "b")
    assert find_folder(tmp_path, read_target("table3")).path == tmp_path / "a" / "b"
    authors_folder(tmp_path / "c")
    with pytest.raises(UsageError, match="several folders fit"):
        find_folder(tmp_path, read_target("table3"))


def test_no_folder_is_an_error_that_says_what_is_wanted(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="user_id_dict"):
        find_folder(None, read_target("table3"))
    with pytest.raises(DataError, match="no folder of the paper's authors"):
        find_folder(tmp_path, read_target("table3"))


@pytest.mark.parametrize("empty", [False, True])
def test_a_folder_that_was_not_published_whole_says_so_and_what_can_be_made_again(tmp_path: Path, empty: bool) -> None:
    folder = authors_folder(tmp_path / "p")
    for file in ("i_fea_smooth", "feature_id_dict"):
        (folder / file).unlink()
        if empty:
            (folder / file).touch()
    with pytest.raises(DataError, match="lacks feature_id_dict, i_fea_smooth") as raised:
        find_folder(tmp_path, read_target("table4"))
    assert all(name in str(raised.value.hint) for name in ("instrument", "video", "music", "beauty", "clothing"))
    with pytest.raises(DataError, match="lacks feature_id_dict, i_fea_smooth") as raised:
        import_paper_folder(folder, "p")
    assert "copying it again adds nothing" in str(raised.value.hint)


@needs("paper_musical_instruments")
def test_the_published_folder_is_instrument() -> None:
    assert find_folder(SHARED / "paper_musical_instruments", read_target("table4")).dataset == "instrument"
