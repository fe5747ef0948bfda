"""Template tags of the page "Trends"."""

from datetime import datetime

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from argus_web.dashboard.templatetags.argus import when
from argus_web.trends.tables import percent_words

register = template.Library()


@register.filter
def share(value: float | None) -> str:
    """A share, 0 to 1, with three digits."""
    return percent_words(value)


@register.filter
def hours(value: float) -> str:
    """Hours of people's work."""
    return gettext("%s h") % (f"{value:,.1f}" if value < 100 else f"{value:,.0f}")


@register.filter
def words(name: str) -> str:
    """A name as people read it."""
    return name.replace("_", " ")


@register.filter
def moment(iso: str) -> SafeString | str:
    """A time that came as text."""
    return when(datetime.fromisoformat(iso), "short")


@register.simple_tag
def linked(number: int, link: str) -> SafeString | str:
    """A number that leads to its list, if there is anything in it."""
    return format_html('<a href="{}">{}</a>', link, f"{number:,}") if number else "0"
