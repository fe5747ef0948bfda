"""The real programs, started once for the tests that need them all."""

from collections.abc import Iterator

import pytest
from argus_local.stack import Stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """PostgreSQL, Redis, web under gunicorn, a Celery worker with the sweep."""
    with Stack(tmp_path_factory.mktemp("stack") / "data") as running:
        running.start("web", "worker")
        yield running
