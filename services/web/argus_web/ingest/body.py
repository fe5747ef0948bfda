"""Reading what clients send: within limits, of the stated type, and without a number ever passing through a float."""

import json
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.http import HttpRequest, UnreadablePostError

from argus_web.ingest.problems import Problem

SINGLE_MAX_BYTES: Final = 32 * 1024
DISCARD_BYTES: Final = 2**20
JSON: Final = "application/json"
NDJSON: Final = "application/x-ndjson"
_CHARSETS: Final = frozenset({"utf-8", "utf8", "us-ascii"})
# What servers raise when a client's chunks make no sense has no common name.
_BROKEN_OFF: Final = "The body ended early or was not sent as its headers say; nothing was changed."


def read(request: HttpRequest, *, limit: int, types: tuple[str, ...] = (JSON,)) -> tuple[bytes, str]:
    """The body and its content type. Problems: 400, 413, 415."""
    meta = request.META
    kind = meta.get("CONTENT_TYPE", "")
    if kind not in types:
        kind = (request.content_type or "").lower()
        charset = (request.content_params or {}).get("charset", "utf-8").lower()
        if kind not in types:
            raise Problem(415, "content_type", f"Send {' or '.join(types)}, not {kind[:80]!r}.")
        if charset not in _CHARSETS:
            raise Problem(415, "content_type", f"Send UTF-8, not {charset[:40]!r}.")
    encoding = meta.get("HTTP_CONTENT_ENCODING", "identity").lower()
    if encoding != "identity":
        raise Problem(415, "content_encoding", f"Send the body as it is, not encoded as {encoding[:40]!r}.")
    length = meta.get("CONTENT_LENGTH") or ""
    if length:
        expected = int(length) if length.isascii() and length.isdigit() and len(length) < 19 else -1
        if expected > limit:
            raise _too_large(limit)
        body = _bytes(request, expected + 1) if expected >= 0 else b""
        if len(body) != expected:
            raise Problem(400, "incomplete_body", _BROKEN_OFF)
        return body, kind
    body = _bytes(_chunked(request), limit + 1)
    if len(body) > limit:
        raise _too_large(limit)
    return body, kind


def discard(request: HttpRequest) -> None:
    """Read what is left of a body that is refused, before the answer is sent.

    Otherwise gunicorn does it after the answer, when the client's next request may stand behind it already; it reads
    that too, and forgets it until the connection ends. Of more than ``DISCARD_BYTES`` nothing is read: gunicorn then
    gives up the connection.
    """
    length = request.META.get("CONTENT_LENGTH") or ""
    stream: Any = request if length else _chunked(request)
    if not (length.isascii() and length.isdigit() and int(length) > DISCARD_BYTES):
        with suppress(Exception):
            stream.read(DISCARD_BYTES)


def _chunked(request: HttpRequest) -> Any:
    """Sent in chunks, a body has no length; Django would take it for an empty one."""
    return request.META["wsgi.input"] if request.META.get("wsgi.input_terminated") else request


def _bytes(stream: Any, most: int) -> bytes:
    try:
        data: bytes = stream.read(most)
    except UnreadablePostError:
        raise Problem(400, "incomplete_body", _BROKEN_OFF) from None
    except Exception as error:
        # gunicorn has its own errors for bad chunks, and the web service runs under other servers too.
        raise Problem(400, "incomplete_body", _BROKEN_OFF) from error
    return data


def _too_large(limit: int) -> Problem:
    return Problem(413, "too_large", f"The body is larger than the limit of {limit:,} bytes; send it in parts.")


class BrokenJson(ValueError):
    """Not JSON. The message says what and where."""


def _refuse_constant(name: str) -> Any:
    raise BrokenJson(f"{name} is not a JSON number")


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise BrokenJson("a number has an exponent beyond reading") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        name = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise BrokenJson(f"the name {name[:64]!r} stands twice in one object")
    return found


_decode = json.JSONDecoder(parse_float=_decimal, parse_constant=_refuse_constant, object_pairs_hook=_once).decode


def parse(body: bytes) -> Any:
    """JSON with decimals as Decimal. A name twice in one object is an error, as its meaning is anyone's guess.

    >>> parse(b'{"amount": 90071992547409.93}')
    {'amount': Decimal('90071992547409.93')}

    Raises BrokenJson.
    """
    try:
        return _decode(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise BrokenJson(f"not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise BrokenJson(f"{error.msg} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise BrokenJson("nested too deeply") from None
    except BrokenJson:
        raise
    except ValueError:
        raise BrokenJson("a number has more digits than can be read") from None


def parse_or_refuse(body: bytes) -> Any:
    """:func:`parse`, as a problem with status 400."""
    try:
        return parse(body)
    except BrokenJson as error:
        raise Problem(400, "malformed_json", f"The body is not JSON: {error}.") from None
