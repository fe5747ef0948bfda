"""The tour begins by itself once for each account."""

from typing import Any

import pytest
from argus_records.models import DeskSetting
from django.test import Client

pytestmark = pytest.mark.django_db


def due(browser: Client, path: str = "/") -> bool:
    page = browser.get(path).content.decode()
    assert '<dialog id="tour"' in page
    return " data-due>" in page


def test_it_is_due_on_the_overview_until_it_was_seen(desk: Client, second_officer: Any, redis_url: str) -> None:
    other = Client()
    other.force_login(second_officer)
    assert due(desk)
    assert not due(desk, "/alerts/")
    assert desk.post("/help/tour/seen/").status_code == 204
    assert not due(desk)
    assert due(other)
    assert DeskSetting.objects.values_list("actor", "key", "value").get() == ("user:amara", "tour", "seen")


def test_only_who_is_signed_in_and_says_so(desk: Client) -> None:
    assert Client().post("/help/tour/seen/").status_code == 302
    assert desk.get("/help/tour/seen/").status_code == 405
    guarded = Client(enforce_csrf_checks=True)
    guarded.cookies = desk.cookies
    assert guarded.post("/help/tour/seen/").status_code == 403
    assert not DeskSetting.objects.exists()
