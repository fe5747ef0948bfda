"""Template tags of the reports of months."""

from datetime import timedelta
from urllib.parse import urlencode

from argus_records.selectors.months import Closings
from django import template
from django.urls import reverse

from argus_web.reports.month import words
from argus_web.reports.month.period import DAY, Month
from argus_web.trends.tables import percent_words

register = template.Library()


@register.filter
def span(time: timedelta | None) -> str:
    """A time, if there is one."""
    return words.span(time) if isinstance(time, timedelta) else "–"


@register.filter
def met(closings: Closings | None) -> str:
    """The share of deadlines met."""
    return percent_words(closings.in_time / closings.count) if closings else "–"


@register.simple_tag
def closed_list(month: Month, disposition: str) -> str:
    """The list of cases closed in a month as this disposition."""
    last = month.until - DAY
    asked = {
        "pile": "closed",
        "disposition": disposition,
        "closed_since": f"{month.since:%Y-%m-%d}",
        "closed_until": f"{last:%Y-%m-%d}",
        "tz": "UTC",
    }
    return f"{reverse('cases')}?{urlencode(asked)}"
