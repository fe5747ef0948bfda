"""The page "System", and its state to be asked for."""

import orjson
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from argus_web.ops.system import states


@require_GET
def system(request: HttpRequest) -> HttpResponse:
    """Graphs and lists; the page has the present state in it and then asks every few seconds."""
    return render(request, "ops/system.html", {"state": orjson.loads(states.get())})


@require_GET
def system_state(_request: HttpRequest) -> HttpResponse:
    """The present state, at most a second old."""
    return HttpResponse(states.get(), content_type="application/json", headers={"Cache-Control": "no-store"})
