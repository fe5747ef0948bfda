"""The HTTP API: which address does what, who may, and how it is documented.

Bodies are read by the endpoints themselves (argus_web.ingest.body): limits are checked before parsing, errors name
each field, and numbers stay exact. Ninja routes, and writes the OpenAPI document.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

import psycopg
import structlog
from argus_records import __version__
from argus_records.models import Scope
from django import db
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError
from structlog.contextvars import bind_contextvars

from argus_web.ingest import bulk, documents, feed, single
from argus_web.ingest.access import caller_of
from argus_web.ingest.problems import Problem, response
from argus_web.ops import metrics

log = structlog.get_logger(__name__)


class Api(NinjaAPI):
    """Ninja, with the components that our endpoints' documents refer to."""

    def get_openapi_schema(self, **asked: Any) -> Any:
        """The OpenAPI document."""
        document = super().get_openapi_schema(**asked)
        document["components"] = documents.COMPONENTS
        return document


api = Api(
    title="Argus Monitor",
    version=__version__,
    description=documents.DESCRIPTION,
    urls_namespace="api",
    openapi_extra=documents.EXTRA,
)

View = Callable[..., HttpResponse]
# A bug of ours or a broken schema, not a database that is away.
_OUR_FAULT: Final = (psycopg.DataError, psycopg.IntegrityError, psycopg.ProgrammingError, psycopg.NotSupportedError)


def guarded(scope: str, name: str, endpoint: View) -> View:
    """An endpoint with key, scope and rate limit before it, problems and timing around it."""

    @wraps(endpoint)
    def view(request: HttpRequest, **path: Any) -> HttpResponse:
        with metrics.timed(name):
            try:
                caller = caller_of(request, scope)
                bind_contextvars(client=caller.client_name)
                return endpoint(request, caller, **path)
            except Problem as problem:
                return response(request, problem, endpoint=name)
            except Exception as error:
                return response(request, _failure(request, error), endpoint=name)

    return view


def _failure(request: HttpRequest, error: Exception) -> Problem:
    # Django wraps what psycopg raises, the ledger's own cursors do not.
    cause = error.__cause__ if isinstance(error, db.Error) else error
    if isinstance(cause, psycopg.Error) and not isinstance(cause, _OUR_FAULT):
        log.error("database failed", error=str(error), path=request.path)
        detail = "The database does not answer. Send it again: what was accepted already is not accepted twice."
        return Problem(503, "unavailable", detail, headers={"Retry-After": "1"})
    log.error("request failed", path=request.path, exc_info=error)
    return Problem(500, "internal", "This is our fault; the error was logged. Send it again.")


SUBMIT_VIEW: Final = guarded(Scope.INGEST.value, "submit", single.submit)
SUBMIT_BATCH_VIEW: Final = guarded(Scope.INGEST.value, "submit_batch", bulk.transactions)
READ_VIEW: Final = guarded(Scope.READ.value, "read_transaction", single.read)
DECISIONS_VIEW: Final = guarded(Scope.READ.value, "read_decisions", feed.read)
LABEL_VIEW: Final = guarded(Scope.LABEL.value, "label", bulk.labels)


@api.post("/transactions", summary="Submit one transaction", operation_id="submit", openapi_extra=documents.SUBMIT)
def submit(request: HttpRequest) -> HttpResponse:
    return SUBMIT_VIEW(request)


@api.post(
    "/transactions/batch", summary="Submit many transactions", operation_id="submit_batch",
    openapi_extra=documents.SUBMIT_BATCH,
)  # fmt: skip
def submit_batch(request: HttpRequest) -> HttpResponse:
    return SUBMIT_BATCH_VIEW(request)


# Ids may have slashes in them.
@api.get(
    "/transactions/{path:transaction_id}", summary="Read a transaction and its decision",
    operation_id="read_transaction", openapi_extra=documents.READ_TRANSACTION,
)  # fmt: skip
def read_transaction(request: HttpRequest, transaction_id: str) -> HttpResponse:
    return READ_VIEW(request, transaction_id=transaction_id)


@api.get("/decisions", summary="Follow the decisions", operation_id="read_decisions", openapi_extra=documents.DECISIONS)
def read_decisions(request: HttpRequest) -> HttpResponse:
    return DECISIONS_VIEW(request)


@api.post("/labels", summary="Report what became known later", operation_id="label", openapi_extra=documents.LABELS)
def label(request: HttpRequest) -> HttpResponse:
    return LABEL_VIEW(request)


@api.exception_handler(Http404)
def _not_found(request: HttpRequest, _: Http404) -> HttpResponse:
    return response(request, Problem(404, "not_found", "There is nothing at this address; see /api/v1/docs."))


@api.exception_handler(HttpError)
def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    return response(request, Problem(error.status_code, "request", error.message))


@api.exception_handler(Exception)
def _broken(request: HttpRequest, error: Exception) -> HttpResponse:
    return response(request, _failure(request, error))
