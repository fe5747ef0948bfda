"""The page of one case: what happened, why it was flagged, what is normal, what else is linked, what was decided."""

from dataclasses import dataclass
from typing import Any

from argus_records.models import Alert, ApprovalKind, Case, Disposition, Transaction
from argus_records.selectors import alerts, cases, search
from argus_records.selectors.approvals import approval_waiting
from argus_records.selectors.linked import Linked, linked_alerts
from argus_records.selectors.personal import case_names
from argus_records.services.cases.closing import four_eyes_whys, undoable
from argus_records.services.cases.gather import cases_gather
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from argus_web.accounts.actors import actor_of
from argus_web.accounts.colleagues import who_decides
from argus_web.accounts.permissions import permissions_of
from argus_web.accounts.roles import Permission
from argus_web.accounts.veil import Shown, Veil, alerts_veiled, cases_veiled, shown_in_lists, shown_to
from argus_web.cases.forms import WAITS, ActForm
from argus_web.cases.normal import normal
from argus_web.cases.policies import actions, why_not
from argus_web.cases.timeline import timeline
from argus_web.dashboard.history import history_chart
from argus_web.dashboard.readable import decision_shown
from argus_web.dashboard.views import history_of


@dataclass(frozen=True, slots=True)
class Focus:
    """The alert of a case that is looked at, with its transaction."""

    alert: Alert
    transaction: Transaction


def case_or_404(case_id: int) -> Case:
    """One case."""
    try:
        return cases.case_get(case_id=case_id)
    except Case.DoesNotExist as error:
        raise Http404("There is no such case.") from error


def case_page(
    request: HttpRequest, case_id: int, *, form: ActForm | None = None, status: int = 200, moved: bool = False
) -> HttpResponse:
    """The page, with what was typed if an action was refused."""
    case = case_or_404(case_id)
    actor = actor_of(request.user)
    shown = shown_to(request, f"case:{case.pk}")
    veil = Veil(shown, case_names(case_id=case.pk))
    case.headline = veil.text(case.headline)
    mine = cases.case_alerts(case_id=case.pk)
    for alert in mine:
        alert.headline = veil.text(alert.headline)
    focus = _focus(mine, request.GET.get("alert", ""))
    held = permissions_of(request.user)
    decides = Permission.DECIDE_ALERTS in held
    supervises = Permission.SUPERVISE in held
    watchers = cases.watches(case_id=case.pk)
    approval = approval_waiting(kind=ApprovalKind.CASE_CLOSE, subject=str(case.pk)) or approval_waiting(
        kind=ApprovalKind.CASE_REOPEN, subject=str(case.pk)
    )
    context: dict[str, Any] = {
        "case": case,
        "alerts": mine,
        "now": timezone.now(),
        "timeline": timeline(cases.case_timeline(case_id=case.pk), veil),
        "others": cases_veiled(
            cases.cases_of_customer(customer_id=case.customer_id, but=case.pk), shown_in_lists(request.user)
        ),
        "evidence": [(file, veil.note(file.name)) for file in case.evidence.defer("content").order_by("id")],
        "watchers": watchers,
        "watching": actor in watchers,
        "approval": approval,
        "approval_reason": veil.note(approval.reason) if approval else "",
        "form": form or ActForm(),
        "moved": moved,
        "actions": actions(case, actor=actor, supervises=supervises) if decides else [],
        "why_not": why_not(case, actor=actor, supervises=supervises) if decides else "reads",
        "undo_last": cases.case_closed_last(actor=actor) if decides else None,
        "undo": decides and case.closed_by == actor and not case.merged_into_id and undoable(case),
        "dispositions": _dispositions(case),
        "waits": WAITS.items(),
        "people": who_decides() if decides else [],
        "names": shown.names,
        "revealed": shown == Shown.REVEALED,
        "reveal_at": reverse("case_reveal", args=[case.pk]),
    }
    if focus is not None:
        history = history_of(focus.transaction)
        context |= {
            "alert": focus.alert,
            "transaction": focus.transaction,
            "decision": decision_shown(focus.transaction, veil),
            "labels": search.transaction_labels(ledger_id=focus.transaction.pk),
            "history": history_chart(focus.transaction, history),
            "normal": normal(focus.transaction, history),
            "linked": _linked(focus.transaction, shown_in_lists(request.user)),
        }
    return render(request, "cases/case.html", context, status=status)


def _focus(mine: list[Alert], wanted: str) -> Focus | None:
    """The alert that was asked for, or else the strongest."""
    if not mine:
        return None
    chosen = next((alert for alert in mine if str(alert.pk) == wanted), None)
    chosen = chosen or max(mine, key=lambda alert: (alert.score, alert.pk))
    whole = alerts.alert_get(alert_id=chosen.pk)
    return Focus(whole, whole.transaction)


def _linked(transaction: Transaction, shown: Shown) -> list[Linked]:
    """Alerts on other customers, who are not revealed by this case's being so."""
    found = linked_alerts(transaction=transaction)
    alerts_veiled([one.alert for one in found], shown)
    return found


def _dispositions(case: Case) -> list[dict[str, str]]:
    """How the case can be closed, each with why it would need a second person."""
    whys = four_eyes_whys(case)
    keys = {Disposition.FALSE_POSITIVE: "a", Disposition.CONFIRMED_FRAUD: "b"}
    order = [
        Disposition.FALSE_POSITIVE,
        Disposition.CONFIRMED_FRAUD,
        Disposition.SUSPICIOUS_REPORTED,
        Disposition.NO_ACTION,
    ]
    return [{"value": str(one), "label": str(one.label), "key": keys.get(one, ""), "why": whys[one]} for one in order]


@require_GET
def case(request: HttpRequest, case_id: int) -> HttpResponse:
    """One case."""
    return case_page(request, case_id)


@require_GET
def alert(_request: HttpRequest, alert_id: int) -> HttpResponse:
    """An alert is looked at within its case."""
    found = Alert.objects.filter(pk=alert_id).only("case").first()
    if found is not None and found.case_id is None:
        # It opened this very moment.
        cases_gather(seconds=1.0)
        found = Alert.objects.filter(pk=alert_id).only("case").first()
    if found is None or found.case_id is None:
        raise Http404("There is no such alert.")
    return redirect(f"{reverse('case', args=[found.case_id])}?alert={alert_id}")
