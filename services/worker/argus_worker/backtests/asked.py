"""What a backtest is asked to decide with: rule sets and models, each as given or as they were then."""

import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from argus_engine.model import AnomalyModel, ModelError
from argus_records.models import BacktestRun, RuleSetVersion
from django.conf import settings

from argus_worker import rulesets
from argus_worker.backtests.source import BacktestError
from argus_worker.models import fetched
from argus_worker.registry import Registry, RegistryError


@dataclass(frozen=True, slots=True)
class Asked:
    """``ruleset``: a version, None for those that decided then. ``model``: see BacktestRun.model."""

    ruleset: int | None
    model: str
    first_day: date
    last_day: date
    minutes_per_alert: float

    def chosen(self, ruleset: int, model: str | None) -> tuple[int, str | None]:
        """The versions of rule set and model that decide where these did; of the model None where rules do alone."""
        if self.model == BacktestRun.RULES_ALONE:
            model = None
        elif self.model != BacktestRun.AS_THEN:
            model = self.model
        return ruleset if self.ruleset is None else self.ruleset, model


class Models:
    """Registered versions of the model, each loaded once."""

    def __init__(self) -> None:
        uri = settings.MLFLOW_TRACKING_URI
        self._registry = Registry(uri) if uri else None
        self._loaded: dict[str, AnomalyModel] = {}

    def get(self, version: str | None) -> AnomalyModel | None:
        """One version; None for none. Raises BacktestError."""
        if version is not None and version not in self._loaded:
            self._loaded[version] = self._load(version)
        return None if version is None else self._loaded[version]

    def _load(self, version: str) -> AnomalyModel:
        try:
            if self._registry is None:
                raise RegistryError("no model registry is configured")
            found = self._registry.by_number(settings.MODEL_NAME, version)
            with tempfile.TemporaryDirectory(prefix="argus-model-") as folder:
                return fetched(self._registry, found, Path(folder))
        except (RegistryError, ModelError, OSError) as error:
            raise BacktestError(f"Version {version} of the model cannot be used: {error}.") from error


def rules_of(version: int) -> rulesets.Version:
    """One saved rule set, compiled. Raises BacktestError for one that cannot be read."""
    try:
        return rulesets.load(version)
    except RuleSetVersion.DoesNotExist as error:
        raise BacktestError(f"There is no version {version} of the rule set.") from error
    except ValueError as error:
        raise BacktestError(f"Version {version} of the rule set cannot be read any more: {error}") from error
