"""MLflow's client, made quiet and impatient: no telemetry, no minutes of retries.

The one place that imports ``mlflow``. Its errors leave this package as :class:`RegistryDown`.
"""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

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
    from mlflow.entities import LoggedModelOutput, Metric, Param, RunTag
    from mlflow.exceptions import MlflowException
    from mlflow.models import Model, ModelSignature
    from mlflow.types import ColSpec, Schema

from requests.exceptions import RequestException

from argus_trainer.outcomes import RegistryDown

__all__ = [
    "ColSpec",
    "LoggedModelOutput",
    "Metric",
    "MlflowClient",
    "MlflowException",
    "Model",
    "ModelSignature",
    "Param",
    "RunTag",
    "Schema",
    "mlflow",
    "translated",
]


@contextmanager
def translated(uri: str) -> Iterator[None]:
    """Turn what MLflow raises into :class:`RegistryDown`, with its first line alone."""
    try:
        yield
    except (MlflowException, RequestException, ConnectionError) as error:
        first = str(error).partition("\n")[0]
        raise RegistryDown(f"MLflow at {uri} did not do its part: {first}") from error
