"""Clients that send again until they are answered, and the look at the feed afterwards."""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from argus_local import steady
from argus_local.processes import StartError
from argus_local.steady import Steady, decided


class Feed:
    """A client whose feed has these pages, and then no more."""

    def __init__(self, *pages: list[str]) -> None:
        self._pages = list(pages)

    def decisions(self, after: str | None = None) -> tuple[list[dict[str, Any]], str]:
        page = self._pages.pop(0) if self._pages else []
        return [{"transaction_id": name} for name in page], "next"


def test_it_waits_for_all_of_them() -> None:
    found = decided(Feed(["a"], [], ["b", "c"]), {"a", "c"})  # type: ignore[arg-type]
    assert found.keys() == {"a", "b", "c"}


def test_one_that_is_missing_is_named() -> None:
    with pytest.raises(StartError, match=r"1 accepted transactions have no decision, b among them"):
        decided(Feed(["a"]), {"a", "b"}, seconds=0)  # type: ignore[arg-type]


def test_one_that_is_there_twice_is_named() -> None:
    with pytest.raises(StartError, match="has a twice"):
        decided(Feed(["a", "b"], ["a"]), {"a"})  # type: ignore[arg-type]


class Server:
    """Answers the first submission of each thread with 503 and hangs up on the second."""

    def __init__(self) -> None:
        self.bodies: list[str] = []
        count: Counter[str] = Counter()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                items = json.loads(body)
                name = items[0]["transaction_id"] if isinstance(items, list) else items["transaction_id"]
                count[name] += 1
                if name.endswith("-0") and count[name] == 1:
                    self.answer(503, {})
                elif name.endswith("-0") and count[name] == 2:
                    self.close_connection = True
                else:
                    outer.bodies.append(body.decode())
                    self.answer(200 if isinstance(items, list) else 202, {"rejected": []})

            def answer(self, status: int, said: dict[str, Any]) -> None:
                content = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.http.shutdown()
    made.http.server_close()


def test_the_same_is_sent_until_it_is_accepted(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steady, "AGAIN_SECONDS", 0.01)
    load = Steady(server.url, "key", prefix="t")
    with load:
        deadline = time.monotonic() + 60
        while len(load.accepted) < 50:
            assert time.monotonic() < deadline
            time.sleep(0.01)
    assert load.lost == []
    # Each of the four clients was disturbed twice, in its first submission.
    assert load.disturbed == {"503": 4, "RemoteProtocolError": 4}
    accepted = [item for body in server.bodies for item in (json.loads(body) if body[0] == "[" else [json.loads(body)])]
    assert {item["transaction_id"] for item in accepted} == load.accepted


def test_what_is_never_accepted_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    from argus_local.ports import free_port, release

    monkeypatch.setattr(steady, "PATIENCE_SECONDS", 0.1)
    port = free_port()
    with Steady(f"http://127.0.0.1:{port}", "key", prefix="t") as load:
        time.sleep(0.5)
    release(port)
    assert load.accepted == set()
    assert {"t-1-0", "t-0-0", "t-0-19"} <= set(load.lost)
    assert set(load.disturbed) == {"ConnectError"}
