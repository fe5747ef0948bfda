"""What a desk remembers."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from argus_records.models import DeskSetting
from argus_records.services.audit import audit_record


@transaction.atomic
def desk_setting_put(*, actor: str, key: str, value: Any) -> bool:
    """Remember ``value``, which JSON can say, under ``key``. Returns whether that changed anything."""
    setting, made = DeskSetting.objects.select_for_update().get_or_create(
        actor=actor, key=key, defaults={"value": value}
    )
    before = None if made else setting.value
    if before == value:
        return False
    if not made:
        DeskSetting.objects.filter(actor=actor, key=key).update(value=value, changed_at=timezone.now())
    audit_record(
        actor=actor,
        action="desk.setting_changed",
        object_type="desk_setting",
        object_id=key,
        before=None if made else {"value": before},
        after={"value": value},
    )
    return True
