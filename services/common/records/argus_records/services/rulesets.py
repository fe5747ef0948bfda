"""Saving rule sets and putting one in force."""

from typing import Any

from argus_engine.ruleset import RuleSet, default_ruleset
from django.db import connection, transaction

from argus_records.models import RuleSetVersion
from argus_records.services.audit import audit_record


@transaction.atomic
def ruleset_create(*, document: dict[str, Any], actor: str, note: str = "", live: bool = False) -> RuleSetVersion:
    """Save a rule set as a new version, and put it in force if ``live``.

    Raises what RuleSet.parse raises for a document that is not a rule set.
    """
    ruleset = RuleSet.parse(document)
    version = RuleSetVersion.objects.create(
        document=document, digest=ruleset.digest, author=actor, note=note, live=False
    )
    audit_record(
        actor=actor,
        action="ruleset.created",
        object_type="ruleset",
        object_id=version.pk,
        after={"digest": ruleset.digest},
        note=note,
    )
    if live:
        ruleset_activate(version=version.pk, actor=actor)
        version.live = True
    return version


@transaction.atomic
def ruleset_activate(*, version: int, actor: str) -> None:
    """Put a saved version in force; workers take it up with their next batch."""
    before = RuleSetVersion.objects.select_for_update().filter(live=True).first()
    RuleSetVersion.objects.filter(live=True).update(live=False)
    if not RuleSetVersion.objects.filter(pk=version).update(live=True):
        raise RuleSetVersion.DoesNotExist(f"there is no rule set version {version}")
    audit_record(
        actor=actor,
        action="ruleset.activated",
        object_type="ruleset",
        object_id=version,
        before={"live": before.pk if before else None},
        after={"live": version},
    )


def ruleset_ensure_default() -> None:
    """Put the shipped rule set in force where there is none yet. Runs after every migration."""
    with transaction.atomic(), connection.cursor() as cursor:
        if RuleSetVersion._meta.db_table not in connection.introspection.table_names(cursor):
            return
        cursor.execute("LOCK TABLE ruleset_version IN SHARE ROW EXCLUSIVE MODE")
        if not RuleSetVersion.objects.exists():
            ruleset_create(document=default_ruleset().document(), actor="system", note="as shipped", live=True)
