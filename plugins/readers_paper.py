"""paper-pickles: the folders that the authors of the paper published. Read without running anything that is in them."""

from __future__ import annotations

from pathlib import Path

from pyexplain import Dataset, hookimpl
from pyexplain.data import import_paper_folder
from pyexplain.readers import Reader


class PaperPickles(Reader):
    """A folder of pickled dictionaries: user_id_dict, u_fea_smooth, train_user_positive_items_dict and the others."""

    name = "paper-pickles"
    kind = "dataset"
    description = "the paper authors' folder of pickled dictionaries"

    def detect(self, path: Path, head: bytes) -> bool:
        """A folder with the dictionary of features in it."""
        return path.is_dir() and (path / "u_fea_smooth").is_file()

    def read_dataset(self, path: Path, name: str, seed: int = 0) -> Dataset:
        """Protocol paper: features, test pairs and lists as published; a validation part carved from train."""
        return import_paper_folder(path, name, seed)


@hookimpl
def pyexplain_readers() -> list[type[Reader]]:
    """The folder."""
    return [PaperPickles]
