"""Train recommenders on reviews, and explain each recommendation by the features people write about.

    import pyexplain as px
    data = px.load_dataset("dataset/")
    run = px.train(data, explainer="cnr", epochs=50)
    print(run.explain(user, item))

These names are what a user needs. What plugins are written with is in the modules named after the hooks: `pyexplain.recommenders`,
`pyexplain.explainers`, `pyexplain.metrics` and `pyexplain.readers`, with `pyexplain.data`, `pyexplain.margin`, `pyexplain.ops`,
`pyexplain.evaluation` and `pyexplain.testing` beside them. Names are imported when first used, so that `import pyexplain` is quick.
"""

from __future__ import annotations

from typing import Any

from . import old_names
from .lazy import attach

_find, __dir__, __all__ = attach(__name__, __file__)
old_names.install()


def __getattr__(name: str) -> Any:
    if name == "__version__":  # stands in pyproject.toml alone
        from importlib.metadata import version

        return version("pyexplain")
    return old_names.find(name) if name in old_names.NAMES else _find(name)
