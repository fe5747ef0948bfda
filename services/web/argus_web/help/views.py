"""The tour of the desk is shown once to each account, and again to whoever asks for it."""

from typing import Final

from argus_records.services.desk import desk_setting_put
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from argus_web.accounts.actors import actor_of

TOUR: Final = "tour"


@require_POST
def tour_seen(request: HttpRequest) -> HttpResponse:
    """Taken or skipped: it does not begin by itself again."""
    desk_setting_put(actor=actor_of(request.user), key=TOUR, value="seen")
    return HttpResponse(status=204)
