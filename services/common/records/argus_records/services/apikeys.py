"""Making, checking and revoking API keys."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from argus_records.models import ApiClient, ApiKey, Scope
from argus_records.services.audit import audit_record

DEFAULT_RATE_LIMIT = 2000
_PREFIX = "argus_"


class ApiKeyError(Exception):
    """The request cannot be carried out; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request, as the API needs to know it."""

    key_id: int
    client_id: int
    client_name: str
    scopes: frozenset[str]
    rate_limit: int
    revoked: bool

    @property
    def actor(self) -> str:
        """The name in the audit log."""
        return f"client:{self.client_name}"


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


@transaction.atomic
def api_key_create(
    *, client: str, scopes: Sequence[str], actor: str, rate_limit: int = DEFAULT_RATE_LIMIT
) -> tuple[ApiKey, str]:
    """Make a key for a client, and the client if it is new. Returns the record and the key, shown only here."""
    unknown = sorted(set(scopes) - set(Scope.values))
    if unknown or not scopes:
        raise ApiKeyError(f"unknown scope {', '.join(unknown) or '(none)'}; known are {', '.join(Scope.values)}")
    if rate_limit < 1:
        raise ApiKeyError("the rate limit is in requests per second, 1 or more")
    if not 1 <= len(client) <= 64:
        raise ApiKeyError("a client's name has 1 to 64 characters")
    owner, _ = ApiClient.objects.get_or_create(name=client)
    key = _PREFIX + secrets.token_urlsafe(32)
    record = ApiKey.objects.create(
        client=owner,
        prefix=key[: len(_PREFIX) + 6],
        digest=_digest(key),
        scopes=sorted(set(scopes)),
        rate_limit=rate_limit,
    )
    audit_record(
        actor=actor,
        action="api_key.created",
        object_type="api_key",
        object_id=record.pk,
        after={"client": client, "prefix": record.prefix, "scopes": record.scopes, "rate_limit": rate_limit},
    )
    return record, key


@transaction.atomic
def api_key_revoke(*, prefix: str, actor: str) -> ApiKey:
    """Revoke the key that begins with ``prefix``; raises ApiKeyError if it is not exactly one."""
    found = list(ApiKey.objects.select_for_update().filter(prefix__startswith=prefix, revoked_at=None)[:2])
    if len(found) != 1:
        raise ApiKeyError(f"{'several' if found else 'no'} active keys begin with {prefix!r}; see api_key_list")
    record = found[0]
    record.revoked_at = timezone.now()
    record.save(update_fields=["revoked_at"])
    audit_record(
        actor=actor,
        action="api_key.revoked",
        object_type="api_key",
        object_id=record.pk,
        before={"revoked": False},
        after={"revoked": True},
    )
    return record


def api_key_find(key: str) -> Caller | None:
    """Who the key belongs to, revoked or not; None for a key that never was."""
    if not key.startswith(_PREFIX) or len(key) > 100:
        return None
    record = ApiKey.objects.select_related("client").filter(digest=_digest(key)).first()
    if record is None:
        return None
    return Caller(
        key_id=record.pk,
        client_id=record.client_id,
        client_name=record.client.name,
        scopes=frozenset(record.scopes),
        rate_limit=record.rate_limit,
        revoked=record.revoked_at is not None,
    )
