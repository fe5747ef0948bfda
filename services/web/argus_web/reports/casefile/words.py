"""What stands in a case file as codes, in words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from argus_records.models import (
    AlertStatus,
    ApprovalKind,
    ApprovalState,
    CaseState,
    Channel,
    Disposition,
    LabelValue,
    TransactionType,
    Verdict,
)
from argus_records.services.cases.priority import Level
from django.utils.translation import gettext_lazy as _

from argus_web.accounts.actors import person_of
from argus_web.accounts.veil import Shown
from argus_web.dashboard.formats import money

WORDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "state": dict(CaseState.choices),
    "disposition": dict(Disposition.choices),
    "level": {str(level): level.words for level in Level},
    "status": dict(AlertStatus.choices),
    "verdict": dict(Verdict.choices),
    "type": dict(TransactionType.choices),
    "channel": dict(Channel.choices),
    "label": dict(LabelValue.choices),
    "kind": dict(ApprovalKind.choices),
    "approval": dict(ApprovalState.choices),
}
PERSONAL: Final = {
    Shown.MASKED: _("Personal data is masked: customers, counterparties, devices, addresses and places are not shown."),
    Shown.NAMES: _(
        "Personal data is partly masked: devices, addresses, places and what the bank sent along had not been revealed "
        "for this case when the file was made."
    ),
    Shown.REVEALED: _("Personal data is shown: it had been revealed for this case, for a reason that is audited."),
}


def word(kind: str, code: str | None) -> str:
    """A code in words; one that is not known stands for itself."""
    return "" if code is None else str(WORDS[kind].get(code, code))


def moment(said: str | None) -> str:
    """A time of the document as people read it.

    >>> moment("2026-11-02T09:00:01.250000Z"), moment(None)
    ('2026-11-02 09:00:01 UTC', '')
    """
    return f"{datetime.fromisoformat(said):%Y-%m-%d %H:%M:%S} UTC" if said else ""


def who(actor: str | None) -> str:
    """An actor as people name them."""
    return person_of(actor) if actor else ""


def amount(of: Mapping[str, Any]) -> str:
    """The amount of a case or a transaction."""
    return money(of["amount"], of["currency"])


def flat(value: Any) -> str:
    """What an event says, in a line.

    >>> flat({"state": "closed", "to": None, "ids": [1, 2]})
    'state: closed · to: – · ids: 1, 2'
    """
    if isinstance(value, dict):
        return " · ".join(f"{name}: {flat(one)}" for name, one in value.items())
    if isinstance(value, list):
        return ", ".join(map(flat, value))
    return "–" if value is None else str(value)
