"""The live overview, and the search for transactions."""

from typing import Any

import orjson
from argus_records.models import Transaction
from argus_records.selectors import search
from argus_records.selectors.views import views_of
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from argus_web.accounts.actors import actor_of
from argus_web.accounts.masking import reveal_asked
from argus_web.accounts.permissions import sees_names
from argus_web.accounts.veil import Shown, Veil, shown_in_lists, shown_to
from argus_web.dashboard import export
from argus_web.dashboard.forms import TransactionFilterForm
from argus_web.dashboard.history import history_chart
from argus_web.dashboard.readable import decision_shown
from argus_web.dashboard.snapshot import snapshots
from argus_web.trends.ranges import RANGES


@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Charts and tiles; the page has the present state in it and then follows the stream."""
    state = orjson.loads(snapshots.get())
    return render(request, "dashboard/overview.html", {"state": state, "ranges": RANGES.values()})


@require_GET
def transactions(request: HttpRequest) -> HttpResponse:
    """Search the ledger. ``q`` of the bar on every page is a customer's id or else a transaction's."""
    names = sees_names(request.user)
    query = request.GET.get("q", "").strip()[:64].replace("\0", "")
    if query:
        # Whether somebody is a customer is told to those who see customers.
        known = names and search.customer_known(customer_id=query)
        field = "customer" if known else "id"
        return redirect(f"{reverse('transactions')}?{urlencode({field: query})}")
    form = TransactionFilterForm(request.GET, names=names)
    found = None
    if form.is_valid():
        found = search.transactions_search(filters=form.filters(), cursor=form.cleaned_data["after"], limit=50)
    views = views_of(actor=actor_of(request.user), page="transactions")
    return render(request, "dashboard/transactions.html", {"form": form, "found": found, "views": views})


@require_GET
def transactions_csv(request: HttpRequest) -> HttpResponseBase:
    """All that the search finds, as a file."""
    shown = shown_in_lists(request.user)
    form = TransactionFilterForm(request.GET, names=shown.names)
    if not form.is_valid():
        return transactions(request)
    filters, name = form.filters(), Veil(shown).name

    def row(found: Transaction) -> list[Any]:
        decision = getattr(found, "decision", None)
        return [
            found.transaction_id, found.client.name, name(found.customer_id), name(found.counterparty_id),
            found.occurred_at, found.received_at, found.amount, found.currency, found.get_type_display(),
            found.country, found.get_channel_display(), decision and decision.get_verdict_display(),
            decision and round(decision.score, 4),
        ]  # fmt: skip

    header = [
        "transaction", "submitted by", "customer", "counterparty", "occurred", "received", "amount", "currency", "kind",
        "country", "channel", "verdict", "score",
    ]  # fmt: skip
    found = export.pages(lambda cursor: search.transactions_search(filters=filters, cursor=cursor, limit=export.PAGE))
    return export.streamed(request, name="transactions", filters=filters, header=header, rows=map(row, found))


def history_of(found: Transaction) -> list[dict[str, Any]]:
    """Its customer's transactions around it."""
    return search.customer_history(customer_id=found.customer_id, around=found.occurred_at)


@require_GET
def transaction(request: HttpRequest, ledger_id: int) -> HttpResponse:
    """One transaction, what was decided and why."""
    try:
        found = search.transaction_get(ledger_id=ledger_id)
    except Transaction.DoesNotExist as error:
        raise Http404("There is no such transaction.") from error
    shown = shown_to(request, f"transaction:{found.pk}")
    return render(
        request,
        "dashboard/transaction.html",
        {
            "transaction": found,
            "decision": decision_shown(found, Veil(shown, [found])),
            "labels": search.transaction_labels(ledger_id=found.pk),
            "history": history_chart(found, history_of(found)),
            "revealed": shown == Shown.REVEALED,
            "reveal_at": reverse("transaction_reveal", args=[found.pk]),
        },
    )


@require_POST
def transaction_reveal(request: HttpRequest, ledger_id: int) -> HttpResponse:
    """Show what is masked, for a reason that stands in the audit log."""
    try:
        found = search.transaction_get(ledger_id=ledger_id)
    except Transaction.DoesNotExist as error:
        raise Http404("There is no such transaction.") from error
    reveal_asked(request, kind="transaction", number=found.pk, customer_id=found.customer_id)
    return redirect("transaction", found.pk)
