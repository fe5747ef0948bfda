from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, include, path, re_path

from argus_web.ingest.api import api
from argus_web.ingest.problems import Problem, response


def _api_view(view: Any) -> Any:
    """Open to keys instead of sessions, and with problem documents also where Django answers by itself."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        answer: HttpResponse = view(request, *args, **kwargs)
        if answer.status_code == 405:
            allowed = answer["Allow"]
            detail = f"Send {allowed}, not {request.method}."
            return response(request, Problem(405, "method", detail, headers={"Allow": allowed}))
        return answer

    wrapped.login_required = False  # type: ignore[attr-defined]
    wrapped.csrf_exempt = True  # type: ignore[attr-defined]
    return wrapped


def _nothing(request: HttpRequest, *_: str) -> HttpResponse:
    return response(request, Problem(404, "not_found", "There is nothing at this address; see /api/v1/docs."))


routes, _, namespace = api.urls
for route in routes:
    if isinstance(route, URLPattern):
        route.callback = _api_view(route.callback)

urlpatterns = [
    path("api/v1/", (routes, "ninja", namespace)),
    re_path("^api(/|$)", _api_view(_nothing)),
    path("", include("argus_web.ops.urls")),
    path("", include("argus_web.accounts.urls")),
    path("", include("argus_web.dashboard.urls")),
    path("overview/trends/", include("argus_web.trends.urls")),
    path("", include("argus_web.cases.urls")),
    path("", include("argus_web.reports.urls")),
    path("approvals/", include("argus_web.approvals.urls")),
    path("help/", include("argus_web.help.urls")),
    path("rules/", include("argus_web.rules.urls")),
    path("audit/", include("argus_web.audit.urls")),
    path("backtests/", include("argus_web.backtests.urls")),
]
handler400 = "argus_web.help.errors.bad_request"
handler403 = "argus_web.help.errors.forbidden"
handler404 = "argus_web.help.errors.not_found"
handler500 = "argus_web.help.errors.broken"
