"""Alive, ready, version, metrics: what probes and operators ask."""

from argus_records import __version__
from argus_records.selectors.schema import migrations_missing
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from argus_web.ingest import connect
from argus_web.ops.exposition import Exposition


@login_not_required
@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    """The process answers. Asks nobody else."""
    return JsonResponse({"status": "alive"})


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Database reachable and migrated, Redis reachable. 503 says what is not.

    ``?only=database`` is for what takes traffic away from a process that is not ready: without Redis everything is
    still accepted, so its absence is no reason to stop accepting.
    """
    checks = {"database": _database()}
    if request.GET.get("only") != "database":
        checks["redis"] = _redis()
    ready = all(said == "ok" for said in checks.values())
    return JsonResponse({"status": "ready" if ready else "not ready", **checks}, status=200 if ready else 503)


@login_not_required
@require_safe
def version(_request: HttpRequest) -> JsonResponse:
    """Which build this is."""
    return JsonResponse({"name": "argus-monitor", "version": __version__, "code_version": settings.CODE_VERSION})


@login_not_required
@require_safe
def prometheus(_request: HttpRequest) -> HttpResponse:
    """All metrics of all processes of this container."""
    return HttpResponse(generate_latest(Exposition()), content_type=CONTENT_TYPE_LATEST)


_migrated = False


def _database() -> str:
    global _migrated
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if not _migrated:
            if missing := migrations_missing():
                return f"{missing} migrations are not applied; run manage.py migrate"
            _migrated = True
    except (Error, OSError) as error:
        return f"not reachable: {type(error).__name__}"
    return "ok"


def _redis() -> str:
    try:
        client = connect.client()
        client.ping()
        client.close()
    except connect.FAILURES as error:
        return f"not reachable: {type(error).__name__}; transactions are accepted and wait"
    return "ok"
