"""The decision feed: pages that miss nothing and repeat nothing."""

import base64
import re
import struct
from typing import Final

from argus_records.selectors.decisions import START, Place, decisions_after
from argus_records.services.apikeys import Caller
from django.http import HttpRequest, HttpResponse

from argus_web.ingest import answers, faults
from argus_web.ingest.problems import Problem

MOST: Final = 1000
USUAL: Final = 100
# Two numbers of 64 bits, and all that they can be: how base64 writes 16 bytes.
_FORM: Final = struct.Struct(">qq")
CURSOR: Final = "^[A-Za-z0-9_-]{21}[AQgw]$"
_is_cursor = re.compile(CURSOR).match
_NAMES: Final = frozenset({"after", "limit"})


def read(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Decisions after a cursor, in the order of commit, and the cursor to go on from."""
    for name, values in request.GET.lists():
        if name not in _NAMES:
            raise _refused(faults.printable(name), "unknown parameter; known are after and limit")
        if len(values) > 1:
            raise _refused(name, "given more than once")
    after, limit = request.GET.get("after"), request.GET.get("limit", str(USUAL))
    if not (limit.isascii() and limit.isdigit() and len(limit) <= 9 and 1 <= int(limit) <= MOST):
        raise _refused("limit", f"expected a whole number from 1 to {MOST}")
    place = START if after is None else unpack(after)
    found, reached = decisions_after(client_id=caller.client_id, after=place, limit=int(limit))
    return answers.answer({"decisions": found, "next": pack(reached)})


def pack(place: Place) -> str:
    """A place as a cursor: opaque to clients.

    >>> unpack(pack(Place(7, 9)))
    Place(position=7, decision_id=9)
    """
    return base64.urlsafe_b64encode(_FORM.pack(place.position, place.decision_id)).rstrip(b"=").decode()


def unpack(cursor: str) -> Place:
    """The place of a cursor; a problem with status 422 for what is none."""
    if len(cursor) != 22 or _is_cursor(cursor) is None:
        raise _refused("after", "expected a cursor as 'next' gave it; leave it out to begin at the start")
    return Place(*_FORM.unpack(base64.urlsafe_b64decode(cursor + "==")))


def _refused(field: str, message: str) -> Problem:
    return Problem(
        422, "invalid", "A parameter is not valid; see errors.", errors=[{"field": field, "message": message}]
    )
