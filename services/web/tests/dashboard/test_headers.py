"""What the browser is told to refuse and to forget."""

import pytest
from argus_web.dashboard.headers import POLICY, SecurityHeadersMiddleware
from django.http import HttpResponse
from django.test import Client, RequestFactory


def answered(response: HttpResponse) -> HttpResponse:
    made = SecurityHeadersMiddleware(lambda request: response)(RequestFactory().get("/"))
    assert isinstance(made, HttpResponse)
    return made


def test_nothing_inline_is_allowed() -> None:
    assert "unsafe" not in POLICY
    assert "default-src 'self'" in POLICY
    assert answered(HttpResponse())["Content-Security-Policy"] == POLICY


def test_pages_are_kept_out_of_caches_and_files_are_not() -> None:
    assert answered(HttpResponse())["Cache-Control"] == "private, no-store"
    assert "Cache-Control" not in answered(HttpResponse(content_type="text/css"))


def test_a_view_may_set_its_own() -> None:
    own = HttpResponse(headers={"Content-Security-Policy": "default-src 'none'", "Cache-Control": "no-cache"})
    made = answered(own)
    assert made["Content-Security-Policy"] == "default-src 'none'"
    assert made["Cache-Control"] == "no-cache"


@pytest.mark.django_db
def test_pages_have_nothing_inline(desk: Client, redis_url: str) -> None:
    for path in ("/", "/alerts/", "/transactions/", "/account/password/"):
        answer = desk.get(path)
        page = answer.content.decode()
        assert answer["Content-Security-Policy"] == POLICY
        assert " style=" not in page, path
        assert "<style" not in page, path
        assert " onclick=" not in page, path
        for part in page.split("<script")[1:]:
            head = part.split(">")[0]
            assert "src=" in head or 'type="application/json"' in head, (path, head)
