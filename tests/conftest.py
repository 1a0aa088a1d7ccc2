"""Settings of the whole suite."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from hypothesis import settings

# The gate draws the same examples every time; elsewhere hypothesis goes on looking for new ones.
settings.register_profile("gate", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("gate")


HERE = Path(__file__).parent
# The whole together, seconds a test: kernels emulated, a browser, packages built and installed, workers of Ray, processes killed
# or started by torchrun, every module imported, documents followed word by word, methods trained and pinned, benchmarks run, every
# statement recomputed, every byte of memory followed. What a change is tried with while it is written is the rest; the gate runs
# both.
INTEGRATION = (
    "benchmarks/test_small_runs.py",
    "browser",
    "emulated",
    "engines",
    "examples/test_third_party.py",
    "faults/test_kills.py",
    "golden",
    "on_card",
    "ops/test_fuzzed.py",
    "plugins/test_every_pair.py",
    "preparation/test_growth.py",
    "recommenders/test_threads.py",
    "recommenders/test_torchrun.py",
    "scaffold/test_packages.py",
    "statements/test_demo_world.py",
    "statements/test_recomputed.py",
    "surface/test_every_import.py",
    "test_docs_tutorial.py",
    "test_docs_tutorials.py",
    "test_planted_truth.py",
    "test_readme.py",
    "testing/test_kinds.py",
    "tools/test_gpu.py",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`make test` is --part quick, `make integration` the other one."""
    parser.addoption(
        "--part", choices=("all", "quick", "integration"), default="all", help="which part of the suite (default: all)"
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Files of the other part are not even imported."""
    part = config.getoption("--part")
    if part == "all" or not collection_path.is_relative_to(HERE):
        return None
    inside = any(collection_path.is_relative_to(HERE / one) for one in INTEGRATION)
    if part == "quick":
        return True if inside else None
    return True if collection_path.is_file() and not inside else None


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


@pytest.fixture(scope="session", autouse=True)
def nothing_waits_for_the_disk() -> Iterator[None]:
    """No test cuts the power, which is all that a file on its way to the disk is waited for; a call that is killed loses nothing of
    what it wrote. A handle that is none is an error as before."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "fsync", lambda handle: os.fstat(handle if isinstance(handle, int) else handle.fileno()) and None)
        yield


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
