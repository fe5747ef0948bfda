"""The web service under gunicorn, as it runs for real: connections, chunks, processes, metrics."""

import http.client
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest
from argus_records.models import Transaction
from argus_records.services.apikeys import api_key_create

pytestmark = pytest.mark.stack
PATH = "/api/v1/transactions"


@contextmanager
def _connect(url: str) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=15)
    with closing(connection):
        yield connection


def _good(number: int) -> bytes:
    return orjson.dumps(
        {
            "transaction_id": f"t-{number}", "occurred_at": "2026-03-02T09:30:00Z", "customer_id": "c", "amount": 1,
            "currency": "EUR",
        }
    )  # fmt: skip


def _headers(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}


@pytest.fixture
def key(transactional_db: None) -> str:
    return api_key_create(client="core-banking", scopes=["ingest", "read"], actor="system", rate_limit=100_000)[1]


def _answer(connection: http.client.HTTPConnection, *request: Any, **more: Any) -> tuple[int, Any]:
    connection.request(*request, **more)
    answer = connection.getresponse()
    return answer.status, orjson.loads(answer.read())


def test_a_connection_is_kept_also_after_refusals(gunicorn: Callable[..., str], key: str) -> None:
    with _connect(gunicorn()) as connection:
        for number in range(30):
            assert _answer(connection, "POST", PATH, _good(number), _headers(key))[0] == 202
            held = connection.sock
            # Body and head go out apart here; a refusal that is answered before the body came must not swallow
            # what follows on the connection.
            refused = [
                _answer(connection, "POST", PATH, b"x" * 3000, {"Content-Type": "application/json"}),
                _answer(connection, "PUT", PATH, b"x" * 3000, _headers(key)),
                _answer(connection, "POST", PATH, b"x" * 40_000, _headers(key)),
                _answer(connection, "POST", "/api/v1/nothing", b"x" * 3000, _headers(key)),
            ]
            assert [status for status, _ in refused] == [401, 405, 413, 404]
            assert connection.sock is held
    assert Transaction.objects.count() == 30


def test_chunks(gunicorn: Callable[..., str], key: str) -> None:
    body = _good(1)
    parts = [body[:10], body[10:11], body[11:]]
    with _connect(gunicorn()) as connection:
        assert _answer(connection, "POST", PATH, iter(parts), _headers(key), encode_chunked=True)[0] == 202
        status, said = _answer(connection, "POST", PATH, iter([b" " * 9000] * 5), _headers(key), encode_chunked=True)
    assert (status, said["type"]) == (413, "urn:argus:problem:too_large")
    assert Transaction.objects.count() == 1


def test_chunks_that_make_no_sense(gunicorn: Callable[..., str], key: str) -> None:
    address = urlsplit(gunicorn())
    head = "".join(f"{name}: {value}\r\n" for name, value in _headers(key).items())
    with socket.create_connection((address.hostname, address.port), timeout=15) as plain:
        plain.sendall(
            f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\n{head}Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n".encode()
        )
        plain.shutdown(socket.SHUT_WR)
        answer = b""
        while part := plain.recv(65536):
            answer += part
    assert re.match(rb"HTTP/1.1 4\d\d ", answer), answer
    assert not Transaction.objects.exists()


def test_metrics_of_several_processes_add_up(gunicorn: Callable[..., str], key: str) -> None:
    url = gunicorn(WEB_CONCURRENCY="2")
    for number in range(40):
        with _connect(url) as connection:
            assert _answer(connection, "POST", PATH, _good(number), _headers(key))[0] == 202
    with _connect(url) as connection:
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
    assert 'argus_transactions_received_total{outcome="accepted"} 40.0' in text
    assert "argus_transactions_pending 40.0" in text
    assert "argus_database_up 1.0" in text
    assert 'argus_request_seconds_count{endpoint="submit"} 40.0' in text


def test_wrong_settings_stop_the_start_and_are_named(gunicorn: Callable[..., str]) -> None:
    with pytest.raises(AssertionError, match="ARGUS_WEB_THREADS is 'many'"):
        gunicorn(ARGUS_WEB_THREADS="many")
