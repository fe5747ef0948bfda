"""What the reverse proxy is told, and what people see who may not pass."""

from typing import Any

import pytest
from argus_web.accounts.roles import DOORS, Role
from argus_web.accounts.services import officer_create, roles_change
from django.contrib.auth.models import User
from django.test import Client
from prometheus_client import REGISTRY

pytestmark = pytest.mark.django_db

PASSING = {
    "mlflow": {"data_scientist", "administrator"},
    "flower": {"ops", "administrator"},
    "prometheus": {"ops", "administrator"},
    "alertmanager": {"ops", "administrator"},
    "grafana": {"ops", "administrator"},
}


def signed_in(*roles: Role, superuser: bool = False, username: str = "dana") -> Client:
    browser = Client()
    browser.force_login(
        officer_create(
            username=username, password="nine lives of a heron", actor="system", roles=roles, superuser=superuser
        )
    )
    return browser


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("door", list(PASSING))
def test_each_role_at_each_door(door: str, role: Role) -> None:
    answer = signed_in(role).get(f"/doors/{door}")
    assert answer.status_code == (204 if role in PASSING[door] else 403)
    assert answer.content == b""
    assert answer["Cache-Control"] == "no-store"
    assert answer.get("X-Argus-User") == ("dana" if role in PASSING[door] else None)


def test_every_door_is_in_the_table_above() -> None:
    assert {name: set(door.roles) for name, door in DOORS.items()} == PASSING


@pytest.mark.parametrize("door", list(PASSING))
def test_nobody_is_signed_in(client: Client, door: str) -> None:
    answer = client.get(f"/doors/{door}")
    assert (answer.status_code, answer.content, answer["Cache-Control"]) == (401, b"", "no-store")
    assert "X-Argus-User" not in answer


@pytest.mark.parametrize("door", list(PASSING))
def test_superusers_pass_every_door(door: str) -> None:
    assert signed_in(superuser=True).get(f"/doors/{door}").status_code == 204


def test_one_role_of_several_is_enough() -> None:
    browser = signed_in(Role.OFFICER, Role.OPS)
    assert browser.get("/doors/flower").status_code == 204
    assert browser.get("/doors/mlflow").status_code == 403


def test_a_role_that_is_taken_away_holds_at_once() -> None:
    browser = signed_in(Role.OPS)
    assert browser.get("/doors/flower").status_code == 204
    roles_change(username="dana", remove=[Role.OPS], actor="system")
    assert browser.get("/doors/flower").status_code == 403


def test_an_account_that_is_closed_is_nobody() -> None:
    browser = signed_in(Role.OPS)
    User.objects.update(is_active=False)
    assert browser.get("/doors/flower").status_code == 401


def test_names_in_any_script_travel_as_ascii() -> None:
    browser = signed_in(Role.OPS, username="zoë+1@bank")
    assert browser.get("/doors/flower")["X-Argus-User"] == "zo%C3%AB+1@bank"


@pytest.mark.parametrize("path", ["/doors/nothing", "/doors/refused/nothing"])
def test_a_door_that_is_none(path: str) -> None:
    assert signed_in(Role.OPS).get(path).status_code == 404


def test_asking_is_cheap(django_assert_num_queries: Any) -> None:
    browser = signed_in(Role.OPS)
    # The session, its account, its roles.
    with django_assert_num_queries(3):
        browser.get("/doors/flower")


def test_the_refusal_says_which_role_and_whom_to_ask() -> None:
    signed_in(Role.ADMINISTRATOR, username="ada")
    signed_in(superuser=True, username="sol")
    browser = signed_in(Role.OFFICER)
    labels = {"door": "mlflow"}
    before = REGISTRY.get_sample_value("argus_doors_refused_total", labels) or 0.0
    answer = browser.get("/doors/refused/mlflow")
    assert answer.status_code == 403
    page = answer.content.decode()
    for text in ("Models", "data scientist, administrator", "<strong>ada</strong>, <strong>sol</strong>", "dana"):
        assert text in page, text
    assert REGISTRY.get_sample_value("argus_doors_refused_total", labels) == before + 1


def test_whoever_may_pass_is_not_refused() -> None:
    answer = signed_in(Role.DATA_SCIENTIST).get("/doors/refused/mlflow")
    assert (answer.status_code, answer["Location"]) == (302, "/mlflow/")


def test_the_refusal_asks_strangers_to_sign_in(client: Client) -> None:
    assert client.get("/doors/refused/mlflow")["Location"] == "/login/?next=/doors/refused/mlflow"


@pytest.mark.parametrize(
    ("role", "shown"),
    [
        (Role.OFFICER, []),
        (Role.DATA_SCIENTIST, ["Models"]),
        (Role.OPS, ["Queue", "Prometheus"]),
        (Role.ADMINISTRATOR, ["Models", "Queue", "Prometheus"]),
    ],
)
def test_the_navigation_leads_to_doors_that_are_served_and_open(settings: Any, role: Role, shown: list[str]) -> None:
    browser = signed_in(role)
    links = {"Models": "/mlflow/", "Queue": "/flower/", "Prometheus": "/prometheus/", "Grafana": "/grafana/"}

    def linked() -> list[str]:
        page = browser.get("/transactions/").content.decode()
        return [label for label, path in links.items() if f'<a href="{path}">{label}</a>' in page]

    assert linked() == []
    settings.DOORS = ["prometheus", "mlflow", "flower"]
    assert linked() == shown
