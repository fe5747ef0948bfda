"""Bodies: their size, their type, their JSON."""

import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import orjson
import pytest
from argus_records.models import Transaction
from argus_web.ingest import body
from django.test import RequestFactory

pytestmark = pytest.mark.django_db
SINGLE = "/api/v1/transactions"
BATCH = "/api/v1/transactions/batch"
LABELS = "/api/v1/labels"
CHUNKED: dict[str, Any] = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}


@pytest.mark.parametrize(
    ("path", "limit"), [(SINGLE, "32,768 bytes"), (BATCH, "65,536 bytes"), (LABELS, "4,194,304 bytes")]
)
def test_a_body_too_large_is_told_the_limit(bank: Any, settings: Any, path: str, limit: str) -> None:
    settings.BATCH_MAX_BYTES = 65_536
    answer = bank.post(b" " * (int(limit.split()[0].replace(",", "")) + 1), path)
    assert answer.status_code == 413
    assert limit in answer.json()["detail"]


def _request(data: bytes, **meta: Any) -> Any:
    request = RequestFactory().post(SINGLE, content_type="application/json")
    request.META.pop("CONTENT_LENGTH", None)
    request.META |= {"wsgi.input": io.BytesIO(data), **meta}
    return request


def test_chunks_are_counted_while_they_come() -> None:
    stream = io.BytesIO(b"x" * 1000)
    request = _request(b"", **CHUNKED)
    request.META["wsgi.input"] = stream
    with pytest.raises(body.Problem) as refused:
        body.read(request, limit=100)
    assert refused.value.status == 413
    assert stream.tell() == 101
    assert body.read(_request(b"[1]", **CHUNKED), limit=100) == (b"[1]", "application/json")


def test_a_stated_length_is_refused_before_anything_is_read() -> None:
    request = RequestFactory().post(SINGLE, b"x" * 200, content_type="application/json")
    with pytest.raises(body.Problem) as refused:
        body.read(request, limit=100)
    assert refused.value.status == 413
    assert request.META["wsgi.input"].read(200) == b"x" * 200


def test_what_is_left_of_a_refused_body_is_read() -> None:
    request = RequestFactory().post(SINGLE, b"x" * 9, content_type="application/json")
    body.discard(request)
    assert request.read(1) == b""
    request = _request(b"x" * 9, **CHUNKED)
    body.discard(request)
    assert request.META["wsgi.input"].read(1) == b""


def test_a_huge_refused_body_is_left_to_the_server() -> None:
    request = _request(b"x" * 9, CONTENT_LENGTH=str(body.DISCARD_BYTES + 1))
    body.discard(request)
    assert request.META["wsgi.input"].read() == b"x" * 9


class _Broken(io.RawIOBase):
    def read(self, size: int = -1) -> bytes:
        raise ValueError("no such chunk")


def test_a_body_that_breaks_off_is_a_problem_of_the_client() -> None:
    request = _request(b"", **CHUNKED)
    request.META["wsgi.input"] = _Broken()
    for broken in (request, _request(b"{}", CONTENT_LENGTH="9"), _request(b"", CONTENT_LENGTH="-1")):
        with pytest.raises(body.Problem) as refused:
            body.read(broken, limit=100)
        assert (refused.value.status, refused.value.code) == (400, "incomplete_body")


@pytest.mark.parametrize("path", [SINGLE, BATCH, LABELS])
@pytest.mark.parametrize("kind", ["text/plain", "", "application/x-www-form-urlencoded", "application/xml"])
def test_a_wrong_content_type_is_told_the_right_one(bank: Any, path: str, kind: str) -> None:
    answer = bank.post(b"{}", path, kind)
    assert answer.status_code == 415
    assert "application/json" in answer.json()["detail"]


def test_lines_are_for_batches_alone(bank: Any, good: dict[str, Any]) -> None:
    assert bank.post(good, SINGLE, "application/x-ndjson").status_code == 415
    assert bank.post(good, LABELS, "application/x-ndjson").status_code == 415


def test_charset_and_case_of_the_content_type(bank: Any, good: dict[str, Any]) -> None:
    assert bank.post(good, kind="Application/JSON; charset=UTF-8").status_code == 202
    answer = bank.post(good, kind="application/json; charset=latin-1")
    assert answer.status_code == 415
    assert "UTF-8" in answer.json()["detail"]


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate, gzip"])
def test_compressed_bodies_are_refused_by_name(bank: Any, good: dict[str, Any], encoding: str) -> None:
    answer = bank.post(good, headers={"content-encoding": encoding})
    assert answer.status_code == 415
    assert repr(encoding) in answer.json()["detail"]


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (b" ", "line 1, column 2"),
        (b'{"a": 1,}', "line 1, column 9"),
        (b'{"a": 1\n "b": 2}', "line 2, column 2"),
        (b'{"a": 1} {}', "line 1, column 10"),
        (b'{"a": NaN}', "NaN is not a JSON number"),
        (b'{"a": -Infinity}', "-Infinity is not a JSON number"),
        (b'{"a": 1, "a": 2}', "'a' stands twice"),
        (b'{"a": 1e99999999999999999999}', "exponent"),
        (b'{"a": ' + b"9" * 5000 + b"}", "more digits than can be read"),
        (b'{"a": "\xff"}', "not UTF-8 at byte 7"),
        (b'\xef\xbb\xbf{"a": 1}', "line 1, column 1"),
        (b'{"a": "\x01"}', "Invalid control character"),
        (b"[" * 30_000, "nested too deeply"),
        (b"{'a': 1}", "line 1, column 2"),
    ],
)
def test_what_is_not_json_is_told_where(bank: Any, count: Callable[..., float], sent: bytes, told: str) -> None:
    refused = count("argus_requests_refused_total", endpoint="submit", reason="malformed_json")
    answer = bank.post(sent)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert told in answer.json()["detail"]
    assert count("argus_requests_refused_total", endpoint="submit", reason="malformed_json") == refused + 1
    assert not Transaction.objects.exists()


@pytest.mark.parametrize("amount", ["0.1", "90071992547409.93", "12345678901234.56", "1e-2", "99999999999999.99"])
def test_numbers_stay_exact(bank: Any, good: dict[str, Any], amount: str) -> None:
    text = orjson.dumps(good).decode().replace('"12.50"', amount)
    assert bank.post(text).status_code == 202
    assert Transaction.objects.get().amount == Decimal(amount)
    assert Decimal(bank.get(f"{SINGLE}/t-1").json()["amount"]) == Decimal(amount)
