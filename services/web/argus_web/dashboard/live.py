"""The live stream and, for those who cannot have it, the same state to be asked for."""

import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string
from django.views.decorators.http import require_GET

from argus_web.dashboard.formats import published_summary
from argus_web.dashboard.hub import Hub
from argus_web.dashboard.snapshot import snapshots
from argus_web.events import events

RETRY_AFTER_SECONDS = 30
# A browser that takes nothing for so long is gone, even if its machine never said so.
STALLED_SECONDS = 15

hub = Hub(
    snapshot=lambda: snapshots.get(),
    describe=published_summary,
    events=events,
    limit=settings.LIVE_VIEWERS,
)


def _session_guard(request: HttpRequest) -> Callable[[], bool]:
    """Whether the session that asked is still signed in, read anew each time."""
    key = request.session.session_key
    store = import_string(f"{settings.SESSION_ENGINE}.SessionStore")

    def allowed() -> bool:
        probe = HttpRequest()
        probe.session = store(key)
        return bool(get_user(probe).is_authenticated)

    return allowed


def _cut(connection: socket.socket | None) -> None:
    """Shut a connection that nobody reads; waiting for its other end would hold up the server's main loop."""
    if connection is not None:
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)


@require_GET
def live_events(request: HttpRequest) -> HttpResponseBase:
    """The stream: first the present state, then what changes."""
    connection = request.META.get("gunicorn.socket")
    viewer = hub.join(allowed=_session_guard(request), abandoned=partial(_cut, connection))
    if viewer is None:
        return HttpResponse(
            "As many live viewers as this server takes; ask for the snapshot instead.\n",
            status=503,
            content_type="text/plain",
            headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
        )
    if connection is not None:
        connection.settimeout(STALLED_SECONDS)
    return StreamingHttpResponse(
        viewer,
        content_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


@require_GET
def live_snapshot(_request: HttpRequest) -> HttpResponse:
    """The present state, at most a second old."""
    return HttpResponse(snapshots.get(), content_type="application/json", headers={"Cache-Control": "no-store"})
