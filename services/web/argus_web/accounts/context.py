"""What every page needs to know of an account, looked up only by pages that show it."""

from typing import Any

from argus_records.selectors.approvals import approvals_to_decide
from argus_records.selectors.cases import notices_unread
from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import cached_property

from argus_web.accounts.actors import actor_of
from argus_web.accounts.permissions import doors_named, permissions_of
from argus_web.accounts.roles import Door, Permission


def desk(request: HttpRequest) -> dict[str, Any]:
    """``desk``: what this person may do and see, and what waits for them."""
    return {"desk": Desk(request)}


class Desk:
    """Each of them asked of the database once, if at all."""

    def __init__(self, request: HttpRequest) -> None:
        self._user = request.user

    @cached_property
    def actor(self) -> str:
        """How the ledger names this person."""
        return actor_of(self._user)

    @cached_property
    def permitted(self) -> frozenset[Permission]:
        """What this person may."""
        return permissions_of(self._user)

    @cached_property
    def doors(self) -> list[Door]:
        """What the proxy serves and this person may pass."""
        return [door for door in doors_named(settings.DOORS) if door.permission in self.permitted]

    @property
    def decides(self) -> bool:
        """Whether this person works on cases."""
        return Permission.DECIDE_ALERTS in self.permitted

    @property
    def supervises(self) -> bool:
        """Whether this person approves."""
        return Permission.SUPERVISE in self.permitted

    @property
    def names(self) -> bool:
        """Whether this person sees customers' ids."""
        return Permission.SEE_NAMES in self.permitted

    @cached_property
    def unread(self) -> int:
        """Notices not seen."""
        return notices_unread(actor=self.actor)

    @cached_property
    def to_approve(self) -> int:
        """Proposals of others."""
        return approvals_to_decide(actor=self.actor) if self.supervises else 0
