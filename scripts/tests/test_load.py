"""The load's HTTP client against a server that answers in parts and hangs up."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
from argus_local import load
from argus_local.ports import free_port, release


class Echo:
    """Answers each request with its own body; hangs up after every third."""

    def __init__(self, port: int) -> None:
        self.port, self.taken = port, 0
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        async def serve() -> None:
            self._stop = asyncio.Event()
            server = await asyncio.start_server(self._client, "127.0.0.1", self.port)
            self._ready.set()
            await self._stop.wait()
            server.close()

        self._loop.run_until_complete(serve())
        self._loop.close()

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for number in range(3):
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                break
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            body = await reader.readexactly(length)
            self.taken += 1
            close = b"Connection: close\r\n" if number == 2 else b""
            writer.write(b"HTTP/1.1 202 Accepted\r\n" + close + b"Content-Length: %d\r\n\r\n" % length)
            await writer.drain()
            await asyncio.sleep(0)
            writer.write(body)
            await writer.drain()
        writer.close()
        await writer.wait_closed()

    def __enter__(self) -> "Echo":
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()


@pytest.fixture
def echo() -> Iterator[Echo]:
    port = free_port()
    with Echo(port) as server:
        yield server
    release(port)


def test_answers_come_in_the_order_of_requests(echo: Echo) -> None:
    prepared = load.singles("key", [{"number": number} for number in range(100)])
    answers, seconds = load.send_all(echo.port, prepared, concurrency=7)
    assert [answer.json()["number"] for answer in answers] == list(range(100))
    assert {answer.status for answer in answers} == {202}
    assert echo.taken == 100
    assert seconds > 0


def test_paced_requests_are_all_answered(echo: Echo) -> None:
    answers = load.send_paced(echo.port, load.singles("key", [{"n": n} for n in range(20)]), rate=1000)
    assert [answer.json()["n"] for answer in answers] == list(range(20))


def test_batches_hold_everything_once() -> None:
    prepared = load.batches("key", [{"n": n} for n in range(10)], 4)
    assert [request.count(b'"n"') for request in prepared] == [4, 4, 2]
    assert all(b"Authorization: Bearer key\r\n" in request for request in prepared)


@pytest.mark.parametrize(("share", "value"), [(0.0, 1), (0.5, 51), (0.99, 100), (1.0, 100)])
def test_percentiles(share: float, value: int) -> None:
    assert load.percentile([*range(100, 0, -1)], share) == value
