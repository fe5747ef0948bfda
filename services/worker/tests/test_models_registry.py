"""The three calls to MLflow, against a real server."""

import http.server
import threading

import published
import pytest
from argus_local.servers import free_port
from argus_worker.registry import NoChampion, Registry, RegistryError, RegistryUnreachable


def test_the_version_of_an_alias_and_its_files(mlflow_url):
    shelf = published.Shelf(mlflow_url, "calls")
    version = shelf.add(1, tags={"colour": "blue"})
    shelf.promote(version)
    registry = Registry(mlflow_url)
    found = registry.by_alias("calls", "champion")
    assert (found.version, found.tags["colour"]) == (version, "blue")
    forest, described = registry.fetch(found, "forest.npz", "model.json")
    assert forest.startswith(b"PK")
    assert described.startswith(b"{")
    with pytest.raises(RegistryError, match=r"nothing\.txt"):
        registry.fetch(found, "nothing.txt")


def test_nothing_registered_and_nothing_promoted_are_told_apart(mlflow_url):
    registry = Registry(mlflow_url)
    with pytest.raises(NoChampion, match="no model has been registered yet"):
        registry.by_alias("never heard of", "champion")
    published.Shelf(mlflow_url, "unpromoted").add(1)
    with pytest.raises(NoChampion, match="no version of the model has been promoted"):
        registry.by_alias("unpromoted", "champion")


def test_nobody_at_the_address():
    port = free_port()
    with pytest.raises(RegistryUnreachable, match=f"the model registry at http://127.0.0.1:{port} cannot be reached"):
        Registry(f"http://127.0.0.1:{port}").by_alias("x", "champion")


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, b"<html>", RegistryError),
        (200, b"[]", RegistryError),
        (500, b"oops", RegistryUnreachable),
        (503, b'{"error_code": 7}', RegistryUnreachable),
        (403, b'{"error_code": "PERMISSION_DENIED", "message": "no"}', RegistryError),
    ],
)
def test_what_is_not_mlflow_or_refuses(status, body, expected):
    with _answering(status, body) as address, pytest.raises(expected):
        Registry(address).by_alias("x", "champion")


def test_one_that_never_answers_is_given_up():
    with _answering(200, b"", delay=True) as address, pytest.raises(RegistryUnreachable):
        Registry(address, timeout=0.2).by_alias("x", "champion")


def test_credentials_are_sent_and_never_shown():
    seen = []
    with _answering(500, b"", seen=seen) as address:
        registry = Registry(address.replace("http://", "http://us%40er:pa%3Ass@"))
        assert registry.address == address
        with pytest.raises(RegistryUnreachable) as raised:
            registry.by_alias("x", "champion")
    assert str(raised.value) == f"the model registry at {address} answers with status 500"
    assert seen == ["Basic dXNAZXI6cGE6c3M="]


@pytest.mark.parametrize("uri", ["file:///etc", "sqlite:///x.db", "./mlruns", "http://"])
def test_only_http_is_an_address(uri):
    with pytest.raises(ValueError, match="expected http or https"):
        Registry(uri)


class _answering:
    """A server that gives every request the same answer."""

    def __init__(self, status: int, body: bytes, *, delay: bool = False, seen: list | None = None) -> None:
        release = self._release = threading.Event()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if seen is not None:
                    seen.append(self.headers.get("Authorization"))
                if delay:
                    release.wait(10)
                    return
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)

    def __enter__(self) -> str:
        self._thread.start()
        return f"http://127.0.0.1:{self._server.server_port}"

    def __exit__(self, *_: object) -> None:
        self._release.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
