"""Versions of the model in MLflow's registry, and the alias that workers follow."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import structlog
from argus_records.names import ModelRegistry
from argus_records.services.audit import audit_record
from django.db import Error as DatabaseFailure
from django.db import transaction

from argus_trainer.checks import Check
from argus_trainer.mlflow_api import MlflowClient, MlflowException, mlflow, translated
from argus_trainer.outcomes import RegistryDown

log = structlog.get_logger(__name__)

_ACTOR: Final = "trainer"
_MISSING: Final = {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}
DESCRIPTION: Final = (
    "Isolation Forest over the engine's features. Workers score with the version that carries the alias "
    f"{ModelRegistry.CHAMPION!r} and follow it within a minute."
)


class Registry:
    """The registered model ``name`` at the tracking server ``uri``."""

    def __init__(self, uri: str, name: str) -> None:
        self.uri = uri
        self.name = name
        self.client = MlflowClient(tracking_uri=uri, registry_uri=uri)

    def champion(self) -> str | None:
        """The version that carries the alias."""
        with translated(self.uri):
            try:
                return str(self.client.get_model_version_by_alias(self.name, ModelRegistry.CHAMPION).version)
            except MlflowException as error:
                # Neither the model nor the alias has to exist yet.
                if error.error_code in _MISSING:
                    return None
                raise

    def fetch(self, version: str, folder: Path) -> Path:
        """Download a version's files through the tracking server."""
        with translated(self.uri):
            # Not by "models:/": MLflow would resolve that at its global address, whatever it is told here.
            where = self.client.get_model_version_download_uri(self.name, version)
            return Path(
                mlflow.artifacts.download_artifacts(artifact_uri=where, dst_path=str(folder), tracking_uri=self.uri)
            )

    def register(self, *, model_id: str, run_id: str, tags: Mapping[str, str]) -> str:
        """Make a logged model a new version; returns its number."""
        with translated(self.uri):
            try:
                self.client.create_registered_model(self.name, description=DESCRIPTION)
            except MlflowException as error:
                if error.error_code != "RESOURCE_ALREADY_EXISTS":
                    raise
            found = self.client.create_model_version(
                self.name,
                source=f"models:/{model_id}",
                run_id=run_id,
                tags=dict(tags),
                await_creation_for=0,
                model_id=model_id,
            )
            return str(found.version)

    def promote(self, version: str, *, before: str | None, summary: str) -> None:
        """Move the alias to ``version``, and say so in the audit log.

        The audit event is written first and committed last: a move that fails leaves none, and a commit
        that fails takes the move back.
        """
        try:
            with transaction.atomic(), translated(self.uri):
                audit_record(
                    actor=_ACTOR,
                    action="model.promoted",
                    object_type="model",
                    object_id=version,
                    before={"champion": before},
                    after={"champion": version},
                    note=summary,
                )
                self.client.set_registered_model_alias(self.name, ModelRegistry.CHAMPION, version)
        except DatabaseFailure:
            self._put_back(before)
            raise
        try:
            with translated(self.uri):
                self._conclude(version, "promoted", summary)
        except RegistryDown as error:
            # The alias and the audit log are what counts; this is a remark beside them.
            log.warning("promotion not noted on the version", version=version, error=str(error))

    def refuse(self, version: str, *, champion: str | None, failed: list[Check]) -> None:
        """Leave the alias where it is, and say why on the version and in the audit log."""
        why = "; ".join(f"{check.name}: {check.detail}" for check in failed)
        with transaction.atomic(), translated(self.uri):
            audit_record(
                actor=_ACTOR,
                action="model.refused",
                object_type="model",
                object_id=version,
                before={"champion": champion},
                after={"champion": champion, "failed": [check.name for check in failed]},
                note=why,
            )
            self._conclude(version, "refused", f"Refused. {why}")

    def hold(self, version: str) -> None:
        """Note on a version that passed its checks that it was not to be promoted."""
        with translated(self.uri):
            self._conclude(version, "held", "Passed its checks; registered without promotion, as asked.")

    def _put_back(self, before: str | None) -> None:
        with translated(self.uri):
            if before is None:
                self.client.delete_registered_model_alias(self.name, ModelRegistry.CHAMPION)
            else:
                self.client.set_registered_model_alias(self.name, ModelRegistry.CHAMPION, before)

    def _conclude(self, version: str, outcome: str, summary: str) -> None:
        self.client.set_model_version_tag(self.name, version, "outcome", outcome)
        self.client.update_model_version(self.name, version, description=summary)
