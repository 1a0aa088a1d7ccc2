"""The packages that `pyexplain new` writes: names are checked, templates filled in, folders written whole or not at all."""

from .names import KINDS, Names, check_free, make_names
from .write import write_package

__all__ = ["KINDS", "Names", "check_free", "make_names", "write_package"]
