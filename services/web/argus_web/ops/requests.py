"""An id for every request: on each line that is logged for it, and in its answer."""

import re
from collections.abc import Callable
from secrets import token_hex
from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from structlog.contextvars import bind_contextvars, clear_contextvars

# What a proxy or a client may call it; anything else would end up in logs as it is.
_SOUND: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")


class RequestId:
    """Takes the id that ``X-Request-ID`` brings, or makes one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        said = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = said if _SOUND.fullmatch(said) else token_hex(8)
        # A thread serves one request after the other.
        clear_contextvars()
        bind_contextvars(request=request_id)
        answer = self._get_response(request)
        answer.headers["X-Request-ID"] = request_id
        return answer
