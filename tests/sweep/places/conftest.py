"""Clusters of this machine are used one at a time, whichever process of pytest has started them."""

from collections.abc import Iterator

import pytest
from filelock import FileLock


@pytest.fixture(autouse=True)
def _one_at_a_time(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Their processes are counted, and two at once are too much for two cores."""
    if not {"cluster", "node"} & set(request.fixturenames):
        yield
        return
    with FileLock(str(tmp_path_factory.getbasetemp().parent / "clusters.lock")):
        yield
