"""A trained model as a folder: MLflow's scikit-learn flavour in skops format, and the engine's flat files.

Data scientists load ``model.skops``; workers read ``forest.npz`` and ``model.json``. Neither runs code that
the files bring along.
"""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import skops.io
from argus_engine import catalogue
from argus_engine.model import AnomalyModel
from sklearn.ensemble import IsolationForest

from argus_trainer.mlflow_api import ColSpec, Model, ModelSignature, Schema, TensorSpec, mlflow

SKOPS_FILE: Final = "model.skops"
SCHEMA_FILE: Final = "schema.json"
# What skops may build besides numbers and arrays. Fixed here, never taken from the file that is loaded.
TRUSTED: Final = ["sklearn.tree._tree.Tree"]


def signature() -> ModelSignature:
    """The features that go in, by name and in order, and what comes out."""
    columns: list[ColSpec | TensorSpec] = [ColSpec("double", name) for name in catalogue.MODEL_FEATURES]
    return ModelSignature(inputs=Schema(columns), outputs=Schema([ColSpec("long", "prediction")]))


def pack(folder: Path, *, card: Model, forest: IsolationForest, model: AnomalyModel, schema: dict[str, Any]) -> str:
    """Write the model's folder, ``card`` as its ``MLmodel`` file; returns the digest of the flat files."""
    mlflow.sklearn.save_model(
        forest,
        str(folder),
        mlflow_model=card,
        serialization_format=mlflow.sklearn.SERIALIZATION_FORMAT_SKOPS,
        skops_trusted_types=TRUSTED,
        signature=signature(),
        # Named, so that MLflow does not start a process to find them out.
        pip_requirements=[f"{name}=={version(name)}" for name in ("scikit-learn", "skops", "numpy")],
    )
    (folder / SCHEMA_FILE).write_text(json.dumps(schema, indent=2) + "\n")
    return model.dump(folder)


def unpack_forest(folder: Path) -> IsolationForest:
    """The scikit-learn forest of a model's folder.

    Raises skops.io.exceptions.UntrustedTypesFoundException for a file that wants more than :data:`TRUSTED`.
    """
    return skops.io.load(folder / SKOPS_FILE, trusted=TRUSTED)
