"""A customer's history as a chart."""

from typing import Any

from argus_records.models import Transaction, TransactionType, Verdict
from django.urls import reverse
from django.utils.translation import gettext as _

from argus_web.dashboard.formats import iso_utc, money


def history_chart(transaction: Transaction, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Points of the chart on one transaction's page: its customer's transactions (``rows``) in its own currency.

    Amounts of other currencies do not belong on one axis with these; ``elsewhere`` says how many they are.
    """
    same = [row for row in rows if row["currency"] == transaction.currency]
    return {
        "currency": transaction.currency,
        "current": transaction.pk,
        "elsewhere": len(rows) - len(same),
        "points": [
            {
                "id": row["id"],
                "address": reverse("transaction", args=[row["id"]]),
                "at": iso_utc(row["occurred_at"]),
                "amount": float(row["amount"]),
                "shown": money(row["amount"], row["currency"]),
                "type": str(TransactionType(row["type"]).label),
                "verdict": row["verdict"] or "pending",
                "said": str(Verdict(row["verdict"]).label) if row["verdict"] else _("pending"),
            }
            for row in same
        ],
    }
