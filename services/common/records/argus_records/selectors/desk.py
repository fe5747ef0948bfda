"""What a desk remembers."""

from typing import Any

from argus_records.models import DeskSetting


def desk_setting(*, actor: str, key: str) -> Any:
    """The value, None where nothing is remembered. One query by primary key."""
    return DeskSetting.objects.filter(actor=actor, key=key).values_list("value", flat=True).first()
