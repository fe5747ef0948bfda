"""People who may do something with rules."""

from typing import Any

import pytest


def _person(name: str, role: str) -> Any:
    from argus_web.accounts.roles import Role
    from argus_web.accounts.services import officer_create

    return officer_create(username=name, password="nine lives of a heron", actor="system", roles=[Role(role)])


def _browser(person: Any) -> Any:
    from django.test import Client

    browser = Client()
    browser.force_login(person)
    return browser


@pytest.fixture
def supervisor(db: None) -> Any:
    """May put rules in force."""
    return _browser(_person("sol", "supervisor"))


@pytest.fixture
def scientist(db: None) -> Any:
    """May draft rules."""
    return _browser(_person("dana", "data_scientist"))
