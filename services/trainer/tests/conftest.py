"""Fixtures of the trainer's tests."""

import pytest
from argus_trainer.config import Config


@pytest.fixture
def config(mlflow_url: str, request: pytest.FixtureRequest) -> Config:
    """What a trainer is told, with a model name of the test's own."""
    return Config(tracking_uri=mlflow_url, model_name=f"model-of-{request.node.name}", code_version="test")
