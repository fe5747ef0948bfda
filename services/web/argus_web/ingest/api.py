"""The HTTP API: which address does what, who may, and how it is documented.

Bodies are read by the endpoints themselves (argus_web.ingest.body): limits are checked before parsing, errors name
each field, and numbers stay exact. Ninja routes, and writes the OpenAPI document.
"""

from functools import wraps
from typing import Any, Final, Protocol

import structlog
from argus_records import __version__
from argus_records.models import Scope
from argus_records.services.apikeys import Caller
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError

from argus_web.ingest import bulk, documents, feed, single
from argus_web.ingest.access import caller_of
from argus_web.ingest.problems import Problem, response
from argus_web.ops import metrics

log = structlog.get_logger(__name__)

api = NinjaAPI(
    title="Argus Monitor",
    version=__version__,
    description=documents.DESCRIPTION,
    urls_namespace="api",
    openapi_extra=documents.EXTRA,
)


class Endpoint(Protocol):
    """What answers a request of a known caller."""

    def __call__(self, request: HttpRequest, caller: Caller, **path: Any) -> HttpResponse: ...


def guarded(scope: str, name: str) -> Any:
    """Wrap an endpoint: key, scope, rate limit before it, problems and timing around it."""

    def wrap(endpoint: Endpoint) -> Any:
        @wraps(endpoint)
        def view(request: HttpRequest, **path: Any) -> HttpResponse:
            with metrics.timed(name):
                try:
                    return endpoint(request, caller_of(request, scope), **path)
                except Problem as problem:
                    return response(request, problem)

        return view

    return wrap


INGEST: Final[str] = Scope.INGEST.value
READ: Final[str] = Scope.READ.value
LABEL: Final[str] = Scope.LABEL.value


@api.post("/transactions", summary="Submit one transaction", operation_id="submit", openapi_extra=documents.SUBMIT)
def submit(request: HttpRequest) -> HttpResponse:
    return _submit(request)


@api.post(
    "/transactions/batch", summary="Submit many transactions", operation_id="submit_batch",
    openapi_extra=documents.SUBMIT_BATCH,
)  # fmt: skip
def submit_batch(request: HttpRequest) -> HttpResponse:
    return _submit_batch(request)


@api.get(
    "/transactions/{transaction_id}", summary="Read a transaction and its decision", operation_id="read_transaction",
    openapi_extra=documents.READ_TRANSACTION,
)  # fmt: skip
def read_transaction(request: HttpRequest, transaction_id: str) -> HttpResponse:
    return _read_transaction(request, transaction_id=transaction_id)


@api.get("/decisions", summary="Follow the decisions", operation_id="read_decisions", openapi_extra=documents.DECISIONS)
def read_decisions(request: HttpRequest) -> HttpResponse:
    return _read_decisions(request)


@api.post("/labels", summary="Report what became known later", operation_id="label", openapi_extra=documents.LABELS)
def label(request: HttpRequest) -> HttpResponse:
    return _label(request)


_submit = guarded(INGEST, "submit")(single.submit)
_submit_batch = guarded(INGEST, "submit_batch")(bulk.transactions)
_read_transaction = guarded(READ, "read_transaction")(lambda request, caller, transaction_id: single.read(caller, transaction_id))
_read_decisions = guarded(READ, "read_decisions")(feed.read)
_label = guarded(LABEL, "label")(bulk.labels)


@api.exception_handler(Http404)
def _not_found(request: HttpRequest, _: Http404) -> HttpResponse:
    return response(request, Problem(404, "not_found", "There is nothing at this address."))


@api.exception_handler(HttpError)
def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    return response(request, Problem(error.status_code, "request", error.message))


@api.exception_handler(DatabaseError)
def _unavailable(request: HttpRequest, error: DatabaseError) -> HttpResponse:
    log.error("database failed", error=str(error), path=request.path)
    detail = "The database does not answer; nothing was accepted. Send it again."
    return response(request, Problem(503, "unavailable", detail, headers={"Retry-After": "1"}))


@api.exception_handler(Exception)
def _broken(request: HttpRequest, error: Exception) -> HttpResponse:
    log.exception("request failed", path=request.path, exc_info=error)
    return response(request, Problem(500, "internal", "This is our fault; the error was logged. Send it again."))
