"""Audit events as pages and files show them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from argus_records.models import AuditEvent
from django.contrib.auth.models import User
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

LISTED: Final = 12
LONGEST: Final = 300
# Kinds of objects that have a page, which their ids lead to.
_PAGES: Final = {
    "alert": "alert",
    "case": "case",
    "ruleset": "ruleset_version",
    "list": "list",
    "backtest": "backtest",
    "user": "person",
}
COLUMNS: Final = ("at", "actor", "action", "object_type", "object_id", "before", "after", "note")


@dataclass(frozen=True, slots=True)
class Change:
    """One value that an event changed; None where there was none."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Shown:
    """An event with its difference, its object as people call it, and where that has a page."""

    event: AuditEvent
    changes: list[Change]
    name: str
    address: str


def shown(events: Sequence[AuditEvent]) -> list[Shown]:
    """Events for the page."""
    people = {event.object_id for event in events if event.object_type == "user" and event.object_id.isdecimal()}
    names = dict(User.objects.filter(pk__in=people).values_list("pk", "username"))
    return [Shown(event, changes(event.before, event.after), _name(event, names), _address(event)) for event in events]


def _name(event: AuditEvent, names: dict[int, str]) -> str:
    if event.object_type == "user" and event.object_id.isdecimal():
        return names.get(int(event.object_id), event.object_id)
    return event.object_id


def _address(event: AuditEvent) -> str:
    try:
        return reverse(_PAGES[event.object_type], args=[event.object_id])
    except (KeyError, NoReverseMatch):
        return ""


def changes(before: dict[str, Any] | None, after: dict[str, Any] | None) -> list[Change]:
    """What differs, name by name, in words.

    >>> changes({"active": True}, {"active": False, "sessions_ended": 2})
    [Change(name='active', before='yes', after='no'), Change(name='sessions ended', before=None, after='2')]
    """
    old, new = before or {}, after or {}
    return [
        Change(
            name.replace("_", " "),
            words(old[name]) if name in old else None,
            words(new[name]) if name in new else None,
        )
        for name in dict.fromkeys([*old, *new])
        if name not in old or name not in new or old[name] != new[name]
    ]


def words(value: Any) -> str:
    """A value as people read it, cut where it gets long.

    >>> words(["a", "b"]), words(None), words({"x": 1})
    ('a, b', '–', '{"x": 1}')
    """
    if value is None or value in ("", []):
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        said = ", ".join(words(item) for item in value[:LISTED])
        return said if len(value) <= LISTED else _("%(said)s and %(n)s more") % {"said": said, "n": len(value) - LISTED}
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def record(event: AuditEvent) -> list[Any]:
    """An event as a row of a file, whole."""
    documents = (
        "" if value is None else json.dumps(value, ensure_ascii=False) for value in (event.before, event.after)
    )
    named = (event.actor, event.action, event.object_type, event.object_id)
    return [event.at.isoformat(), *named, *documents, event.note]
