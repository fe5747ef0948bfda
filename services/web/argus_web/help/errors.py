"""Pages for what went wrong: what happened, what to do next, and under which name the log knows the request."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.template import loader
from structlog.contextvars import get_contextvars

# A browser that comes back at once would meet the same.
_HEADERS: Final = {"Cache-Control": "no-store"}


def _page(template: str, status: int, said: str = "") -> HttpResponse:
    """Without the request: what asks for an account or for a session may be what broke."""
    context = {"said": said, "request_id": get_contextvars().get("request", "")}
    return HttpResponse(loader.render_to_string(template, context), status=status, headers=_HEADERS)


def bad_request(_request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """400."""
    return _page("400.html", 400)


def forbidden(_request: HttpRequest, exception: Exception) -> HttpResponse:
    """403; what a view said when it refused is shown."""
    return _page("403.html", 403, str(exception))


def stale(_request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """403 of a form whose token is missing or another session's."""
    return _page("403_csrf.html", 403)


def not_found(_request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """404."""
    return _page("404.html", 404)


def broken(_request: HttpRequest) -> HttpResponse:
    """500."""
    return _page("500.html", 500)
