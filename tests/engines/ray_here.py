"""Ray for tests: started once a session, with two workers; where it is not installed, tests that need it are left out."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

import pytest

needs_ray = pytest.mark.skipif(find_spec("ray") is None, reason="ray is not installed: pip install 'pyexplain[ray]'")


@pytest.fixture(scope="session")
def ray_here() -> Iterator[None]:
    """An embedded Ray, which every RayEngine of this process uses."""
    from pyexplain.engines.ray_session import ray_package, running

    with running(ray_package(), 2, None):
        yield
