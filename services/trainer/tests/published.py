"""Puts small models into a registry, without a training."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from argus_engine import catalogue
from argus_engine.model import AnomalyModel
from argus_records.names import ModelRegistry
from argus_trainer.mlflow_api import MlflowClient
from models_made import forest_rows, label_free, ordinary

ROWS = forest_rows(ordinary(400, seed=7))


def model(seed: int) -> AnomalyModel:
    return label_free(trees=20, seed=seed)


class Shelf:
    """One registered model to which versions are added."""

    def __init__(self, url: str, name: str) -> None:
        self.url, self.name = url, name
        self.client = MlflowClient(tracking_uri=url, registry_uri=url)
        self.client.create_registered_model(name)

    def add(
        self,
        seed: int,
        *,
        change: Mapping[str, tuple[bytes, bytes]] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> str:
        """Register a model; ``change``: per file, bytes to replace and by what, once the digest is taken."""
        run = self.client.create_run("0")
        with tempfile.TemporaryDirectory() as folder:
            digest = model(seed).dump(Path(folder))
            for name, (old, new) in (change or {}).items():
                path = Path(folder) / name
                content = path.read_bytes()
                assert old in content
                path.write_bytes(content.replace(old, new))
            self.client.log_artifacts(run.info.run_id, folder, "model")
        said = {ModelRegistry.SCHEMA_TAG: catalogue.SCHEMA_DIGEST, ModelRegistry.DIGEST_TAG: digest}
        version = self.client.create_model_version(
            self.name,
            source=f"{run.info.artifact_uri}/model",
            run_id=run.info.run_id,
            tags=said | dict(tags or {}),
            await_creation_for=0,
        )
        return str(version.version)

    def promote(self, version: str) -> None:
        self.client.set_registered_model_alias(self.name, ModelRegistry.CHAMPION, version)
