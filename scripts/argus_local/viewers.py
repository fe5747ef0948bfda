"""Open dashboards: signed-in browsers that hold the live stream open and read it."""

import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from argus_local.servers import StartError
from argus_local.stack import Stack


@dataclass
class Watched:
    """How many events all viewers together have seen."""

    events: int = 0


def sign_in(url: str, username: str, password: str) -> str:
    """A session cookie, as a browser gets one."""
    with httpx.Client(base_url=url, trust_env=False, follow_redirects=False) as browser:
        browser.get("/login/").raise_for_status()
        answer = browser.post(
            "/login/",
            data={"username": username, "password": password, "csrfmiddlewaretoken": browser.cookies["csrftoken"]},
            headers={"Referer": f"{url}/login/"},
        )
        if answer.status_code != 302:
            raise StartError(f"signing in as {username} was answered with {answer.status_code}")
        return f"sessionid={browser.cookies['sessionid']}"


@contextmanager
def watching(stack: Stack, count: int) -> Iterator[Watched]:
    """``count`` dashboards, read by one thread."""
    password = stack.store.made("viewer_password")
    stack.manage(
        "officer_create", "--username", "viewer", "--password-env", "VIEWER_PASSWORD", VIEWER_PASSWORD=password
    )
    cookie = sign_in(stack.url("web"), "viewer", password)
    request = f"GET /live/events HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\nAccept: text/event-stream\r\n\r\n"
    watched, selector, stop = Watched(), selectors.DefaultSelector(), threading.Event()
    for _ in range(count):
        connection = socket.create_connection(("127.0.0.1", stack.ports["web"]))
        connection.sendall(request.encode())
        head = connection.recv(4096)
        if b" 200 " not in head.split(b"\r\n")[0]:
            raise StartError(f"a live stream was answered with {head[:80]!r}")
        selector.register(connection, selectors.EVENT_READ)

    def read() -> None:
        while not stop.is_set():
            for key, _ in selector.select(0.5):
                data = key.fileobj.recv(2**16)  # type: ignore[union-attr]
                watched.events += data.count(b"data:")
                if not data:
                    selector.unregister(key.fileobj)

    reader = threading.Thread(target=read, name="viewers", daemon=True)
    reader.start()
    try:
        yield watched
    finally:
        stop.set()
        reader.join()
        for key in list(selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
        selector.close()
