"""The reverse proxy asks here, with every request, whether somebody may pass to a program beside the dashboard."""

from urllib.parse import quote

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from argus_web.accounts.permissions import may_pass
from argus_web.accounts.roles import DOORS, Door, Role
from argus_web.ops import metrics

# Enough names to find somebody.
ADMINISTRATORS_NAMED = 5


def _door(name: str) -> Door:
    try:
        return DOORS[name]
    except KeyError as error:
        raise Http404("There is no such door.") from error


@login_not_required
@require_safe
def door(request: HttpRequest, name: str) -> HttpResponse:
    """204 for who may pass, 401 for who is not signed in, 403 for who lacks the role; never a redirect."""
    asked = _door(name)
    if not request.user.is_authenticated:
        return _answer(401)
    if not may_pass(request.user, asked):
        return _answer(403)
    answer = _answer(204)
    # A header carries ASCII; names may be in any script.
    answer.headers["X-Argus-User"] = quote(request.user.get_username(), safe="@+")
    return answer


def _answer(status: int) -> HttpResponse:
    answer = HttpResponse(status=status, headers={"Cache-Control": "no-store"})
    del answer.headers["Content-Type"]
    return answer


@require_safe
def refused(request: HttpRequest, name: str) -> HttpResponse:
    """The page that the proxy shows instead of a bare 403."""
    asked = _door(name)
    if may_pass(request.user, asked):
        # The role came meanwhile.
        return redirect(asked.path)
    metrics.door_refused(asked.name)
    administrators = User.objects.filter(Q(is_superuser=True) | Q(groups__name=Role.ADMINISTRATOR), is_active=True)
    context = {
        "door": asked,
        "roles": [role.words for role in Role if role in asked.roles],
        "administrators": administrators.distinct().order_by("username")[:ADMINISTRATORS_NAMED],
    }
    return render(request, "accounts/refused.html", context, status=403)
