"""Whether the tour is due."""

from collections.abc import Callable

from argus_records.selectors.desk import desk_setting
from django.http import HttpRequest

from argus_web.accounts.actors import actor_of
from argus_web.help.views import TOUR


def tour_due(request: HttpRequest) -> bool:
    """Whether somebody is signed in who has neither taken the tour nor skipped it."""
    return request.user.is_authenticated and desk_setting(actor=actor_of(request.user), key=TOUR) is None


def tour(request: HttpRequest) -> dict[str, Callable[[], bool]]:
    """``tour_due``: looked up only by the page that begins it."""
    return {"tour_due": lambda: tour_due(request)}
