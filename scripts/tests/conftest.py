"""The real programs, started once for the tests that need them all."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from argus_local.stack import Stack


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """PostgreSQL, Redis, web under gunicorn, a Celery worker with the sweep.

    Not in a folder of pytest's: a second run on the machine closes those to the account that PostgreSQL runs as.
    """
    with tempfile.TemporaryDirectory(prefix="argus-stack-") as folder, Stack(Path(folder) / "data") as running:
        running.start("web", "worker")
        yield running
