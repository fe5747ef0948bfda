"""What an evaluation says: to a person as it goes, and as one object."""

from typing import Any, Final

import numpy as np

from argus_local.evaluation import metrics
from argus_local.evaluation.metrics import NAMES
from argus_local.evaluation.regimes import DELAY_DAYS, Tested
from argus_local.evaluation.stream import FRAUD, Stream
from argus_local.evaluation.weeks import DAY, Week, said

WAYS: Final = ("hybrid", "forest", "rules")


def opening(stream: Stream, regime: str, weeks: list[Week]) -> None:
    """What is about to be done."""
    frauds = int((stream.label == FRAUD).sum())
    print(
        f"{stream.name}: {len(stream):,} transactions, {said(int(stream.at[0]))} to {said(int(stream.at[-1]))}, "
        f"{frauds:,} of them fraud; regime {regime}, tested {said(weeks[0][0])} to {said(weeks[-1][1] - DAY)}",
        flush=True,
    )


def of_week(stream: Stream, tested: Tested) -> dict[str, Any]:
    """Metrics of one week, for the hybrid and for each part."""
    rows = slice(tested.low, tested.high)
    # The two weeks before a week say who is known to be compromised when it begins.
    since = int(np.searchsorted(stream.at, tested.week[0] - (DELAY_DAYS + 8) * DAY))
    known = slice(since, tested.high)
    found: dict[str, Any] = {"from": said(tested.week[0]), "to": said(tested.week[1] - DAY)}
    for way in WAYS:
        score = getattr(tested.decided, way)
        values = metrics.of_week(stream.label[rows], stream.amount[rows], score)
        if values["AP"] is not None:
            values["CP@100"] = metrics.card_precision(
                stream.at[known], stream.customer[known], stream.label[known] == FRAUD, score,
                begin=tested.week[0], delay=DELAY_DAYS,
            )  # fmt: skip
        found[way] = values
    count = tested.high - tested.low
    version = tested.version
    return found | {
        "transactions": count,
        "frauds": int((stream.label[rows] == FRAUD).sum()),
        "alert_rate": tested.decided.alerts / count,
        "combiner": version.model.combiner.kind if version else None,
        "stage": version.model.stage if version else None,
        "note": version.model.note if version else "too little has been seen to learn from: rules alone decide",
    }


def told(week: dict[str, Any]) -> None:
    """One week, to a person."""
    print(f"\n{week['from']} to {week['to']}: {week['frauds']:,} frauds in {week['transactions']:,}; {week['note']}")
    for way in WAYS:
        print(_line(way, week[way]))
    print(f"  alerted {week['alert_rate']:.3%}", flush=True)


def _line(way: str, values: dict[str, float | None]) -> str:
    shown = (f"{name} {'-' if values[name] is None else format(values[name], '.3f')}" for name in NAMES)
    return f"  {way:7} " + "  ".join(shown)


def whole(stream: Stream, regime: str, weeks: list[dict[str, Any]], seconds: float) -> dict[str, Any]:
    """The whole result as one object."""
    return {
        "dataset": stream.name,
        "regime": regime,
        "weeks": weeks,
        "mean": {way: metrics.mean([week[way] for week in weeks]) for way in WAYS},
        "seconds": round(seconds, 1),
    }


def closing(result: dict[str, Any]) -> None:
    """The averages, to a person."""
    print(f"\nMean of {len(result['weeks'])} weeks, {result['seconds']:.0f} s:")
    for way in WAYS:
        print(_line(way, result["mean"][way]))
