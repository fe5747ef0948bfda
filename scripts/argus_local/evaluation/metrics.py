"""What a week's scores would have found."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

from argus_local.evaluation.stream import FRAUD, UNKNOWN
from argus_local.evaluation.weeks import DAY

ALERT_RATE: Final = 0.005
CARDS: Final = 100
NAMES: Final = ("AUC", "AP", "CP@100", "precision@0.5%", "VDR@0.5%")
Floats = NDArray[np.float64]


def of_week(label: NDArray[np.int8], amount: Floats, score: Floats) -> dict[str, float | None]:
    """AUC, AP, and what alerting the highest 0.5 % comes to; None where no fraud or nothing else is known."""
    told = label != UNKNOWN
    fraud, value, rank = label[told] == FRAUD, np.abs(amount[told]), score[told]
    if not fraud.any() or fraud.all():
        return dict.fromkeys(NAMES)
    top = np.argsort(-rank, kind="stable")[: max(1, round(ALERT_RATE * len(rank)))]
    lost = value[fraud].sum()
    return {
        "AUC": float(roc_auc_score(fraud, rank)),
        "AP": float(average_precision_score(fraud, rank)),
        "CP@100": None,
        "precision@0.5%": float(fraud[top].mean()),
        "VDR@0.5%": float(value[top][fraud[top]].sum() / lost) if lost else None,
    }


def card_precision(
    at: NDArray[np.int64],
    customer: NDArray[np.intp],
    fraud: NDArray[np.bool_],
    score: Floats,
    *,
    begin: int,
    delay: int,
) -> float | None:
    """Of the CARDS customers ranked highest each day, the share defrauded that day: the mean over a week's days.

    ``score`` belongs to the latest rows, which are the week's; those before say who is known to be compromised: whoever
    was in the week before ``begin`` less ``delay`` days, then day by day, and whoever was found within the week. They
    are not ranked again.
    """
    tested = len(at) - len(score)
    day = at // DAY
    first = begin // DAY
    known = set(customer[fraud & (day >= first - delay - 7) & (day < first - delay)].tolist())
    shares = []
    for today in np.unique(day[tested:]).tolist():
        known |= set(customer[fraud & (day >= first - delay) & (day < today - delay)].tolist())
        rows = np.flatnonzero(day[tested:] == today)
        rows = rows[~np.isin(customer[tested + rows], list(known))]
        rows = rows[np.argsort(-score[rows], kind="stable")]
        _, highest = np.unique(customer[tested + rows], return_index=True)
        ranked = customer[tested + rows[np.sort(highest)[:CARDS]]]
        if not len(ranked):
            continue
        hit = set(ranked.tolist()) & set(customer[tested + rows[fraud[tested + rows]]].tolist())
        shares.append(len(hit) / min(CARDS, len(ranked)))
        known |= hit
    return float(np.mean(shares)) if shares else None


def mean(weeks: list[dict[str, float | None]]) -> dict[str, float | None]:
    """Per metric the mean over the weeks that have it."""
    found: dict[str, float | None] = {}
    for name in NAMES:
        values = [value for week in weeks if (value := week.get(name)) is not None]
        found[name] = float(np.mean(values)) if values else None
    return found
