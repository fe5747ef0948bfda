"""What of personal data a file shows, as the pages do: see argus_web.accounts.masking."""

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Final

from argus_records.models import Case, Transaction
from django.http import HttpRequest

from argus_web.accounts.masking import mask, revealed
from argus_web.accounts.permissions import sees_names

# An id shorter than this is as good as any other word.
_SHORTEST: Final = 3
_HIDDEN: Final = "•••"


class Shown(StrEnum):
    """How much is shown, from nothing to all."""

    MASKED = "masked"
    NAMES = "names"
    REVEALED = "revealed"


def shown_to(request: HttpRequest, case: Case) -> Shown:
    """What this person sees of this case in this session."""
    if not sees_names(request.user):
        return Shown.MASKED
    return Shown.REVEALED if revealed(request, f"case:{case.pk}") else Shown.NAMES


class Veil:
    """Masks what is not shown: where it stands by itself, and where a sentence, a note or an event names it."""

    def __init__(self, shown: Shown, case: Case, transactions: Iterable[Transaction]) -> None:
        self.shown = shown
        hidden: set[str] = {case.customer_id} if shown == Shown.MASKED else set()
        for one in transactions:
            if shown == Shown.MASKED:
                hidden |= {one.customer_id, one.counterparty_id or ""}
            if shown != Shown.REVEALED:
                hidden |= {one.device_id or "", one.ip_address or ""}
        # The longest first: one id may begin another.
        words = sorted((word for word in hidden if len(word) >= _SHORTEST), key=len, reverse=True)
        self._words = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, words)) + r")(?!\w)") if words else None

    def name(self, value: str | None) -> str | None:
        """The id of a customer or a counterparty."""
        return value if value is None or self.shown != Shown.MASKED else mask(value)

    def personal(self, value: str | None) -> str | None:
        """A device or an address."""
        return value if value is None or self.shown == Shown.REVEALED else mask(value)

    def private(self, value: Any) -> Any:
        """A place, or what a bank sent along, of which not even the end is shown."""
        return value if value is None or self.shown == Shown.REVEALED else _HIDDEN

    def text(self, value: str) -> str:
        """A text that may name what is hidden."""
        return self._words.sub(lambda found: mask(found[0]), value) if self._words else value

    def tree(self, value: Any) -> Any:
        """All texts of an event."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {key: self.tree(one) for key, one in value.items()}
        return [self.tree(one) for one in value] if isinstance(value, list) else value
