"""What stands in sentences, veiled by role: reasons name ids, and people write whatever they need to.

Whatever leaves the ledger for a page, a file or the live stream passes a veil before a template sees it. The ids of the
transactions that it speaks of are masked wherever they stand; a text that somebody wrote about a customer is hidden
whole from who sees no names, for it may hold what no ledger knows. Ids by themselves: argus_web.accounts.masking.
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Final, Protocol

from argus_records.models import Alert, Case
from argus_records.selectors.personal import alerts_name, headlines_name
from django.http import HttpRequest

from argus_web.accounts.masking import mask, revealed
from argus_web.accounts.permissions import Visitor, sees_names

# An id shorter than this is as good as any other word.
_SHORTEST: Final = 3
HIDDEN: Final = "•••"
# In events of cases: what people chose. Files are named by who brings them.
_WRITTEN: Final = frozenset({"name"})


class Shown(StrEnum):
    """How much is shown, from nothing to all."""

    MASKED = "masked"
    NAMES = "names"
    REVEALED = "revealed"

    @property
    def names(self) -> bool:
        """Whether customers and counterparties are."""
        return self != Shown.MASKED


class Named(Protocol):
    """What has the ids of a transaction: the transaction itself, or a selector's Parties."""

    @property
    def customer_id(self) -> str: ...
    @property
    def counterparty_id(self) -> str | None: ...
    @property
    def device_id(self) -> str | None: ...
    @property
    def ip_address(self) -> str | None: ...


def shown_in_lists(user: Visitor) -> Shown:
    """What this person sees where nothing was revealed."""
    return Shown.NAMES if sees_names(user) else Shown.MASKED


def shown_to(request: HttpRequest, what: str) -> Shown:
    """What this person sees in this session of ``what``: "case:7", "transaction:12"."""
    shown = shown_in_lists(request.user)
    return Shown.REVEALED if shown == Shown.NAMES and revealed(request, what) else shown


class Veil:
    """Masks what is not shown: where it stands by itself, and where a sentence, a note or an event names it."""

    def __init__(self, shown: Shown, named: Iterable[Named] = ()) -> None:
        self.shown = shown
        hidden: set[str | None] = set()
        for one in named:
            if not shown.names:
                hidden |= {one.customer_id, one.counterparty_id}
            if shown != Shown.REVEALED:
                hidden |= {one.device_id, one.ip_address}
        # The longest first: one id may begin another.
        self._words = sorted((word for word in hidden if word and len(word) >= _SHORTEST), key=len, reverse=True)

    def name(self, value: str | None) -> str | None:
        """The id of a customer or a counterparty."""
        return value if value is None or self.shown.names else mask(value)

    def personal(self, value: str | None) -> str | None:
        """A device or an address."""
        return value if value is None or self.shown == Shown.REVEALED else mask(value)

    def private(self, value: Any) -> Any:
        """A place, or what a bank sent along, of which not even the end is shown."""
        return value if value is None or self.shown == Shown.REVEALED else HIDDEN

    def text(self, value: str) -> str:
        """A sentence of the engine's, that may name what is hidden."""
        found = [word for word in self._words if word in value]
        if not found:
            return value
        return re.sub(r"(?<!\w)(?:" + "|".join(map(re.escape, found)) + r")(?!\w)", lambda match: mask(match[0]), value)

    def note(self, value: str) -> str:
        """What somebody wrote about a customer: it may name anybody by anything."""
        return HIDDEN if value and not self.shown.names else self.text(value)

    def tree(self, value: Any) -> Any:
        """All texts of an event."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {
                key: self.note(one) if key in _WRITTEN and isinstance(one, str) else self.tree(one)
                for key, one in value.items()
            }
        return [self.tree(one) for one in value] if isinstance(value, list) else value


def alerts_veiled(alerts: list[Alert], shown: Shown) -> list[Alert]:
    """The same alerts, to be looked at: their headlines name nobody who is hidden."""
    named = alerts_name(alerts=[alert.pk for alert in alerts]) if alerts else {}
    for alert in alerts:
        alert.headline = Veil(shown, [named[alert.pk]]).text(alert.headline)
    return alerts


def cases_veiled(cases: list[Case], shown: Shown) -> list[Case]:
    """The same cases, to be looked at: their headlines name nobody who is hidden."""
    named = headlines_name(cases=[case.pk for case in cases]) if cases else {}
    for case in cases:
        # Of a headline that is no alert's nobody knows whom it names.
        veil = Veil(shown, [named[case.pk]] if case.pk in named else [])
        case.headline = veil.text(case.headline) if case.pk in named else veil.note(case.headline)
    return cases
