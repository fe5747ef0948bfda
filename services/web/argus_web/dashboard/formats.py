"""How figures are written for people."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from argus_engine.money import format_amount, to_minor
from argus_records.models import Alert, Verdict
from argus_records.selectors.personal import Parties
from django.urls import reverse

from argus_web.accounts.masking import mask
from argus_web.accounts.veil import Shown, Veil


def money(amount: Decimal | str, currency: str) -> str:
    """An amount with its currency's minor digits, grouped, and the currency's code.

    >>> money("1234.5", "EUR")
    '1,234.50 EUR'
    """
    exact = Decimal(amount)
    try:
        return format_amount(to_minor(exact, currency), currency)
    except ValueError:
        # A currency withdrawn since, or digits it no longer has: shown as it was stored.
        return f"{exact.normalize():,f} {currency}"


def iso_utc(moment: datetime) -> str:
    """A time as machines read it.

    >>> iso_utc(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    '2026-01-02T03:04:05Z'
    """
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def alert_summary(alert: Alert) -> dict[str, Any]:
    """One alert as live pages list it, the same for all who watch: its headline was veiled for who sees least."""
    return {
        "id": alert.pk,
        "address": reverse("alert", args=[alert.pk]),
        "opened_at": iso_utc(alert.opened_at),
        "status": alert.status,
        "verdict": alert.verdict,
        "said": str(Verdict(alert.verdict).label),
        "score": alert.score,
        "customer_id": mask(alert.customer_id),
        "amount": money(alert.amount, alert.currency),
        "amount_number": float(alert.amount),
        "currency": alert.currency,
        "codes": alert.codes,
        "headline": alert.headline,
    }


def published_summary(alert: dict[str, Any]) -> dict[str, Any]:
    """The same of an alert as a worker publishes it in the moment it opens, with the ids that its headline may name."""
    return {
        "id": alert["id"],
        "address": reverse("alert", args=[alert["id"]]),
        "opened_at": iso_utc(datetime.now(UTC)),
        "status": "open",
        "verdict": alert["verdict"],
        "said": str(Verdict(alert["verdict"]).label),
        "score": alert["score"],
        "customer_id": mask(alert["customer_id"]),
        "amount": money(alert["amount"], alert["currency"]),
        "amount_number": float(alert["amount"]),
        "currency": alert["currency"],
        "codes": alert.get("codes", []),
        "headline": Veil(Shown.MASKED, [Parties(**alert["names"])]).text(alert["headline"]),
    }
