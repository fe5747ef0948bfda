"""Reading what clients send: within limits, of the stated type, and without a number ever passing through a float."""

import json
from decimal import Decimal
from typing import Any, Final

from django.http import HttpRequest

from argus_web.ingest.problems import Problem

SINGLE_MAX_BYTES: Final = 32 * 1024
JSON: Final = "application/json"
NDJSON: Final = "application/x-ndjson"


def read(request: HttpRequest, *, limit: int, types: tuple[str, ...] = (JSON,)) -> tuple[bytes, str]:
    """The body and its content type. Problems: 411, 413, 415."""
    kind = request.content_type or ""
    if kind not in types:
        raise Problem(415, "content_type", f"Send {' or '.join(types)}, not {kind[:80]!r}.")
    charset = (request.content_params or {}).get("charset", "utf-8").lower()
    if charset not in {"utf-8", "utf8", "us-ascii"}:
        raise Problem(415, "content_type", f"Send UTF-8, not {charset[:40]!r}.")
    encoding = request.headers.get("Content-Encoding", "identity").lower()
    if encoding != "identity":
        raise Problem(415, "content_encoding", f"Send the body as it is, not encoded as {encoding[:40]!r}.")
    length = request.META.get("CONTENT_LENGTH") or ""
    if length.isdigit() and int(length) > limit:
        raise _too_large(limit)
    body = request.read(limit + 1)
    if len(body) > limit:
        raise _too_large(limit)
    return body, kind


def _too_large(limit: int) -> Problem:
    return Problem(413, "too_large", f"The body is larger than the limit of {limit:,} bytes; send it in parts.")


class BrokenJson(ValueError):
    """Not JSON. The message says what and where."""


def _refuse_constant(name: str) -> Any:
    raise BrokenJson(f"{name} is not a JSON number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        name = next(key for key, _ in pairs if key in seen or seen.add(key))
        raise BrokenJson(f"the name {name[:64]!r} stands twice in one object")
    return found


_decoder = json.JSONDecoder(
    parse_float=Decimal, parse_constant=_refuse_constant, object_pairs_hook=_once
)


def parse(body: bytes) -> Any:
    """JSON with decimals as Decimal. A name twice in one object is an error, as its meaning is anyone's guess.

    Raises BrokenJson.
    """
    try:
        return _decoder.decode(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise BrokenJson(f"not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise BrokenJson(f"{error.msg} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise BrokenJson("nested too deeply") from None
    except BrokenJson:
        raise
    except ValueError as error:
        # Integers of thousands of digits.
        raise BrokenJson(str(error)[:200]) from None


def parse_or_refuse(body: bytes) -> Any:
    """:func:`parse`, as a problem with status 400."""
    try:
        return parse(body)
    except BrokenJson as error:
        raise Problem(400, "malformed_json", f"The body is not JSON: {error}.") from None
