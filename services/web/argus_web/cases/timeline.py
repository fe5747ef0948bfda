"""A case's timeline: its audit events as people read them."""

from dataclasses import dataclass
from typing import Any

from argus_records.models import AuditEvent, CaseState, Disposition
from django.utils.translation import gettext as _

from argus_web.accounts.actors import person_of
from argus_web.accounts.veil import Veil


@dataclass(frozen=True, slots=True)
class Entry:
    """One event, with what it changed: as it follows the words for the event."""

    event: AuditEvent
    detail: str
    note: str


def timeline(events: list[AuditEvent], veil: Veil) -> list[Entry]:
    """The newest first: whoever opens a case wants to know what happened last."""
    return [
        Entry(event, _detail(event.action, veil.tree(event.after or {})), veil.note(event.note))
        for event in reversed(events)
    ]


def _detail(action: str, after: dict[str, Any]) -> str:
    if action in {"case.close", "case.propose", "case.grant"} and after.get("disposition") in Disposition.values:
        return f": {Disposition(after['disposition']).label}"
    if action in {"case.assign", "case.escalate"} and after.get("assignee"):
        return " " + _("to %s") % person_of(after["assignee"])
    if action == "case.hit":
        # It ends a wait, and brings what was escalated.
        moved = f" ({CaseState(after['state']).label})" if after.get("state") in CaseState.values else ""
        return f": {after.get('headline', '')}{moved}"
    if action == "case.merge":
        return " " + _("into case %s") % after.get("into")
    if action == "case.merged":
        return " " + _("from case %s") % after.get("from")
    if action == "case.evidence_added":
        return f": {after.get('name', '')}"
    if action == "case.wait" and after.get("wait_until"):
        return " " + _("until %s UTC") % str(after["wait_until"])[:16].replace("T", " ")
    return ""
