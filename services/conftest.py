"""A real MLflow server for the tests that ask: one per run, since a start takes ten seconds."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def mlflow_server() -> Iterator[Any]:
    """The server; a test that kills it starts it again."""
    from argus_local.servers import free_port
    from mlflow_server import MLflowServer

    with tempfile.TemporaryDirectory(prefix="argus-mlflow-") as folder:
        server = MLflowServer(Path(folder) / "data", port=free_port())
        server.start()
        yield server
        server.stop()


@pytest.fixture(scope="session")
def mlflow_url(mlflow_server: Any) -> str:
    """Its address."""
    url: str = mlflow_server.url
    return url
