"""Fixtures of the trainer's tests."""

import mlflow_server
import pytest
from argus_trainer.config import Config


@pytest.fixture(scope="session")
def mlflow_url() -> str:
    """A real MLflow server."""
    return mlflow_server.shared().url


@pytest.fixture
def config(mlflow_url: str, request: pytest.FixtureRequest) -> Config:
    """What a trainer is told, with a model name of the test's own."""
    return Config(tracking_uri=mlflow_url, model_name=f"model-of-{request.node.name}", code_version="test")
