"""What a rule set and a model would have decided of a past period, beside what was decided: counted, part by part.

Memory does not grow with the period: days, rules, and the foremost of what changes are all that is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from argus_engine.columns import Transactions
from argus_engine.evaluate import VERDICTS, Decided

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

# Labels.
UNKNOWN, GENUINE, FRAUD = -1, 0, 1
_LABELS: Final = {UNKNOWN: None, GENUINE: "genuine", FRAUD: "fraud"}
# Of what appears and what disappears so many are named, the highest scores first; all are counted.
NAMED: Final = 500
DAY: Final = 86_400_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Then:
    """What was decided of n transactions: ``strength`` (n,) int8, places in VERDICTS, and ``score`` (n,).

    ``label`` (n,) int8: FRAUD, GENUINE or UNKNOWN as known by now.
    """

    strength: NDArray[np.int8]
    score: NDArray[np.float64]
    label: NDArray[np.int8]


class Backtest:
    """Counts what is added; :meth:`result` says it all in what JSON can hold."""

    def __init__(self) -> None:
        self.seen = 0
        self._days: dict[int, Ints] = {}  # transactions; reviews and blocks decided; reviews and blocks now
        self._labels = np.zeros(3, np.int64)
        self._judged = np.zeros((2, 3), np.int64)  # alerts decided and now, by label
        self._codes: dict[str, int] = {}
        self._rules = np.zeros((0, 5), np.int64)  # hits, alerts among them, alone, fraud and genuine among them
        self._overlap = np.zeros((0, 0), np.int64)
        self._errors: dict[str, int] = {}
        self._by_model = 0
        self._appear, self._disappear = _Foremost(), _Foremost()

    def add(self, batch: Transactions, then: Then, now: Decided) -> None:
        """Take in transactions that were decided ``then``, as they would be decided ``now``."""
        self.seen += len(batch)
        self._count_days(batch, then.strength, now.strength)
        before, after = then.strength > 0, now.strength > 0
        known = then.label.astype(np.intp) + 1
        self._labels += np.bincount(known, minlength=3)
        for row, alerted in zip(self._judged, (before, after), strict=True):
            row += np.bincount(known[alerted], minlength=3)
        hits = np.array(list(now.hits.values()), bool).reshape(len(now.hits), len(batch))
        self._count_rules(list(now.hits), hits, after, then.label)
        for code, raised in now.rule_errors.items():
            self._errors[code] = self._errors.get(code, 0) + raised
        self._by_model += int((after & ~hits.any(axis=0)).sum())
        codes = list(now.hits)
        self._appear.take(batch, np.flatnonzero(after & ~before), now.score, then, now, codes, hits)
        self._disappear.take(batch, np.flatnonzero(before & ~after), then.score, then, now, codes, hits)

    def _count_days(self, batch: Transactions, before: NDArray[np.int8], after: NDArray[np.int8]) -> None:
        days, place = np.unique(batch.occurred_at // DAY, return_inverse=True)
        columns = [np.ones(len(batch), bool), before == 1, before == 2, after == 1, after == 2]
        counts = np.stack([np.bincount(place, found, len(days)) for found in columns], axis=1).astype(np.int64)
        for day, row in zip(days.tolist(), counts, strict=True):
            self._days[day] = self._days.get(day, 0) + row

    def _count_rules(self, codes: list[str], hits: Bools, after: Bools, label: NDArray[np.int8]) -> None:
        places = np.array([self._codes.setdefault(code, len(self._codes)) for code in codes], np.intp)
        new = len(self._codes) - len(self._rules)
        self._rules = np.pad(self._rules, ((0, new), (0, 0)))
        self._overlap = np.pad(self._overlap, ((0, new), (0, new)))
        alone = hits & (hits.sum(axis=0) == 1) & after
        counted = (hits, hits & after, alone, hits & (label == FRAUD), hits & (label == GENUINE))
        self._rules[places] += np.stack([found.sum(axis=1) for found in counted], axis=1)
        # Whole numbers far below 2 ** 24 are exact in single precision.
        dense = hits[:, hits.any(axis=0)].astype(np.float32)
        self._overlap[np.ix_(places, places)] += (dense @ dense.T).astype(np.int64)

    def result(self, *, minutes_per_alert: float) -> dict[str, Any]:
        """Everything so far. ``minutes_per_alert``: what an analyst needs for one."""
        days = [
            dict(zip(_DAY_FIELDS, [_day(day), *row.tolist()], strict=True)) for day, row in sorted(self._days.items())
        ]
        fraud, genuine = int(self._labels[1 + FRAUD]), int(self._labels[1 + GENUINE])
        order = np.argsort(-self._rules[:, 0], kind="stable").tolist()
        names = list(self._codes)
        return {
            "transactions": self.seen,
            "labelled": {"fraud": fraud, "genuine": genuine},
            "minutes_per_alert": minutes_per_alert,
            "days": days,
            "decided": self._side(0, ("decided_review", "decided_block"), days, minutes_per_alert),
            "asked": self._side(1, ("review", "block"), days, minutes_per_alert),
            "appear": self._appear.document(),
            "disappear": self._disappear.document(),
            "by_model_alone": self._by_model,
            "rules": [
                dict(zip(_RULE_FIELDS, [names[place], *self._rules[place].tolist()], strict=True)) for place in order
            ],
            "overlap": self._overlap[np.ix_(order, order)].tolist(),
            "errors": self._errors,
        }

    def _side(
        self, side: int, fields: tuple[str, str], days: Sequence[dict[str, Any]], minutes: float
    ) -> dict[str, Any]:
        review, block = (sum(day[field] for day in days) for field in fields)
        _, genuine, fraud = self._judged[side].tolist()
        known = int(self._labels[1 + FRAUD])
        return {
            "alerts": review + block,
            "review": review,
            "block": block,
            "per_day": round((review + block) / len(days), 2) if days else 0.0,
            "fraud": fraud,
            "genuine": genuine,
            # Of alerts that are labelled, and of frauds that are known; none where there is nothing to divide by.
            "precision": fraud / (fraud + genuine) if fraud + genuine else None,
            "recall": fraud / known if known else None,
            "hours": round((review + block) * minutes / 60, 2),
        }


_DAY_FIELDS: Final = ("day", "transactions", "decided_review", "decided_block", "review", "block")
_RULE_FIELDS: Final = ("code", "hits", "alerts", "alone", "fraud", "genuine")


def _day(number: int) -> str:
    return (_EPOCH + timedelta(days=number)).date().isoformat()


class _Foremost:
    """Counts changed decisions and names those with the highest scores; of equal ones the earlier."""

    def __init__(self) -> None:
        self.count = 0
        self._rows: list[tuple[float, int, dict[str, Any]]] = []

    def take(
        self, batch: Transactions, places: NDArray[np.intp], score: NDArray[np.float64], then: Then, now: Decided,
        codes: list[str], hits: Bools,
    ) -> None:  # fmt: skip
        self.count += len(places)
        best = places[np.lexsort((batch.ids[places], -score[places]))][:NAMED]
        for i in best.tolist():
            number = int(batch.ids[i])
            row = {
                "id": number,
                "day": _day(int(batch.occurred_at[i]) // DAY),
                "decided": VERDICTS[then.strength[i]],
                "decided_score": float(then.score[i]),
                "verdict": VERDICTS[now.strength[i]],
                "score": float(now.score[i]),
                "label": _LABELS[then.label[i]],
                "codes": [codes[place] for place in np.flatnonzero(hits[:, i]).tolist()],
            }
            self._rows.append((-float(score[i]), number, row))
        self._rows.sort(key=lambda found: found[:2])
        del self._rows[NAMED:]

    def document(self) -> dict[str, Any]:
        return {"count": self.count, "named": [row for _, _, row in self._rows]}
