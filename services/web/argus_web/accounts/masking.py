"""Personal data, masked by role: what is shown without a reason, and what after one was given.

Customers' and counterparties' ids are shown to those who work on cases or audit them. Devices, addresses, places and
what the bank sent along are hidden from everybody until somebody who may see them says why; that stands in the audit
log, holds for one case or transaction in one session, and ends after a while.
"""

import time
from typing import Final

from argus_records.services.audit import audit_record
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from argus_web.accounts.actors import actor_of
from argus_web.accounts.permissions import sees_names

SHOWN_END: Final = 3
REVEALED_SECONDS: Final = 15 * 60
REASON_MAX_LENGTH: Final = 1000
_KEY: Final = "revealed"


def mask(value: object) -> str:
    """The end of an id, enough to tell two apart on one page.

    >>> mask("customer-0042"), mask("x1"), mask(None)
    ('•••042', '•••', '')
    """
    text = "" if value is None else str(value)
    if not text:
        return ""
    return f"•••{text[-SHOWN_END:]}" if len(text) > 2 * SHOWN_END else "•••"


def named(value: object, *, names: bool) -> str:
    """A customer's or counterparty's id as it is written for who sees ``names``, and for who does not.

    >>> named("customer-0042", names=True), named("customer-0042", names=False)
    ('customer-0042', '•••042')
    """
    if not names:
        return mask(value)
    return "" if value is None else str(value)


def reveal(request: HttpRequest, what: str) -> None:
    """From now on, for a while, this session sees the personal data of ``what``: "case:7", "transaction:12"."""
    now = time.time()
    held = {key: until for key, until in request.session.get(_KEY, {}).items() if until > now}
    request.session[_KEY] = held | {what: now + REVEALED_SECONDS}


@transaction.atomic
def reveal_asked(request: HttpRequest, *, kind: str, number: int, customer_id: str) -> bool:
    """Reveal what was asked for if a reason came with it, which goes to the audit log; False without a reason.

    Raises PermissionDenied for roles that do not see personal data.
    """
    if not sees_names(request.user):
        raise PermissionDenied(_("Your role does not see personal data."))
    why = request.POST.get("reason", "").strip().replace("\0", "")[:REASON_MAX_LENGTH]
    if not why:
        messages.error(request, _("Say why you need to see it: the reason stands in the audit log."))
        return False
    audit_record(
        actor=actor_of(request.user),
        action=f"{kind}.revealed",
        object_type=kind,
        object_id=number,
        after={"customer_id": customer_id},
        note=why,
    )
    reveal(request, f"{kind}:{number}")
    return True


def revealed(request: HttpRequest, what: str) -> bool:
    """Whether this session sees the personal data of ``what``."""
    return bool(request.session.get(_KEY, {}).get(what, 0) > time.time())
