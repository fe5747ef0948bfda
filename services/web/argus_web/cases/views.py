"""The list of alerts, and one alert."""

from argus_records.models import Alert, AlertStatus
from argus_records.selectors import alerts
from argus_records.selectors.search import transaction_labels
from argus_records.services.alerts import AlertError, alert_moves
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from argus_web.accounts.actors import actor_of
from argus_web.accounts.permissions import may_decide
from argus_web.cases.forms import ANY_STATUS, AlertFilterForm, DecideForm
from argus_web.cases.services import AlertMovedError, alert_decide_as_seen
from argus_web.dashboard.history import history_chart
from argus_web.dashboard.readable import decision_shown

PAGE = 50


@require_GET
def alert_list(request: HttpRequest) -> HttpResponse:
    """Alerts, by filters that stand in the address."""
    form = AlertFilterForm(request.GET)
    page, counts = None, {}
    # Read before the list: an alert that opens between the two is announced, not lost.
    newest = alerts.alert_newest_id()
    if form.is_valid():
        filters = form.filters()
        page = alerts.alerts_page(
            filters=filters, sort=form.sort_shown(), cursor=form.cleaned_data["after"], limit=PAGE
        )
        counts = alerts.alerts_count(filters=filters)
    tabs = [{"status": str(status), "label": status.label, "count": counts.get(status)} for status in AlertStatus]
    tabs.append({"status": ANY_STATUS, "label": _("all"), "count": sum(counts.values()) if counts else None})
    context = {
        "form": form,
        "page": page,
        "tabs": tabs,
        "cap": alerts.COUNT_CAP,
        "codes": alerts.alert_codes(),
        "newest": newest,
    }
    return render(request, "cases/alert_list.html", context)


def _alert(alert_id: int) -> Alert:
    try:
        return alerts.alert_get(alert_id=alert_id)
    except Alert.DoesNotExist as error:
        raise Http404("There is no such alert.") from error


def _page(
    request: HttpRequest, alert: Alert, form: DecideForm, *, status: int = 200, moved: bool = False
) -> HttpResponse:
    context = {
        "alert": alert,
        "transaction": alert.transaction,
        "decision": decision_shown(alert.transaction),
        "labels": transaction_labels(ledger_id=alert.transaction_id),
        "history": history_chart(alert.transaction),
        "earlier": alerts.alerts_of_customer(customer_id=alert.customer_id, but=alert.pk),
        "trail": alerts.audit_trail(object_type="alert", object_id=alert.pk),
        "form": form,
        "moves": alert_moves(alert.status),
        "may_decide": may_decide(request.user),
        "moved": moved,
    }
    return render(request, "cases/alert.html", context, status=status)


@require_GET
def alert(request: HttpRequest, alert_id: int) -> HttpResponse:
    """One alert with all that is needed to judge it."""
    return _page(request, _alert(alert_id), DecideForm())


@require_http_methods(["GET", "HEAD", "POST"])
def alert_decision(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Approve, block or escalate. What was typed comes back with every refusal."""
    if request.method != "POST":
        # Whoever had to sign in on the way here returns by GET.
        return redirect("alert", alert_id)
    if not may_decide(request.user):
        raise PermissionDenied(
            _("Deciding on alerts is for officers, supervisors and administrators, not for auditors.")
        )
    form = DecideForm(request.POST)
    if not form.is_valid():
        return _page(request, _alert(alert_id), form, status=422)
    decided = form.cleaned_data
    try:
        alert_decide_as_seen(
            alert_id=alert_id,
            seen=decided["seen"],
            action=decided["action"],
            note=decided["note"],
            actor=actor_of(request.user),
        )
    except Alert.DoesNotExist as error:
        raise Http404("There is no such alert.") from error
    except AlertMovedError:
        return _page(request, _alert(alert_id), form, status=409, moved=True)
    except AlertError as error:
        form.add_error(None, str(error))
        return _page(request, _alert(alert_id), form, status=409)
    done = {"approve": _("Approved."), "block": _("Blocked."), "escalate": _("Escalated.")}
    messages.success(request, done[decided["action"]], extra_tags="draft-done")
    return redirect("alert", alert_id)
