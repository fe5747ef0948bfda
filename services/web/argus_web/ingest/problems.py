"""Errors as RFC 9457 problem details: what is wrong, which field, what is expected."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Final, TypedDict

import orjson
from django.http import HttpRequest, HttpResponse

from argus_web.ops import metrics

CONTENT_TYPE: Final = "application/problem+json"


class FieldError(TypedDict):
    """One wrong field."""

    field: str
    message: str


class Problem(Exception):
    """Ends a request with a problem document. ``code`` is its short, stable name, counted in the metrics."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: Iterable[FieldError] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail
        self.errors = list(errors)
        self.headers = headers or {}


def response(_request: HttpRequest, problem: Problem, *, endpoint: str = "none") -> HttpResponse:
    """The problem as an answer; counts it."""
    metrics.refused(endpoint, problem.code)
    document: dict[str, object] = {
        "type": f"urn:argus:problem:{problem.code}",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
    }
    if problem.errors:
        document["errors"] = problem.errors
    return HttpResponse(
        orjson.dumps(document),
        status=problem.status,
        content_type=CONTENT_TYPE,
        headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", **problem.headers},
    )
