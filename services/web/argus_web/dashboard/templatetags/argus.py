"""Template tags of all pages."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from argus_records.models import Disposition, LabelValue, Verdict
from argus_records.services.cases.priority import Level
from argus_records.services.cases.priority import level as level_of
from django import template
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from argus_web.accounts import masking
from argus_web.accounts.actors import person_of
from argus_web.dashboard import formats

register = template.Library()

ACTIONS = {
    "alert.opened": _("opened the alert"),
    "approval.proposed": _("proposed it"),
    "approval.granted": _("agreed to it"),
    "approval.refused": _("refused it"),
    "approval.withdrawn": _("withdrew it"),
    "training.refused": _("refused the new model"),
    "training.promoted": _("promoted the new model"),
    "cases.exported": _("took a list of cases away"),
    "alerts.exported": _("took a list of alerts away"),
    "transactions.exported": _("took a list of transactions away"),
    "transaction.revealed": _("had personal data shown"),
    "case.opened": _("opened the case"),
    "case.hit": _("added a further alert"),
    "case.assign": _("assigned it"),
    "case.begin": _("took it into review"),
    "case.release": _("released it"),
    "case.wait": _("put it aside"),
    "case.wake": _("brought it back: its wait is over"),
    "case.escalate": _("escalated it"),
    "case.close": _("closed it"),
    "case.propose": _("proposed to close it"),
    "case.grant": _("agreed to its closing"),
    "case.refuse": _("refused its closing"),
    "case.withdraw": _("withdrew the proposal to close it"),
    "case.undo": _("took the closing back"),
    "case.reopen": _("opened it again"),
    "case.reopen_proposed": _("asked to open it again"),
    "case.reopen_refused": _("refused to open it again"),
    "case.reopen_withdrawn": _("withdrew the wish to open it again"),
    "case.merge": _("merged it"),
    "case.merged": _("merged in what came"),
    "case.noted": _("noted"),
    "case.deadline_missed": _("noticed that its deadline has passed"),
    "case.revealed": _("had personal data shown"),
    "case.evidence_added": _("added a file"),
    "case.evidence_read": _("read a file"),
    "case.file_made": _("made a file of it"),
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
    "list.created": _("made the list"),
    "list.added": _("put on the list"),
    "list.removed": _("took off the list"),
    "label.added": _("said what became known"),
    "decisions.recorded": _("recorded decisions"),
    "api_key.created": _("made the key"),
    "api_key.revoked": _("revoked the key"),
    "model.promoted": _("promoted the model"),
    "model.refused": _("refused the model"),
    "training.failed": _("failed to train"),
    "user.created": _("made the account"),
    "user.roles_changed": _("changed the roles"),
    "user.closed": _("closed the account"),
    "user.reopened": _("reopened the account"),
    "user.password_changed": _("changed the password"),
    "user.password_link_made": _("made a link for a new password"),
    "user.password_link_used": _("chose a new password by a link"),
    "user.password_link_refused": _("came with a link for a new password that opens nothing"),
    "user.signed_in": _("signed in"),
    "user.signed_out": _("signed out"),
    "user.sessions_ended": _("signed out everywhere"),
    "user.sign_in_refused": _("was refused at signing in"),
    "user.sign_in_held": _("had to wait before signing in"),
    "invitation.created": _("invited"),
    "invitation.accepted": _("accepted the invitation"),
    "invitation.revoked": _("revoked the invitation"),
    "invitation.refused": _("came with a link that opens nothing"),
    "audit.exported": _("took the audit log away"),
    "desk.setting_changed": _("changed a setting of theirs"),
    "rollups.forgotten": _("forgot the sums by the hour"),
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


@register.filter
def named(value: object, desk: Any) -> str:
    """A customer's or counterparty's id as this person sees it."""
    return masking.named(value, names=desk.names)


register.filter("mask", masking.mask)


@register.filter
def level(points: int) -> Level:
    """The level of so many points of priority."""
    return level_of(points)


@register.filter
def get(values: dict[str, Any], name: str) -> Any:
    """One value of several."""
    return values.get(name)


@register.filter
def split(words: str) -> list[str]:
    """Words apart."""
    return words.split()


@register.filter
def disposition_words(value: str) -> str:
    """What a case turned out to be, in words."""
    return str(Disposition(value).label) if value in Disposition.values else value


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
    return str(ACTIONS.get(action, action.replace(".", " ").replace("_", " ")))


@register.filter
def value_words(value: str) -> str:
    """A verdict or a label that is kept by itself, as its field would show it."""
    return str(_VALUES.get(value, value))
