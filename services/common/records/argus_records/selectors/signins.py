"""Refused sign-ins, by the audit log."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max

from argus_records.models import AuditEvent, PasswordLink
from argus_records.names import SIGN_IN_REFUSED, SIGNED_IN


@dataclass(frozen=True, slots=True)
class Refusals:
    """How many, and when the latest was: of one name from one address, since that pair last signed in; and of an
    address, whatever the name."""

    of_pair: int
    latest_of_pair: datetime | None
    of_address: int
    latest_of_address: datetime | None


def password_link_used(*, username: str) -> datetime | None:
    """When an account last got its password by a link."""
    used = PasswordLink.objects.filter(username=username, used_at__isnull=False).order_by("-used_at")
    return used.values_list("used_at", flat=True).first()


def refusals(*, pair: str, address: str, since: datetime, since_of_pair: datetime) -> Refusals:
    """Since a moment; those of the pair since another."""
    signed_in = AuditEvent.objects.filter(action=SIGNED_IN, after__pair=pair, at__gte=since_of_pair)
    entered = signed_in.aggregate(at=Max("at"))["at"]
    refused = AuditEvent.objects.filter(action=SIGN_IN_REFUSED)
    own = refused.filter(after__pair=pair, at__gte=entered or since_of_pair).aggregate(
        count=Count("pk"), latest=Max("at")
    )
    all_ = refused.filter(after__address=address, at__gte=since).aggregate(count=Count("pk"), latest=Max("at"))
    return Refusals(own["count"], own["latest"], all_["count"], all_["latest"])
