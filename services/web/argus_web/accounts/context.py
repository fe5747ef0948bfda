"""What every page's navigation needs to know of an account."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest

from argus_web.accounts.permissions import doors_named, doors_open
from argus_web.accounts.roles import Door


def doors(request: HttpRequest) -> dict[str, Callable[[], list[Door]]]:
    """``doors``: what the proxy serves and this person may pass. Looked up only by pages that show it."""
    return {"doors": lambda: doors_open(request.user, doors_named(settings.DOORS))}
