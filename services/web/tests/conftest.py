"""What tests of the web service share: an officer, signed in, and no state from the test before."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
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


@pytest.fixture
def person(db: None) -> Callable[..., Any]:
    """Makes an account with these roles: ``person("ada", "administrator")``."""

    def made(name: str, *roles: str, superuser: bool = False) -> Any:
        from argus_web.accounts.roles import Role
        from argus_web.accounts.services import officer_create

        held = [Role(role) for role in roles]
        return officer_create(username=name, password=PASSWORD, actor="system", roles=held, superuser=superuser)

    return made


@pytest.fixture
def browse() -> Callable[[Any], Any]:
    """An account's browser, as Django's test client."""
    return _browser


@pytest.fixture
def password() -> str:
    """The password of both officers."""
    return PASSWORD


@pytest.fixture(autouse=True)
def _fresh_snapshots(monkeypatch: pytest.MonkeyPatch) -> None:
    """Snapshots are kept per process for a second: not from one test to the next."""
    from argus_web.dashboard import live, snapshot, views

    made = snapshot.Snapshots()
    for module in (snapshot, live, views):
        monkeypatch.setattr(module, "snapshots", made)


WEB = Path(__file__).parents[1]


@contextmanager
def _gunicorn(log: Path, settings: dict[str, str]) -> Iterator[str]:
    from argus_local.servers import free_port, listening, spawn, tail
    from django.db import connection

    port, known = free_port(), connection.settings_dict
    database = f"postgresql://{known['USER']}@{known['HOST']}:{known['PORT']}/{known['NAME']}"
    env = {**os.environ, "ARGUS_WEB_BIND": f"127.0.0.1:{port}", "DATABASE_URL": database, **settings}
    env["DJANGO_SETTINGS_MODULE"] = "argus_web.settings"
    command = [sys.executable, "-m", "gunicorn", "argus_web.wsgi", "-c", WEB / "argus_web" / "gunicorn_conf.py"]
    with log.open("ab") as output:
        process = spawn(command, log=output, env=env, cwd=WEB)
    try:
        deadline = time.monotonic() + 60
        while not listening(port):
            assert process.poll() is None, tail(log)
            assert time.monotonic() < deadline, tail(log)
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture
def gunicorn(transactional_db: None, redis_url: str, tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Starts the web service as it runs for real, on the test database; gives its address."""
    with ExitStack() as running:
        yield lambda **settings: running.enter_context(_gunicorn(tmp_path / "gunicorn.log", settings))
