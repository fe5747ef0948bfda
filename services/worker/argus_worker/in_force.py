"""Gauges of what a worker process decides with.

Apart from the counters, and for the processes that score alone: the parent, which never loads a model, would
count as one that follows none.
"""

from typing import Final

from argus_engine.model import AnomalyModel
from prometheus_client import Gauge

INFO: Final = Gauge(
    "argus_model_info",
    "1 for the model in force; absent while rules decide alone",
    ["version", "digest"],
    multiprocess_mode="livemax",
)
TRAINED: Final = Gauge(
    "argus_model_trained_timestamp_seconds",
    "When the model in force was trained; absent while rules decide alone",
    multiprocess_mode="livemax",
)
FOLLOWED: Final = Gauge(
    "argus_model_followed",
    "1 while the model in force is the one that the registry names, 0 while it is the last good one or none",
    multiprocess_mode="livemin",
)
RULESET: Final = Gauge("argus_ruleset_version", "Rule set in force", multiprocess_mode="livemax")

_shown: tuple[str, str] | None = None


def model(used: AnomalyModel | None, *, followed: bool) -> None:
    """Say which model is in force, when it was trained, and whether the registry agrees."""
    global _shown
    now = (used.version, used.digest) if used else None
    # Labels of several processes cannot be taken back: what is zero is left out when they are served.
    if _shown is not None and _shown != now:
        INFO.labels(*_shown).set(0)
    if now is not None:
        INFO.labels(*now).set(1)
    _shown = now
    TRAINED.set((used.trained_at or 0) if used else 0)
    FOLLOWED.set(followed)


def ruleset(version: int) -> None:
    """Say which rule set is in force."""
    RULESET.set(version)
