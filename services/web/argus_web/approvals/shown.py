"""A proposal as who decides on it sees it: what it would change, in words."""

from dataclasses import dataclass, field

from argus_engine.difference import Change
from argus_records.models import Approval, ApprovalKind, Case, Disposition, RuleSetState, RuleSetVersion
from django.urls import reverse
from django.utils.translation import gettext as _

from argus_web.accounts.veil import Veil, cases_veiled
from argus_web.rules.shown import changes


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a difference: what is taken away, or what comes."""

    text: str
    comes: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal in words, with where its subject is found."""

    approval: Approval
    title: str
    address: str
    lines: list[Line] = field(default_factory=list)
    changes: list[Change] | None = None
    stale: str = ""
    case: Case | None = None


def written(approval: Approval, text: str, veil: Veil) -> str:
    """What somebody wrote of a proposal: of a rule set's, everybody reads it."""
    return text if approval.kind == ApprovalKind.RULESET_LIVE else veil.note(text)


def title(approval: Approval, veil: Veil) -> str:
    """What is proposed, in one line."""
    said = approval.proposal
    match approval.kind:
        case ApprovalKind.CASE_CLOSE:
            return _("Close case %(case)s: %(what)s") % {
                "case": approval.subject,
                "what": Disposition(said["disposition"]).label,
            }
        case ApprovalKind.CASE_REOPEN:
            return _("Open case %s again") % approval.subject
        case ApprovalKind.RULESET_LIVE:
            return _("Put rule set %s in force") % approval.subject
        case ApprovalKind.LIST_ADD:
            count = len(said["values"])
            return _("Add %(count)s to the list %(name)s") % {"count": count, "name": approval.subject}
        case _:
            return _("Take %(value)s off the list %(name)s") % {
                "value": veil.name(said["value"]),
                "name": approval.subject,
            }


def proposal(approval: Approval, veil: Veil) -> Proposal:
    """One proposal, with the difference it would make to what stands now."""
    made = title(approval, veil)
    said = approval.proposal
    match approval.kind:
        case ApprovalKind.CASE_CLOSE | ApprovalKind.CASE_REOPEN:
            return _case(approval, made, veil)
        case ApprovalKind.RULESET_LIVE:
            version = RuleSetVersion.objects.filter(pk=said["version"]).first()
            live = RuleSetVersion.objects.filter(state=RuleSetState.LIVE).first()
            stale = ""
            if live is not None and live.pk != said["live"] and approval.state == "waiting":
                stale = _("Version %s went live since: refuse this, so that it is proposed anew.") % live.pk
            return Proposal(
                approval,
                made,
                reverse("ruleset_version", args=[said["version"]]),
                changes=changes(version, live, veil) if version else None,
                stale=stale,
            )
        case ApprovalKind.LIST_ADD:
            until = f" ({_('until')} {said['expires_at'][:10]})" if said["expires_at"] else ""
            lines = [Line(f"{veil.name(value)}{until}", comes=True) for value in said["values"]]
            return Proposal(approval, made, reverse("list", args=[approval.subject]), lines)
        case _:
            lines = [Line(veil.name(said["value"]) or "", comes=False)]
            return Proposal(approval, made, reverse("list", args=[approval.subject]), lines)


def _case(approval: Approval, made: str, veil: Veil) -> Proposal:
    (case,) = cases_veiled([Case.objects.get(pk=int(approval.subject))], veil.shown)
    address = reverse("case", args=[case.pk])
    if approval.kind == ApprovalKind.CASE_REOPEN:
        was = Disposition(approval.proposal["disposition"]).label
        lines = [Line(_("closed: %s") % was, comes=False), Line(_("reopened"), comes=True)]
        return Proposal(approval, made, address, lines, case=case)
    alerts = approval.proposal["alerts"]
    stale = ""
    if case.alerts_count != alerts and approval.state == "waiting":
        stale = _(
            "%(now)s alerts by now, %(then)s when this was proposed: refuse it, nobody has judged what is new."
        ) % {
            "now": case.alerts_count,
            "then": alerts,
        }
    what = Disposition(approval.proposal["disposition"]).label
    lines = [
        Line(_("open, with %s alerts") % alerts, comes=False),
        Line(_("closed: %s") % what, comes=True),
    ]
    return Proposal(approval, made, address, lines, stale=stale, case=case)
