"""What every page's navigation needs to know of an account."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from argus_web.accounts.permissions import doors_named, permissions_of


def doors(request: HttpRequest) -> dict[str, Callable[[], Any]]:
    """``permitted``: what this person may; ``doors``: what the proxy serves and they may pass.

    Looked up only by pages that show them, and once.
    """
    permitted = cache(lambda: permissions_of(request.user))
    served = doors_named(settings.DOORS)
    return {
        "permitted": permitted,
        "doors": lambda: [door for door in served if door.permission in permitted()],
    }
