"""API keys: shown once, kept as a digest, revoked for good."""

from io import StringIO

import pytest
from argus_records.models import ApiKey, AuditEvent
from argus_records.services.apikeys import ApiKeyError, api_key_create, api_key_find, api_key_revoke
from django.core.management import CommandError, call_command


@pytest.mark.django_db
def test_create_find_revoke() -> None:
    record, key = api_key_create(client="core", scopes=["read", "ingest", "read"], actor="command")
    assert key.startswith(record.prefix)
    assert key.encode() not in bytes(record.digest)
    caller = api_key_find(key)
    assert caller is not None
    assert (caller.scopes, caller.client_name, caller.revoked) == (frozenset({"read", "ingest"}), "core", False)
    assert api_key_find(key + "x") is None
    assert api_key_find("something else") is None
    api_key_revoke(prefix=record.prefix, actor="command")
    revoked = api_key_find(key)
    assert revoked is not None
    assert revoked.revoked
    with pytest.raises(ApiKeyError, match="no active keys"):
        api_key_revoke(prefix=record.prefix, actor="command")
    assert list(AuditEvent.objects.filter(object_type="api_key").order_by("id").values_list("action", flat=True)) == [
        "api_key.created",
        "api_key.revoked",
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"scopes": ["all"]}, "unknown scope"), ({"scopes": []}, "unknown scope"), ({"rate_limit": 0}, "rate limit")],
)
def test_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ApiKeyError, match=said):
        api_key_create(**({"client": "core", "scopes": ["read"], "actor": "command"} | wrong))  # type: ignore[arg-type]
    assert not ApiKey.objects.exists()
    assert not AuditEvent.objects.filter(object_type="api_key").exists()


@pytest.mark.django_db
def test_commands() -> None:
    out = StringIO()
    call_command("api_key_create", client="core", stdout=out, stderr=StringIO())
    key = out.getvalue().splitlines()[-1]
    caller = api_key_find(key)
    assert caller is not None
    assert caller.scopes == {"ingest", "read", "label"}
    out = StringIO()
    call_command("api_key_list", stdout=out)
    assert key[:12] in out.getvalue()
    assert "active" in out.getvalue()
    call_command("api_key_revoke", key[:12], stdout=StringIO())
    with pytest.raises(CommandError, match="no active keys"):
        call_command("api_key_revoke", key[:12])
    with pytest.raises(CommandError, match="unknown scope"):
        call_command("api_key_create", client="core", scopes="everything")
