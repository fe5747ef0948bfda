"""A light HTTP client for measuring: it shares its two cores with what it measures.

Requests are prepared as bytes; connections are kept; an answer is its status and its body.
"""

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

BATCH_PATH: Final = "/api/v1/transactions/batch"
SINGLE_PATH: Final = "/api/v1/transactions"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and how long after the request was sent, in seconds."""

    status: int
    body: bytes
    seconds: float

    def json(self) -> Any:
        """The body, parsed."""
        return orjson.loads(self.body)


def request(
    method: str,
    path: str,
    *,
    key: str,
    body: bytes | None = None,
    content_type: str = "application/json",
    prefer: str = "",
) -> bytes:
    """One HTTP request, ready to send."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {key}"]
    if prefer:
        lines.append(f"Prefer: {prefer}")
    if body is not None:
        lines += [f"Content-Type: {content_type}", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + (body or b"")


class Connection:
    """One kept connection, one request at a time."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def send(self, data: bytes) -> Answer:
        """Send and wait for the answer. A connection that the server has closed is opened again, once."""
        started = time.perf_counter()
        for last in (False, True):
            try:
                return await self._exchange(data, started)
            except (OSError, asyncio.IncompleteReadError):
                self.close()
                if last:
                    raise
        raise AssertionError("unreachable")

    async def _exchange(self, data: bytes, started: float) -> Answer:
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port, limit=2**26)
        self._writer.write(data)
        head = await self._reader.readuntil(b"\r\n\r\n")
        status = int(head[9:12])
        lower = head.lower()
        at = lower.find(b"content-length:")
        length = int(lower[at + 15 : lower.index(b"\r\n", at)]) if at >= 0 else 0
        body = await self._reader.readexactly(length) if length else b""
        if b"connection: close" in lower:
            self.close()
        return Answer(status, body, time.perf_counter() - started)

    def close(self) -> None:
        """Hang up."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


async def _all(port: int, requests: Sequence[bytes], concurrency: int) -> list[Answer]:
    answers: list[Answer | None] = [None] * len(requests)
    places = iter(range(len(requests)))

    async def client() -> None:
        connection = Connection(port)
        for place in places:
            answers[place] = await connection.send(requests[place])
        connection.close()

    await asyncio.gather(*[client() for _ in range(min(concurrency, len(requests)))])
    return [answer for answer in answers if answer is not None]


def send_all(port: int, requests: Sequence[bytes], *, concurrency: int) -> tuple[list[Answer], float]:
    """Send as fast as ``concurrency`` connections can; answers in order, and the seconds it took."""
    started = time.perf_counter()
    answers = asyncio.run(_all(port, requests, concurrency))
    return answers, time.perf_counter() - started


async def _paced(port: int, requests: Sequence[bytes], rate: float) -> list[Answer]:
    free: list[Connection] = []
    answers: list[Answer | None] = [None] * len(requests)

    async def one(place: int) -> None:
        connection = free.pop() if free else Connection(port)
        answers[place] = await connection.send(requests[place])
        free.append(connection)

    started, tasks = time.perf_counter(), []
    for place in range(len(requests)):
        ahead = started + place / rate - time.perf_counter()
        if ahead > 0:
            await asyncio.sleep(ahead)
        tasks.append(asyncio.create_task(one(place)))
    await asyncio.gather(*tasks)
    for connection in free:
        connection.close()
    return [answer for answer in answers if answer is not None]


def send_paced(port: int, requests: Sequence[bytes], *, rate: float) -> list[Answer]:
    """Send ``rate`` a second, whether earlier ones are answered or not."""
    return asyncio.run(_paced(port, requests, rate))


def singles(key: str, bodies: Iterable[dict[str, Any]], *, prefer: str = "") -> list[bytes]:
    """One submission each."""
    return [request("POST", SINGLE_PATH, key=key, body=orjson.dumps(body), prefer=prefer) for body in bodies]


def batches(key: str, bodies: Sequence[dict[str, Any]], size: int) -> list[bytes]:
    """Bulk submissions of ``size``."""
    return [
        request("POST", BATCH_PATH, key=key, body=orjson.dumps(bodies[low : low + size]))
        for low in range(0, len(bodies), size)
    ]


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` of them lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
