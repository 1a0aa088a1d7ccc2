"""The old name of pyexplain.readers; plugins that import it go on working, with a warning, until interface 2."""

import warnings
from typing import Any

from .. import readers

__all__ = list(readers.__all__)  # noqa: PLE0605  (the same names)

warnings.warn("pyexplain.reviews is now pyexplain.readers", DeprecationWarning, stacklevel=2)


def __getattr__(name: str) -> Any:
    return getattr(readers, name)
