"""The short way to what programs call all the time: past sessions, cookies, CSRF, host names and the URL resolver.

The API knows its callers by the key alone, so none of that applies to it, and it would cost more than a submission.
Probes and Prometheus come by the address of a pod or container, which is no host name of ours. Everything else goes
the usual way, also what these addresses refuse by method.
"""

from collections.abc import Callable
from functools import partial

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from argus_web.ingest import api, body
from argus_web.ingest.problems import CONTENT_TYPE, Problem, response
from argus_web.ops import views as ops


class Shortcut:
    """Before all middleware that is for people."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._usual = get_response
        self._views: dict[tuple[str, str], api.View] = {
            ("POST", "/api/v1/transactions"): api.SUBMIT_VIEW,
            ("POST", "/api/v1/transactions/batch"): api.SUBMIT_BATCH_VIEW,
            # A transaction may be called "batch"; its address would be taken for the batch endpoint's.
            ("GET", "/api/v1/transactions/batch"): partial(api.READ_VIEW, transaction_id="batch"),
            ("POST", "/api/v1/labels"): api.LABEL_VIEW,
            ("GET", "/api/v1/decisions"): api.DECISIONS_VIEW,
            ("GET", "/healthz"): ops.healthz,
            ("GET", "/readyz"): ops.readyz,
            ("GET", "/version"): ops.version,
            ("GET", "/metrics"): ops.prometheus,
        }

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        view = self._views.get((request.method or "", request.path_info))
        if view is None:
            answer = self._usual(request)
            if answer.status_code < 400 or not request.path_info.startswith("/api/"):
                return answer
            answer = _as_problem(request, answer)
        else:
            answer = view(request)
            # As Django's CommonMiddleware does: without it the answer goes out in chunks.
            answer.headers["Content-Length"] = str(len(answer.content))
        if answer.status_code >= 400:
            body.discard(request)
        return answer


def _as_problem(request: HttpRequest, usual: HttpResponseBase) -> HttpResponseBase:
    """What Django refuses by itself (a host that is not ours, a path that is no text) as a problem document."""
    if usual.headers.get("Content-Type") == CONTENT_TYPE:
        return usual
    return response(request, Problem(usual.status_code, "request", usual.reason_phrase + "."))
