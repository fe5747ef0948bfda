"""Who works here, as far as others need to know."""

import re
from typing import Final

from django.contrib.auth.models import User
from django.db.models import Q

from argus_web.accounts.actors import actor_named
from argus_web.accounts.roles import PERMISSIONS, Permission, Role

_MENTION: Final = re.compile(r"(?<![\w.])@([\w.@+-]{1,140})")
MENTIONS_AT_MOST: Final = 20


def who_decides() -> list[str]:
    """Names of the active accounts that work on cases, in alphabetical order."""
    roles = PERMISSIONS[Permission.DECIDE_ALERTS].roles
    active = User.objects.filter(is_active=True).exclude(groups__name=Role.AUDITOR)
    found = active.filter(Q(groups__name__in=roles) | Q(is_superuser=True))
    return list(found.order_by("username").values_list("username", flat=True).distinct())


def mentioned(note: str) -> list[str]:
    """Actors of the accounts that a note names by ``@name``; names of nobody are just text."""
    names = {name.rstrip(".") for name in _MENTION.findall(note)[:MENTIONS_AT_MOST]}
    found = User.objects.filter(username__in=names, is_active=True).values_list("username", flat=True)
    return [actor_named(name) for name in found]
