"""MLflow's client, made quiet and impatient: no telemetry, no minutes of retries.

The one place that imports ``mlflow``. Its errors leave this package as :class:`RegistryDown`.
"""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from requests.exceptions import RequestException

from argus_trainer.outcomes import RegistryDown

for _name, _value in {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}.items():
    os.environ.setdefault(_name, _value)

with warnings.catch_warnings():
    # mlflow.pyfunc warns about its own type hints when it is imported.
    warnings.simplefilter("ignore")
    import mlflow.artifacts
    import mlflow.pyfunc
    import mlflow.sklearn
    from mlflow import MlflowClient
    from mlflow.entities import Dataset, DatasetInput, LoggedModelOutput, Metric, Param, RunTag
    from mlflow.exceptions import MlflowException
    from mlflow.models import Model, ModelSignature
    from mlflow.types import ColSpec, Schema, TensorSpec


__all__ = [
    "ColSpec",
    "Dataset",
    "DatasetInput",
    "LoggedModelOutput",
    "Metric",
    "MlflowClient",
    "MlflowException",
    "Model",
    "ModelSignature",
    "Param",
    "RunTag",
    "Schema",
    "TensorSpec",
    "mlflow",
    "translated",
]


@contextmanager
def translated(uri: str) -> Iterator[None]:
    """Turn what MLflow raises into :class:`RegistryDown`, with its first line, without credentials."""
    try:
        yield
    except (MlflowException, RequestException, ConnectionError) as error:
        first = str(error).partition("\n")[0]
        whole = urlsplit(uri).netloc
        said = f"MLflow at {uri} did not do its part: {first}"
        raise RegistryDown(said.replace(whole, whole.rpartition("@")[2])) from error
