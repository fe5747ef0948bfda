"""What is normal for a customer, with the transaction in question marked: hours, countries, counterparties, amounts."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from statistics import median
from typing import Any, Final

from argus_engine.money import MINOR_DIGITS
from argus_records.models import Transaction

MOST_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Share:
    """One value, how many transactions had it, the length of its bar in percent, and whether this one has it."""

    value: str
    count: int
    bar: int
    this: bool


@dataclass(frozen=True, slots=True)
class Normal:
    """The customer's transactions before this one, counted."""

    transactions: int
    since: datetime | None
    median: Decimal | None
    hours: list[Share]
    countries: list[Share]
    counterparties: list[Share]
    channels: list[Share]


def normal(transaction: Transaction, rows: list[dict[str, Any]]) -> Normal:
    """Out of the customer's history, which may hold what came after: that is left out.

    Amounts are compared within the transaction's currency. Hours are those of UTC.
    """
    before = [row for row in rows if row["id"] != transaction.pk and row["occurred_at"] <= transaction.occurred_at]
    amounts = [row["amount"] for row in before if row["currency"] == transaction.currency]
    hour = transaction.occurred_at.astimezone(UTC).hour
    counted = Counter(row["occurred_at"].astimezone(UTC).hour for row in before)
    most = max(counted.values(), default=0) or 1
    return Normal(
        transactions=len(before),
        since=min((row["occurred_at"] for row in before), default=None),
        median=rounded(median(amounts), transaction.currency) if amounts else None,
        hours=[Share(f"{h:02}", counted[h], round(100 * counted[h] / most), h == hour) for h in range(24)],
        countries=_shares(before, "country", transaction.country),
        counterparties=_shares(before, "counterparty_id", transaction.counterparty_id),
        channels=_shares(before, "channel", transaction.channel),
    )


def rounded(amount: Decimal, currency: str) -> Decimal:
    """An amount to the minor digits that its currency has.

    >>> rounded(Decimal("2.675"), "EUR")
    Decimal('2.68')
    """
    return round(amount, MINOR_DIGITS.get(currency, 2))


def _shares(rows: list[dict[str, Any]], name: str, this: str | None) -> list[Share]:
    """The most frequent values, and this transaction's own, be it as rare as it may."""
    counted = Counter(row[name] for row in rows if row[name])
    shown = [value for value, _ in counted.most_common(MOST_SHOWN)]
    if this and this not in shown:
        shown.append(this)
    most = max(counted.values(), default=0) or 1
    return [Share(value, counted[value], round(100 * counted[value] / most), value == this) for value in shown]
