"""What a desk remembers."""

from typing import Any

import pytest
from argus_records.models import AuditEvent, DeskSetting
from argus_records.selectors.desk import desk_setting
from argus_records.services.desk import desk_setting_put
from django.db import IntegrityError, transaction

pytestmark = pytest.mark.django_db
MINE = {"actor": "user:amara", "key": "tour"}


def test_it_is_remembered_for_each_account_and_changes_are_audited() -> None:
    assert desk_setting(**MINE) is None
    assert desk_setting_put(**MINE, value="seen")
    assert desk_setting(**MINE) == "seen"
    assert desk_setting(actor="user:bruno", key="tour") is None
    assert desk_setting_put(**MINE, value={"seen": 2})
    assert desk_setting(**MINE) == {"seen": 2}
    events = AuditEvent.objects.filter(object_type="desk_setting").order_by("id")
    assert [(one.actor, one.object_id, one.before, one.after) for one in events] == [
        ("user:amara", "tour", None, {"value": "seen"}),
        ("user:amara", "tour", {"value": "seen"}, {"value": {"seen": 2}}),
    ]


def test_saying_the_same_again_changes_nothing() -> None:
    assert desk_setting_put(**MINE, value="seen")
    kept = DeskSetting.objects.get().changed_at
    assert not desk_setting_put(**MINE, value="seen")
    assert DeskSetting.objects.get().changed_at == kept
    assert AuditEvent.objects.filter(object_type="desk_setting").count() == 1


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("desk_setting_of_somebody", {"actor": "worker:w"}),
        ("desk_setting_of_somebody", {"actor": "user:"}),
        ("desk_setting_key_form", {"key": "Tour"}),
        ("desk_setting_key_form", {"key": ""}),
        ("desk_setting_pkey", {}),
    ],
)
def test_refused(name: str, changes: dict[str, Any]) -> None:
    DeskSetting.objects.create(**MINE, value=1)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        DeskSetting.objects.create(**(MINE | {"value": 2} | changes))
