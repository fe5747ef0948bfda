"""Each request has an id, in its answer and on what is logged for it."""

import logging
import re
from typing import Any

import orjson
import pytest
from argus_records.services.apikeys import api_key_create
from argus_web.ingest import single
from argus_web.ingest.access import keys
from django.test import Client

GOOD = orjson.dumps(
    {"transaction_id": "t-1", "occurred_at": "2026-03-02T09:30:00Z", "customer_id": "c", "amount": 1, "currency": "EUR"}
)


@pytest.fixture(autouse=True)
def _fresh_keys() -> None:
    keys.forget()


@pytest.mark.parametrize("path", ["/healthz", "/login/", "/nothing", "/api/v1/nothing"])
@pytest.mark.django_db
def test_every_answer_carries_an_id_of_its_own(client: Client, path: str) -> None:
    ids = {client.get(path)["X-Request-ID"] for _ in range(3)}
    assert len(ids) == 3
    assert all(re.fullmatch("[0-9a-f]{16}", each) for each in ids)


def test_an_id_that_a_proxy_gave_is_kept(client: Client) -> None:
    assert client.get("/healthz", headers={"X-Request-ID": "from-proxy.1"})["X-Request-ID"] == "from-proxy.1"


@pytest.mark.parametrize("said", ["", "two words", "x" * 65, "<b>", 'a"b'])
def test_what_is_no_id_is_not_taken_up(client: Client, said: str) -> None:
    assert re.fullmatch("[0-9a-f]{16}", client.get("/healthz", headers={"X-Request-ID": said})["X-Request-ID"])


@pytest.mark.django_db
def test_what_is_logged_names_request_client_and_transaction(
    client: Client, redis_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    key = api_key_create(client="core-banking", scopes=["ingest"], actor="system")[1]

    def breaks(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(single.committer, "submit", breaks)
    with caplog.at_level(logging.ERROR):
        answer = client.post(
            "/api/v1/transactions", GOOD, content_type="application/json", headers={"Authorization": f"Bearer {key}"}
        )
        client.get("/api/v1/decisions")
    assert answer.status_code == 500
    (line,) = [record.msg for record in caplog.records if record.name == "argus_web.ingest.api"]
    assert (line["event"], line["path"]) == ("request failed", "/api/v1/transactions")
    assert (line["request"], line["client"], line["transaction"]) == (answer["X-Request-ID"], "core-banking", "t-1")


@pytest.mark.django_db
def test_ids_do_not_pass_from_one_request_to_the_next(client: Client, redis_url: str) -> None:
    from structlog.contextvars import get_contextvars

    key = api_key_create(client="core-banking", scopes=["ingest"], actor="system")[1]
    client.post(
        "/api/v1/transactions", GOOD, content_type="application/json", headers={"Authorization": f"Bearer {key}"}
    )
    assert get_contextvars().keys() == {"request", "client", "transaction"}
    answer = client.get("/healthz")
    assert get_contextvars() == {"request": answer["X-Request-ID"]}
