"""The product's own parts, fed from a stream: features by slices, the trainer's version, the engine's decisions."""

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

import numpy as np
from argus_engine.capacity import Day, pace
from argus_engine.catalogue import COMBINER_FEATURES, FEATURES, combiner_matrix
from argus_engine.evaluate import CompiledRuleSet, evaluate
from argus_engine.evidence import evidence
from argus_engine.memory.labels import LabelEvents
from argus_engine.memory.marks import Marks
from argus_engine.model import AnomalyModel
from argus_engine.replay import Replay
from argus_engine.rules.context import Context
from argus_engine.ruleset import default_ruleset
from argus_trainer.config import MOST_TRANSACTIONS, Config
from argus_trainer.version import Version, fit
from numpy.typing import NDArray

from argus_local.evaluation.stream import UNKNOWN, Stream
from argus_local.evaluation.weeks import DAY

# What customers share is advanced once an hour, as live it is after every batch.
SLICE: Final = 3_600_000_000
BATCH: Final = 20_000
SCORED: Final = 10_000
EVER: Final = np.iinfo(np.int64).max
Floats = NDArray[np.float64]
_DEFAULTS: Final = Config(tracking_uri="", model_name="", code_version="")


@dataclass(frozen=True)
class Decided:
    """Of some rows: the hybrid's score, and each part's own; how many the score sent to review."""

    hybrid: Floats
    forest: Floats
    rules: Floats
    alerts: int

    @classmethod
    def joined(cls, parts: list["Decided"]) -> "Decided":
        """Of rows one after the other."""
        return cls(
            np.concatenate([part.hybrid for part in parts]),
            np.concatenate([part.forest for part in parts]),
            np.concatenate([part.rules for part in parts]),
            sum(part.alerts for part in parts),
        )


@dataclass
class Product:
    """One stream on its way through. ``label_at`` (n,): from when on each row's label is known, EVER for never."""

    stream: Stream
    label_at: NDArray[np.int64]
    done: int = 0
    latest: list[Day] = field(default_factory=list)
    seen: NDArray[np.float32] = field(init=False)
    evidence: Floats = field(init=False)

    def __post_init__(self) -> None:
        n = len(self.stream)
        self.rules = CompiledRuleSet(default_ruleset())
        self.features = np.empty((n, len(FEATURES)))
        self.seen = np.empty((n, len(COMBINER_FEATURES)), np.float32)
        self.evidence = np.zeros(n)
        self._replay = Replay(self.rules.feature_config)
        self._first = int(self.stream.at[0]) // DAY * DAY
        self._told = np.zeros(n, bool)

    def advance(self, until: int) -> None:
        """Compute the features of all rows before the time ``until``; labels known by then must be in place."""
        end = int(np.searchsorted(self.stream.at, until))
        while self.done < end:
            low, high = self.done, min(self.done + BATCH, end)
            batch = self.stream.between(low, high)
            number = 1 + (batch.occurred_at - self._first) // SLICE
            labels = self._labels(self._first + (int(number[-1]) - 1) * SLICE)
            found = self._replay.advance(batch, labels=labels, marks=Marks.of_slices(number))
            self.features[low:high] = found
            self.seen[low:high] = combiner_matrix(found)
            self.evidence[low:high] = evidence(self.rules.rules, Context(batch, found))
            self.done = high

    def _labels(self, until: int) -> LabelEvents | None:
        """Those known by ``until`` and not yet told, each with the first slice that begins after it was known."""
        places = np.flatnonzero((self.label_at <= until) & ~self._told & (self.stream.label != UNKNOWN))
        if not len(places):
            return None
        self._told[places] = True
        places = places[np.argsort(self.label_at[places], kind="stable")]
        number = 1 - (self._first - self.label_at[places]) // SLICE
        return LabelEvents.of(self.stream.all.take(places.tolist()), self.stream.label[places] == 1, number=number)

    def train(self, now: int) -> Version | None:
        """The version trained on the past before ``now``, with the labels known by then; None if that is too short."""
        end = int(np.searchsorted(self.stream.at, now))
        low = int(np.searchsorted(self.stream.at, now - _DEFAULTS.window_days * DAY))
        low = max(low, end - MOST_TRANSACTIONS)
        if end - low < _DEFAULTS.min_transactions:
            return None
        known = self.label_at[low:end] <= now
        label = np.where(known, self.stream.label[low:end], UNKNOWN).astype(np.int8)
        past = slice(low, end)
        return fit(self.stream.at[past], self.seen[past], self.evidence[past], label, review_rate=_DEFAULTS.review_rate)

    def decide(self, low: int, high: int, version: Version | None, *, parts: bool = True) -> Decided:
        """The engine's decisions on rows ``low:high``, the line for review drawn anew each day as the trainer does.

        With ``parts`` also what each part says alone.
        """
        decided: list[Decided] = []
        for begin, end in self._days(low, high):
            model = self._paced(version, begin) if version else None
            some = [self._some(k, min(k + SCORED, end), model, parts) for k in range(begin, end, SCORED)]
            self.latest.append(Day.of(np.concatenate([one.hybrid for one in some]), sum(one.alerts for one in some)))
            decided += some
        return Decided.joined(decided)

    def _days(self, low: int, high: int) -> list[tuple[int, int]]:
        day = self.stream.at[low:high] // DAY
        edges = [low, *(low + 1 + np.flatnonzero(np.diff(day))).tolist(), high]
        return [(begin, end) for begin, end in pairwise(edges) if end > begin]

    def _paced(self, version: Version, begin: int) -> AnomalyModel:
        """The version with the line for review where the latest days' scores and alerts put it."""
        model = version.model
        return replace(model, pace=pace(self.latest or self._before(model, begin), model.review_rate))

    def _before(self, model: AnomalyModel, begin: int) -> list[Day]:
        """Days before the first that is decided, as the first version would have: it was not the first live."""
        days = self._days(int(np.searchsorted(self.stream.at, self.stream.at[begin] // DAY * DAY - 6 * DAY)), begin)
        scores = [model.judge(self.features[low:high], self.evidence[low:high]).score for low, high in days]
        return [Day.of(score, round(model.review_rate * len(score))) for score in scores]

    def _some(self, low: int, high: int, model: AnomalyModel | None, parts: bool) -> Decided:
        batch, features = self.stream.between(low, high), self.features[low:high]
        found = evaluate(batch, features, self.rules, model, "too little has been seen to learn from")
        rules = evaluate(batch, features, self.rules, None, None).score if parts else np.empty(0)
        alerts = sum(verdict != "approve" for verdict in found.verdict)
        return Decided(found.score, np.nan_to_num(found.forest_score), rules, alerts)
