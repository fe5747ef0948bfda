"""Errors as RFC 9457 problem details: what is wrong, which field, what is expected."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import TypedDict

import orjson
from argus_web.ops import metrics
from django.http import HttpRequest, HttpResponse

CONTENT_TYPE = "application/problem+json"


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


def response(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The problem as an answer; counts it."""
    metrics.refused(problem.code)
    document: dict[str, object] = {
        "type": f"urn:argus:problem:{problem.code}",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
    }
    if problem.errors:
        document["errors"] = problem.errors
    return HttpResponse(
        orjson.dumps(document), status=problem.status, content_type=CONTENT_TYPE, headers=problem.headers
    )
