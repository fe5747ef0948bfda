"""A trained model as a folder: MLflow's scikit-learn flavour in skops format, and the engine's flat files.

Data scientists load ``model.skops``, the forest, and ``combiner.skops`` where labels have taught one; workers read
``forest.npz``, ``combiner.npz`` and ``model.json``. None of them runs code that the files bring along.
"""

import json
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any, Final

import skops.io
from argus_engine import catalogue
from sklearn.ensemble import IsolationForest

from argus_trainer.mlflow_api import ColSpec, Model, ModelSignature, Schema, TensorSpec, mlflow
from argus_trainer.version import Version

SKOPS_FILE: Final = "model.skops"
SCHEMA_FILE: Final = "schema.json"
# What skops may build besides numbers and arrays. Fixed here, never taken from the file that is loaded.
TRUSTED: Final = ["sklearn.tree._tree.Tree"]
COMBINER_FILE: Final = "combiner.skops"
TRUSTED_COMBINER: Final = ["sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"]


def signature() -> ModelSignature:
    """The features that go in, each as its surprise (:mod:`argus_engine.unusual`), in order, and what comes out."""
    columns: list[ColSpec | TensorSpec] = [ColSpec("double", name) for name in catalogue.MODEL_FEATURES]
    return ModelSignature(inputs=Schema(columns), outputs=Schema([ColSpec("long", "prediction")]))


def pack(folder: Path, *, card: Model, version: Version, schema: dict[str, Any]) -> str:
    """Write the model's folder, ``card`` as its ``MLmodel`` file; returns the digest of the flat files."""
    mlflow.sklearn.save_model(
        version.forest,
        str(folder),
        mlflow_model=card,
        serialization_format=mlflow.sklearn.SERIALIZATION_FORMAT_SKOPS,
        skops_trusted_types=TRUSTED,
        signature=signature(),
        # Named, so that MLflow does not start a process to find them out.
        pip_requirements=[f"{name}=={installed(name)}" for name in ("scikit-learn", "skops", "numpy")],
    )
    (folder / SCHEMA_FILE).write_text(json.dumps(schema, indent=2) + "\n")
    if version.combined.original is not None:
        skops.io.dump(version.combined.original, folder / COMBINER_FILE)
    return version.model.dump(folder)


def unpack_forest(folder: Path) -> IsolationForest:
    """The scikit-learn forest of a model's folder.

    Raises skops.io.exceptions.UntrustedTypesFoundException for a file that wants more than :data:`TRUSTED`.
    """
    return skops.io.load(folder / SKOPS_FILE, trusted=TRUSTED)


def unpack_combiner(folder: Path) -> Any:
    """The scikit-learn model behind a learned combiner. Raises as :func:`unpack_forest` does."""
    return skops.io.load(folder / COMBINER_FILE, trusted=TRUSTED_COMBINER)
