"""The lists of cases and of alerts."""

from typing import Any

from argus_records.models import Alert, AlertStatus, Case
from argus_records.selectors import alerts, cases
from argus_records.selectors.cases import Pile
from argus_records.selectors.paging import Page
from argus_records.selectors.views import views_of
from argus_records.services.cases.priority import level
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from argus_web.accounts.actors import actor_of, person_of
from argus_web.accounts.colleagues import who_decides
from argus_web.accounts.masking import mask
from argus_web.accounts.permissions import may_decide, permissions_of
from argus_web.accounts.roles import Permission
from argus_web.accounts.veil import Veil, alerts_veiled, cases_veiled, shown_in_lists
from argus_web.cases.forms import ANY_STATUS, AlertFilterForm, CaseFilterForm
from argus_web.dashboard import export

PAGE = 50


@require_GET
def case_list(request: HttpRequest) -> HttpResponse:
    """Cases, by filters that stand in the address."""
    shown = shown_in_lists(request.user)
    form = CaseFilterForm(request.GET, names=shown.names)
    actor = actor_of(request.user)
    page, counts = None, {}
    if form.is_valid():
        filters = _asked(request, form)
        page = cases.cases_page(filters=filters, sort=form.sort_shown(), cursor=form.cleaned_data["after"], limit=PAGE)
        cases_veiled(page.rows, shown)
        counts = cases.cases_count(filters=filters, piles=list(Pile))
    names = {
        Pile.QUEUE: _("to take"),
        Pile.MINE: _("mine"),
        Pile.WATCHED: _("watched"),
        Pile.OPEN: _("all open"),
        Pile.ESCALATED: _("escalated"),
        Pile.PENDING: _("pending approval"),
        Pile.CLOSED: _("closed"),
        Pile.ALL: _("all"),
    }
    context = {
        "form": form,
        "page": page,
        "tabs": [{"pile": str(pile), "label": names[pile], "count": counts.get(pile)} for pile in Pile],
        "cap": alerts.COUNT_CAP,
        "now": timezone.now(),
        "people": who_decides() if may_decide(request.user) else [],
        "undo_last": cases.case_closed_last(actor=actor),
        "views": views_of(actor=actor, page="cases"),
    }
    return render(request, "cases/case_list.html", context)


@require_GET
def case_csv(request: HttpRequest) -> HttpResponseBase:
    """The list of cases, all of its pages, as a file."""
    shown = shown_in_lists(request.user)
    form = CaseFilterForm(request.GET, names=shown.names)
    if not form.is_valid():
        return case_list(request)
    filters, sort, name = _asked(request, form), form.sort_shown(), Veil(shown).name

    def row(case: Case) -> list[Any]:
        return [
            case.pk, case.get_state_display(), level(case.priority), case.priority, name(case.customer_id),
            case.headline, case.amount, case.currency, round(case.score, 4), case.alerts_count, case.opened_at,
            case.due_at, case.breached_at, person_of(case.assignee or ""), case.disposition, case.closed_at,
            person_of(case.closed_by or ""),
        ]  # fmt: skip

    header = [
        "case", "state", "priority", "points", "customer", "reason", "amount", "currency", "score", "alerts", "opened",
        "due", "deadline missed", "held by", "closed as", "closed", "closed by",
    ]  # fmt: skip

    def page(cursor: str) -> Page[Case]:
        found = cases.cases_page(filters=filters, sort=sort, cursor=cursor, limit=export.PAGE)
        cases_veiled(found.rows, shown)
        return found

    return export.streamed(request, name="cases", filters=filters, header=header, rows=map(row, export.pages(page)))


@require_GET
def alert_list(request: HttpRequest) -> HttpResponse:
    """Alerts, by filters that stand in the address."""
    shown = shown_in_lists(request.user)
    form = AlertFilterForm(request.GET, names=shown.names)
    page, counts = None, {}
    # Read before the list: an alert that opens between the two is announced, not lost.
    newest = alerts.alert_newest_id()
    if form.is_valid():
        filters = form.filters()
        page = alerts.alerts_page(
            filters=filters, sort=form.sort_shown(), cursor=form.cleaned_data["after"], limit=PAGE
        )
        alerts_veiled(page.rows, shown)
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
        "views": views_of(actor=actor_of(request.user), page="alerts"),
        "customer_masked": mask(request.GET.get("customer", "").strip()),
    }
    return render(request, "cases/alert_list.html", context)


@require_GET
def alert_csv(request: HttpRequest) -> HttpResponseBase:
    """The list of alerts, all of its pages, as a file."""
    shown = shown_in_lists(request.user)
    form = AlertFilterForm(request.GET, names=shown.names)
    if not form.is_valid():
        return alert_list(request)
    filters, sort, name = form.filters(), form.sort_shown(), Veil(shown).name

    def row(alert: Alert) -> list[Any]:
        return [
            alert.pk, alert.case_id, alert.get_verdict_display(), alert.get_status_display(), name(alert.customer_id),
            alert.headline, " ".join(alert.codes), alert.amount, alert.currency, round(alert.score, 4),
            alert.opened_at, alert.decided_at, person_of(alert.decided_by or ""),
        ]  # fmt: skip

    header = [
        "alert", "case", "verdict", "status", "customer", "reason", "codes", "amount", "currency", "score", "opened",
        "decided", "decided by",
    ]  # fmt: skip

    def page(cursor: str) -> Page[Alert]:
        found = alerts.alerts_page(filters=filters, sort=sort, cursor=cursor, limit=export.PAGE)
        alerts_veiled(found.rows, shown)
        return found

    return export.streamed(request, name="alerts", filters=filters, header=header, rows=map(row, export.pages(page)))


def _asked(request: HttpRequest, form: CaseFilterForm) -> cases.CaseFilter:
    """The cases asked for. What is escalated waits for supervisors: to officers it is nothing to take."""
    held = permissions_of(request.user)
    waits = Permission.SUPERVISE in held or Permission.DECIDE_ALERTS not in held
    return form.filters(actor_of(request.user), escalated=waits)
