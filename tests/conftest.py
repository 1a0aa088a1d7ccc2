"""Settings of the whole suite."""

import gc
import os
from pathlib import Path

import pytest
import torch
from hypothesis import settings

# The gate draws the same examples every time; elsewhere hypothesis goes on looking for new ones.
settings.register_profile("gate", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("gate")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The long forms are run where they are asked for: PYEXPLAIN_LONG=1, as `make long` says."""
    if os.environ.get("PYEXPLAIN_LONG"):
        return
    long = [item for item in items if item.get_closest_marker("long")]
    config.hook.pytest_deselected(items=long)
    items[:] = [item for item in items if item not in long]


def pytest_collection_finish(session: pytest.Session) -> None:
    """What is there by now stays to the end: the garbage collector need not look through it again and again."""
    gc.collect()
    gc.freeze()


# The networks of tests are tiny: a second thread gains nothing, and waits in vain where other programs use the processor.
torch.set_num_threads(1)
# torch warns once a process of an array that may not be written; the suite makes each of them an error (pyproject.toml).
torch.set_warn_always(True)


@pytest.fixture(scope="session")
def built_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built-in data set, as the command line makes it, once for all processes of the suite, and beside it its reviews
    and their truth in "reviews"; for reading only."""
    from pyexplain.cli.demo import demo_dataset

    top = tmp_path_factory.getbasetemp()
    here = top.parent if os.environ.get("PYTEST_XDIST_WORKER") else top
    place = here / "built-in"
    return demo_dataset(lambda label, done, total: None, place / "dataset", place / "reviews")  # others wait while one makes it
