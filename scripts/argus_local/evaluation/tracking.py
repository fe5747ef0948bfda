"""An evaluation as a run in MLflow."""

import json
import os
import warnings
from pathlib import Path
from typing import Any, Final

from argus_local.programs import ROOT

EXPERIMENT: Final = "argus-evaluations"


def keep(result: dict[str, Any]) -> str:
    """Log the result; returns a sentence on where."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    with warnings.catch_warnings():
        # MLflow's own tables still use what its database library has deprecated.
        warnings.simplefilter("ignore", DeprecationWarning)
        return _keep(result)


def _keep(result: dict[str, Any]) -> str:
    import mlflow

    uri = os.environ.get("MLFLOW_TRACKING_URI")
    if not uri:
        folder = ROOT / "var" / "evaluations"
        folder.mkdir(parents=True, exist_ok=True)
        uri = f"sqlite:///{folder / 'mlflow.db'}"
    client = mlflow.MlflowClient(uri)
    experiment = client.get_experiment_by_name(EXPERIMENT)
    key = experiment.experiment_id if experiment else client.create_experiment(EXPERIMENT, **_where(uri))
    run = client.create_run(key, run_name=f"{result['dataset']} {result['regime']}").info.run_id
    client.log_param(run, "dataset", result["dataset"])
    client.log_param(run, "regime", result["regime"])
    client.log_param(run, "weeks", f"{result['weeks'][0]['from']}:{result['weeks'][-1]['to']}")
    for way, values in result["mean"].items():
        for name, value in values.items():
            if value is not None:
                client.log_metric(run, f"{way}/{_spelt(name)}", value)
                for step, week in enumerate(result["weeks"]):
                    if week[way][name] is not None:
                        client.log_metric(run, f"{way}/weekly/{_spelt(name)}", week[way][name], step=step)
    client.log_metric(run, "seconds", result["seconds"])
    client.log_text(run, json.dumps(result, indent=2), "evaluation.json")
    client.set_terminated(run, "FINISHED")
    return f"Run {run} of experiment {EXPERIMENT} at {uri.rpartition('@')[2]}"


def _where(uri: str) -> dict[str, Any]:
    """A database on this machine keeps files beside itself; a server knows its own place."""
    if not uri.startswith("sqlite:"):
        return {}
    return {"artifact_location": (Path(uri.removeprefix("sqlite:///")).parent / "artifacts").as_uri()}


def _spelt(name: str) -> str:
    """MLflow takes no % and no @."""
    return name.replace("@", "_at_").replace("%", "pct")
