"""What tests of the web service share: an officer, signed in, and no state from the test before."""

from pathlib import Path
from typing import Any

import pytest

PASSWORD = "nine lives of a heron"


@pytest.fixture
def officer(db: None) -> Any:
    """An account that can sign in with ``PASSWORD``."""
    from argus_web.accounts.services import officer_create

    return officer_create(username="amara", password=PASSWORD, actor="system")


@pytest.fixture
def second_officer(db: None) -> Any:
    """A colleague."""
    from argus_web.accounts.services import officer_create

    return officer_create(username="bruno", password=PASSWORD, actor="system")


@pytest.fixture
def desk(officer: Any) -> Any:
    """The officer's browser, as Django's test client."""
    from django.test import Client

    browser = Client()
    browser.force_login(officer)
    return browser


@pytest.fixture
def password() -> str:
    """The password of both officers."""
    return PASSWORD


@pytest.fixture(autouse=True)
def _static_files(settings: Any, tmp_path: Path) -> None:
    """Nothing has been collected in a checkout; WhiteNoise warns of a folder that is not there."""
    settings.STATIC_ROOT = tmp_path


@pytest.fixture(autouse=True)
def _fresh_snapshots(monkeypatch: pytest.MonkeyPatch) -> None:
    """Snapshots are kept per process for a second: not from one test to the next."""
    from argus_web.dashboard import live, snapshot, views

    made = snapshot.Snapshots()
    for module in (snapshot, live, views):
        monkeypatch.setattr(module, "snapshots", made)
