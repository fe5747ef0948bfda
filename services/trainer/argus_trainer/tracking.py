"""One MLflow run: what went into a training and what came out."""

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import structlog
from matplotlib.figure import Figure

from argus_trainer.mlflow_api import (
    Dataset,
    DatasetInput,
    LoggedModelOutput,
    Metric,
    MlflowClient,
    Model,
    Param,
    RunTag,
    translated,
)
from argus_trainer.outcomes import RegistryDown, Stopped

EXPERIMENT: Final = "argus"
# Tells MLflow's pages to show models and metrics, not prompts and traces.
_EXPERIMENT_TAGS: Final = {"mlflow.experimentKind": "custom_model_development"}
_RUN_TAGS: Final = {
    "mlflow.user": "trainer",
    "mlflow.source.name": "argus_trainer",
    "mlflow.source.type": "JOB",
}
# MLflow keeps no more of a data set's digest.
_DIGEST_LENGTH: Final = 36


class Run:
    """An open run. Works on explicit ids: MLflow's notion of an "active run" is global to the process."""

    def __init__(self, client: MlflowClient, run_id: str, experiment_id: str) -> None:
        self._client = client
        self.id = run_id
        self._experiment_id = experiment_id

    def params(self, values: Mapping[str, object]) -> None:
        """Log parameters."""
        self._client.log_batch(self.id, params=[Param(key, str(value)) for key, value in values.items()])

    def tags(self, values: Mapping[str, object]) -> None:
        """Set tags."""
        self._client.log_batch(self.id, tags=[RunTag(key, str(value)) for key, value in values.items()])

    def metrics(self, values: Mapping[str, float], *, model_id: str) -> None:
        """Log metrics of the run and of its model."""
        now = int(time.time() * 1000)
        metrics = [Metric(key, float(value), now, 0, model_id=model_id) for key, value in values.items()]
        self._client.log_batch(self.id, metrics=metrics)

    def figure(self, name: str, figure: Figure) -> None:
        """Log a plot."""
        self._client.log_figure(self.id, figure, name)

    def note(self, text: str) -> None:
        """Set the run's description."""
        self._client.set_tag(self.id, "mlflow.note.content", text)

    def dataset(self, *, digest: str, window: Mapping[str, Any]) -> None:
        """Log which data the run saw."""
        known = Dataset(
            name="ledger",
            digest=digest[:_DIGEST_LENGTH],
            source_type="ledger",
            source=json.dumps(window),
            profile=json.dumps({"num_rows": window["transactions"]}),
        )
        self._client.log_inputs(self.id, [DatasetInput(known)])

    def document(self, name: str, content: dict[str, Any]) -> None:
        """Log a JSON document."""
        self._client.log_dict(self.id, content, name)

    def model(self, pack: Callable[[Path, Model], str], *, tags: dict[str, str]) -> tuple[str, str]:
        """Log the model that ``pack`` writes into a folder; returns its id and what ``pack`` returned."""
        logged = self._client.create_logged_model(
            self._experiment_id, name="model", source_run_id=self.id, tags=tags, model_type="isolation-forest"
        )
        card = Model(
            artifact_path=logged.artifact_location,
            run_id=self.id,
            model_id=logged.model_id,
            model_uuid=logged.model_id,
            metadata=tags,
        )
        with tempfile.TemporaryDirectory(prefix="argus-model-") as folder:
            target = Path(folder) / "model"
            digest = pack(target, card)
            self._client.log_model_artifacts(logged.model_id, str(target))
        self._client.finalize_logged_model(logged.model_id, "READY")
        self._client.log_outputs(self.id, [LoggedModelOutput(logged.model_id, step=0)])
        return str(logged.model_id), digest


@contextmanager
def run(client: MlflowClient, uri: str, *, name: str, tags: Mapping[str, str]) -> Iterator[Run]:
    """A run that ends with the block: finished, killed when the process must end, else failed."""
    with translated(uri):
        experiment = client.get_experiment_by_name(EXPERIMENT)
        experiment_id = (
            experiment.experiment_id if experiment else client.create_experiment(EXPERIMENT, tags=_EXPERIMENT_TAGS)
        )
        opened = Run(
            client,
            client.create_run(experiment_id, run_name=name, tags=_RUN_TAGS | dict(tags)).info.run_id,
            experiment_id,
        )
    structlog.contextvars.bind_contextvars(run=opened.id)
    status = "FAILED"
    try:
        with translated(uri):
            yield opened
        status = "FINISHED"
    except Stopped:
        status = "KILLED"
        raise
    finally:
        # Whatever ended the block is what matters, not that the registry cannot be told.
        with suppress(RegistryDown), translated(uri):
            client.set_terminated(opened.id, status)
