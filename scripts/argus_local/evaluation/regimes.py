"""When labels become known, and the walk through the weeks that follows from it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from argus_trainer.version import Version

from argus_local.evaluation.product import EVER, Decided, Floats, Product
from argus_local.evaluation.stream import FRAUD, Stream
from argus_local.evaluation.weeks import DAY, Week

REGIMES: Final = ("label-free", "delayed", "reviewed")
DELAY_DAYS: Final = 7
REVIEWED: Final = 100
# A review of a customer covers what the customer has done in these days and is not labelled yet.
REVIEW_DAYS: Final = 28


@dataclass(frozen=True)
class Tested:
    """One week: its rows, the version that decided them, and what was decided."""

    week: Week
    low: int
    high: int
    version: Version | None
    decided: Decided


def walk(stream: Stream, regime: str, weeks: list[Week]) -> Iterator[Tested]:
    """Each week decided by the version trained at its beginning."""
    label_at = np.full(len(stream), EVER)
    if regime == "delayed":
        label_at = stream.at + DELAY_DAYS * DAY
    product = Product(stream, label_at)
    if regime == "reviewed":
        yield from _reviewed(product, weeks)
        return
    for week in weeks:
        product.advance(week[1])
        version = product.train(week[0])
        yield _tested(product, week, version)


def _tested(product: Product, week: Week, version: Version | None) -> Tested:
    low, high = np.searchsorted(product.stream.at, week).tolist()
    return Tested(week, low, high, version, product.decide(low, high, version))


def _reviewed(product: Product, weeks: list[Week]) -> Iterator[Tested]:
    """From the stream's first day on, the customers ranked highest each day are reviewed by the end of the next."""
    stream = product.stream
    first = int(stream.at[0]) // DAY * DAY
    # The past in weeks that end where the tested ones begin.
    past = range(weeks[0][0] - 7 * DAY, first - 7 * DAY, -7 * DAY)
    for week in [(low, low + 7 * DAY) for low in reversed(past)] + weeks:
        version = product.train(week[0]) if week[0] > first else None
        found = []
        for today in range(max(week[0], first), week[1], DAY):
            product.advance(today + DAY)
            low, high = np.searchsorted(stream.at, (today, today + DAY)).tolist()
            if high > low:
                found.append(product.decide(low, high, version, parts=week in weeks))
                _review(product, today, low, found[-1].hybrid)
        if week in weeks:
            low, high = np.searchsorted(stream.at, week).tolist()
            yield Tested(week, low, high, version, Decided.joined(found))


def _review(product: Product, today: int, low: int, score: Floats) -> None:
    """Label what the customers ranked highest today, whose transactions begin at ``low``, have done of late.

    Who was found to be defrauded in the latest week is being dealt with, and not asked again.
    """
    stream, label_at = product.stream, product.label_at
    high = low + len(score)
    week = int(np.searchsorted(stream.at, today - 6 * DAY))
    found = (label_at[week:low] <= today + DAY) & (stream.label[week:low] == FRAUD)
    dealt_with = np.unique(stream.customer[week:low][found])
    order = np.argsort(-score, kind="stable")
    customers, highest = np.unique(stream.customer[low:high][order], return_index=True)
    ranked = customers[np.argsort(highest)]
    asked = ranked[~np.isin(ranked, dealt_with)][:REVIEWED]
    since = int(np.searchsorted(stream.at, today - (REVIEW_DAYS - 1) * DAY))
    rows = since + np.flatnonzero(np.isin(stream.customer[since:high], asked))
    rows = rows[label_at[rows] == EVER]
    # The queue is worked through from the top, over the whole of the next day.
    turn = np.empty(int(stream.customer.max()) + 1, np.int64)
    turn[asked] = np.arange(1, len(asked) + 1)
    label_at[rows] = today + DAY + turn[stream.customer[rows]] * DAY // len(asked)
