"""From the ledger to a model: the data set, its split, and the version learned from all of it."""

import threading
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import numpy as np
import structlog
from argus_engine.capacity import pace, rate_of
from argus_engine.evaluate import CompiledRuleSet
from argus_engine.model import AnomalyModel
from argus_engine.ruleset import RuleSet
from argus_records.selectors.alert_days import alert_days
from argus_records.selectors.ledger import ruleset_live

from argus_trainer import dataset, metrics, version
from argus_trainer.config import Config
from argus_trainer.dataset import FRAUD, Dataset
from argus_trainer.evaluate import Split, split
from argus_trainer.outcomes import Stopped, TooFewTransactions
from argus_trainer.version import Version

log = structlog.get_logger(__name__)

_DAY: Final = int(timedelta(days=1) / timedelta(microseconds=1))
_MONTH: Final = 28


@dataclass(frozen=True, slots=True)
class Learned:
    """What one training learned, and from what.

    ``final`` was fitted to all of the data set; ``rehearsal``, in the same way, to what lies before ``cut``: it shows
    how such a version does on transactions that it has not seen.
    """

    ruleset_version: int
    data: Dataset
    cut: Split
    rehearsal: Version
    final: Version
    seconds: dict[str, float]

    @property
    def model(self) -> AnomalyModel:
        """What is to be registered."""
        return self.final.model


def learn(config: Config, stop: threading.Event) -> Learned:
    """Replay the ledger under the rule set in force, fit on all but the latest fifth, then on all.

    Raises :class:`TooFewTransactions`, or Stopped.
    """
    begun = time.monotonic()
    ruleset = ruleset_live()
    rules = CompiledRuleSet(RuleSet.parse(ruleset.document))
    data = dataset.build(rules, window_days=config.window_days, stop=stop)
    read = time.monotonic()
    metrics.used(len(data))
    if len(data) < config.min_transactions:
        raise TooFewTransactions(
            f"{len(data)} decided transactions in the last {config.window_days} days; "
            f"training begins with {config.min_transactions}"
        )
    cut = split(data.occurred_at)
    rows = int((data.label[: cut.place] != FRAUD).sum())
    if rows < config.min_transactions // 2:
        raise TooFewTransactions(
            f"of {len(data)} transactions {rows} lie before the latest fifth, too few to learn from"
        )
    log.info("learning", transactions=len(data), rows=rows)
    rate = review_rate(config, data)
    rehearsal = fit(data, rate, until=cut.place)
    if stop.is_set():
        raise Stopped("stopped before anything was registered")
    final = fit(data, rate, pace=pace(alert_days(), rate))
    seconds = {"seconds_reading": read - begun, "seconds_learning": time.monotonic() - read}
    return Learned(ruleset.version, data, cut, rehearsal, final, seconds)


def fit(data: Dataset, rate: float, *, until: int | None = None, pace: float = 1.0) -> Version:
    """The version of the rows up to ``until``."""
    past = slice(until)
    return version.fit(
        data.occurred_at[past], data.seen[past], data.evidence[past], data.label[past], review_rate=rate, pace=pace
    )


def review_rate(config: Config, data: Dataset) -> float:
    """The share of transactions to send to review: as stated, or as many a day as stated."""
    if config.alerts_a_day is None:
        return config.review_rate
    last = int(data.occurred_at[-1])
    days = min(_MONTH, max(1.0, (last - int(data.occurred_at[0])) / _DAY))
    lately = len(data) - int(np.searchsorted(data.occurred_at, last - days * _DAY))
    return rate_of(config.alerts_a_day, lately / days)
