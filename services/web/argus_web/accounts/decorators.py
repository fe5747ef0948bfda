"""Views that not everybody may see."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from argus_web.accounts.permissions import may
from argus_web.accounts.roles import PERMISSIONS, Permission, Role

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def permission_required(permission: Permission) -> Callable[[View], View]:
    """Answer 403, with the roles that may, to everybody without this permission."""

    def decorated(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not may(request.user, permission):
                roles = ", ".join(role.words for role in Role if role in PERMISSIONS[permission].roles)
                raise PermissionDenied(_("This needs one of these roles: %s.") % roles)
            return view(request, *args, **kwargs)

        return cast(View, guarded)

    return decorated
