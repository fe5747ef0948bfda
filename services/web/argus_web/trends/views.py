"""The overview over long ranges."""

from datetime import UTC, datetime
from typing import Any, Final

import orjson
from argus_records.models import LabelValue
from argus_records.selectors.trends import StillSummingError
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from argus_web.ops.system import states
from argus_web.trends.drift import drift, score_tables
from argus_web.trends.forms import TrendsForm
from argus_web.trends.links import Links
from argus_web.trends.noise import rules
from argus_web.trends.ranges import DAY, RANGES, Period
from argus_web.trends.tables import tables
from argus_web.trends.volumes import volume
from argus_web.trends.waiting import alerts

AGAIN_SECONDS: Final = 60


@require_GET
def trends(request: HttpRequest) -> HttpResponse:
    """Charts, tables and the lists behind them, for a range and a currency that stand in the address."""
    try:
        return _page(request)
    except StillSummingError:
        answer = render(request, "trends/behind.html", status=503)
        answer["Retry-After"] = str(AGAIN_SECONDS)
        return answer


def _page(request: HttpRequest) -> HttpResponse:
    form = TrendsForm(request.GET)
    form.is_valid()
    chosen, currency = form.range_shown, form.currency_shown
    period = Period.of(RANGES[chosen], datetime.now(UTC))
    decided, desk, moved = volume(period, currency), alerts(period, currency), drift(period)
    links = Links(currency)
    context: dict[str, Any] = {
        "form": form,
        "ranges": RANGES.values(),
        "chosen": chosen,
        "currency": currency,
        "choices": sorted({*decided.currencies, currency} - {""}),
        "period": period,
        "daily": period.range.step == DAY,
        "volume": decided,
        "alerts": desk,
        "hours": desk.decided * settings.MINUTES_PER_ALERT / 60,
        "minutes": settings.MINUTES_PER_ALERT,
        "drift": moved,
        "tables": [*tables(period, currency, decided, desk), *score_tables(moved)],
        "currencies": [
            (code, sums, Links(code).transactions(period.since, period.until))
            for code, sums in sorted(decided.currencies.items())
            if currency in ("", code)
        ],
        "ages": [
            (age, *(links.opened(age.since, age.until, status=status) for status in ("open", "escalated")))
            for age in desk.ages
        ],
        "rules": rules(period, currency, settings.MINUTES_PER_ALERT),
        "links": {
            "decided": links.transactions(period.since, period.until),
            "fraud": links.transactions(period.since, period.until, label=LabelValue.FRAUD),
            "review": links.transactions(period.since, period.until, verdict="review"),
            "block": links.transactions(period.since, period.until, verdict="block"),
            "opened": links.opened(period.since, period.until),
            "open": links.opened(None, None, status="open"),
            "escalated": links.opened(None, None, status="escalated"),
            "approved": links.decided(period.since, period.until, "approved"),
            "blocked": links.decided(period.since, period.until, "blocked"),
        },
    }
    return render(request, "trends/trends.html", context | {"known": orjson.loads(states.get())})
