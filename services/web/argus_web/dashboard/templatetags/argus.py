"""Template tags of all pages."""

from datetime import datetime
from decimal import Decimal

from argus_records.models import LabelValue, Verdict
from django import template
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from argus_web.accounts.actors import person_of
from argus_web.dashboard import formats

register = template.Library()

_ACTIONS = {
    "alert.opened": _("opened the alert"),
    "alert.approved": _("approved"),
    "alert.blocked": _("blocked"),
    "alert.escalated": _("escalated"),
    "ruleset.created": _("saved this version"),
    "ruleset.activated": _("put this version in force"),
    "ruleset.shadowed": _("put this version in shadow"),
    "ruleset.retired": _("retired this version"),
    "backtest.requested": _("asked for it"),
    "backtest.started": _("began"),
    "backtest.returned": _("put it back: the process that ran it had died"),
    "backtest.stopped": _("stopped it"),
    "backtest.finished": _("ended with a result"),
    "backtest.failed": _("ended without a result"),
}

_VALUES = dict([*Verdict.choices, *LabelValue.choices])

register.filter("person", person_of)


@register.filter
def money(amount: Decimal, currency: str) -> str:
    """An amount with its currency."""
    return formats.money(amount, currency)


@register.filter
def grouped(value: int) -> str:
    """A whole number with its thousands apart."""
    return f"{value:,}"


@register.filter
def percent(share: float) -> str:
    """A share, 0 to 1, without decimals."""
    return f"{share:.0%}"


@register.filter
def when(moment: datetime | None, style: str = "full") -> SafeString | str:
    """A time in UTC that the page rewrites in its reader's zone, keeping UTC as its title."""
    if moment is None:
        return "–"
    iso = formats.iso_utc(moment)
    return format_html(
        '<time datetime="{}" data-time="{}" title="{}">{}</time>',
        iso,
        style,
        iso.replace("T", " ").replace("Z", " UTC"),
        iso.replace("T", " ").replace("Z", " UTC"),
    )


@register.simple_tag(takes_context=True)
def address(context: template.Context, **changes: str | None) -> str:
    """The present address with some parameters changed; paging starts anew unless ``after`` is given."""
    request: HttpRequest = context["request"]
    query = request.GET.copy()
    for name, value in ({"after": None} | changes).items():
        if value in (None, ""):
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}" if query else request.path


@register.filter
def action_words(action: str) -> str:
    """What an audit event says, in words; an action without words of its own stands for itself."""
    return str(_ACTIONS.get(action, action.replace(".", " ").replace("_", " ")))


@register.filter
def value_words(value: str) -> str:
    """A verdict or a label that is kept by itself, as its field would show it."""
    return str(_VALUES.get(value, value))
