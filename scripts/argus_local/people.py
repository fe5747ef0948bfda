"""Somebody with a browser: signs in to the dashboard and goes through doors."""

import re
import ssl
from http.cookiejar import Cookie
from typing import Final

import httpx

from argus_local.processes import StartError

PAGE: Final = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}
_TOKEN: Final = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Person:
    """One browser. Pages are not followed to where they lead, so that a refusal can be told from a page."""

    def __init__(self, url: str, verify: ssl.SSLContext | bool = True) -> None:
        self._http = httpx.Client(base_url=url, headers=PAGE, timeout=60, trust_env=False, verify=verify)

    def sign_in(self, username: str, password: str) -> "Person":
        """By the form. Raises StartError when refused."""
        token = _TOKEN.search(self._http.get("/login/").text)
        if token is None:
            raise StartError("the sign-in page has no form")
        form = {"csrfmiddlewaretoken": token[1], "username": username, "password": password, "next": "/"}
        answer = self._http.post("/login/", data=form, headers={"Referer": self.url("/login/")})
        if answer.status_code != 302:
            raise StartError(f"{username} was not signed in: {answer.status_code}")
        return self

    @property
    def cookies(self) -> list[Cookie]:
        """What the browser keeps."""
        return list(self._http.cookies.jar)

    def url(self, path: str) -> str:
        """The whole address of a path."""
        return str(self._http.base_url.join(path))

    def get(self, path: str, **headers: str) -> httpx.Response:
        """A page."""
        return self._http.get(path, headers=headers)

    def post(self, path: str, **headers: str) -> httpx.Response:
        """An empty form, as a page elsewhere could send it."""
        return self._http.post(path, headers=headers)

    def close(self) -> None:
        """Close the browser."""
        self._http.close()
