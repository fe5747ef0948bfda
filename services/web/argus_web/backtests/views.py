"""The pages of backtests. A request is a row: the backtester finds it within seconds."""

from datetime import timedelta
from typing import Any

from argus_records.models import BacktestRun, BacktestState, RuleSetVersion
from argus_records.selectors import backtests as selectors
from argus_records.selectors.alerts import audit_trail
from argus_records.services.backtests import BacktestRefused, backtest_request, backtest_stop
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from argus_web.accounts.actors import actor_of
from argus_web.accounts.permissions import may_edit_rules
from argus_web.backtests.forms import BacktestForm
from argus_web.backtests.shown import asked_words, by_day, pairs

# What is asked for if nobody says otherwise.
DAYS = 30


@require_GET
def backtests(request: HttpRequest) -> HttpResponse:
    """All runs, newest first."""
    runs = [(run, *asked_words(run)) for run in selectors.runs()]
    return render(request, "backtests/backtests.html", {"runs": runs, "may_ask": may_edit_rules(request.user)})


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """The form, and asking."""
    if not may_edit_rules(request.user):
        raise PermissionDenied
    form = BacktestForm(request.POST or None, initial=_proposed(request))
    if request.method == "POST" and form.is_valid():
        try:
            run = backtest_request(**form.cleaned_data, actor=actor_of(request.user))
            return redirect("backtest", run.pk)
        except (BacktestRefused, RuleSetVersion.DoesNotExist) as error:
            form.add_error(None, str(error))
    return render(request, "backtests/new.html", {"form": form}, status=422 if form.errors else 200)


def _proposed(request: HttpRequest) -> dict[str, Any]:
    today = timezone.now().date()
    return {
        "ruleset": request.GET.get("ruleset", ""),
        "model": request.GET.get("model", ""),
        "first_day": today - timedelta(days=DAYS - 1),
        "last_day": today,
        "minutes_per_alert": settings.MINUTES_PER_ALERT,
    }


@require_GET
def backtest(request: HttpRequest, number: int) -> HttpResponse:
    """One run: how far it is, or what came of it."""
    run = _run_or_404(number)
    rules, model = asked_words(run)
    unfinished = run.state in {BacktestState.QUEUED, BacktestState.RUNNING}
    context = {
        "run": run,
        "rules": rules,
        "model": model,
        "unfinished": unfinished,
        "may_stop": unfinished and may_edit_rules(request.user),
        "trail": audit_trail(object_type="backtest", object_id=number),
    }
    if run.result is not None:
        context |= {"result": run.result, "pairs": pairs(run.result), "chart": by_day(run.result)}
    return render(request, "backtests/backtest.html", context)


@require_GET
def state(_: HttpRequest, number: int) -> HttpResponse:
    """How far a run is, for the page that waits for it."""
    try:
        run = selectors.run_state(run_id=number)
    except BacktestRun.DoesNotExist as error:
        raise Http404 from error
    return JsonResponse({"state": run.state, "done": run.done, "total": run.total})


@require_POST
def stop(request: HttpRequest, number: int) -> HttpResponse:
    """Let it be."""
    if not may_edit_rules(request.user):
        raise PermissionDenied
    _run_or_404(number)
    try:
        backtest_stop(run_id=number, actor=actor_of(request.user))
        messages.success(request, gettext("Stopped. What was counted until now is not kept."))
    except BacktestRefused as error:
        messages.error(request, str(error))
    return redirect("backtest", number)


def _run_or_404(number: int) -> BacktestRun:
    try:
        return selectors.run_get(run_id=number)
    except BacktestRun.DoesNotExist as error:
        raise Http404("There is no such backtest.") from error
