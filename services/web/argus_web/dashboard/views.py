"""The live overview, and the search for transactions."""

import orjson
from argus_records.models import Transaction
from argus_records.selectors import search
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

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
    query = request.GET.get("q", "").strip()[:64].replace("\0", "")
    if query:
        field = "customer" if search.customer_known(customer_id=query) else "id"
        return redirect(f"{reverse('transactions')}?{urlencode({field: query})}")
    form = TransactionFilterForm(request.GET)
    found = None
    if form.is_valid():
        found = search.transactions_search(filters=form.filters(), cursor=form.cleaned_data["after"], limit=50)
    return render(request, "dashboard/transactions.html", {"form": form, "found": found})


@require_GET
def transaction(request: HttpRequest, ledger_id: int) -> HttpResponse:
    """One transaction, what was decided and why."""
    try:
        found = search.transaction_get(ledger_id=ledger_id)
    except Transaction.DoesNotExist as error:
        raise Http404("There is no such transaction.") from error
    return render(
        request,
        "dashboard/transaction.html",
        {
            "transaction": found,
            "decision": decision_shown(found),
            "labels": search.transaction_labels(ledger_id=found.pk),
            "history": history_chart(found),
        },
    )
