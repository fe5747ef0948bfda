"""The hub: one thread makes, every viewer gets the same."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from argus_web.dashboard import hub as hub_module
from argus_web.dashboard.hub import Hub, Viewer

Make = Callable[..., Hub]


class Events:
    """Stands for the Redis listener."""

    def __init__(self) -> None:
        self.listeners: set[Any] = set()

    def add(self, listener: Any) -> None:
        self.listeners.add(listener)

    def remove(self, listener: Any) -> None:
        self.listeners.discard(listener)


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Makes hubs with quick clocks, and stops them."""
    closed = type("Connection", (), {"close": staticmethod(lambda: None)})
    monkeypatch.setattr(hub_module, "connection", closed)
    monkeypatch.setattr(hub_module, "SNAPSHOT_SECONDS", 0.02)
    monkeypatch.setattr(hub_module, "LINGER_SECONDS", 0.05)
    monkeypatch.setattr(hub_module, "HEARTBEAT_SECONDS", 0.5)
    hubs: list[Hub] = []

    def made(snapshot: Callable[[], bytes], limit: int = 3) -> Hub:
        hub = Hub(snapshot=snapshot, describe=lambda alert: {"id": alert["id"]}, events=Events(), limit=limit)  # type: ignore[arg-type]
        hubs.append(hub)
        return hub

    yield made
    for hub in hubs:
        hub.serve_while(lambda: False)
        thread = hub._thread
        if thread is not None:
            thread.join(5)
            assert not thread.is_alive()


def join(hub: Hub, allowed: Callable[[], bool] = lambda: True) -> Viewer:
    viewer = hub.join(allowed=allowed)
    assert viewer is not None
    return viewer


def until(viewer: Viewer, wanted: bytes) -> bytes:
    """What the viewer gets until ``wanted`` is in it."""
    got = b""
    for piece in itertools.islice(viewer, 60):
        got += piece
        if wanted in got:
            return got
    raise AssertionError(f"{wanted!r} never came")


def heard(hub: Hub, *ids: int) -> None:
    hub.hear({"alerts": [{"id": number} for number in ids]})


def test_the_state_comes_first_and_then_only_what_changes(make: Make) -> None:
    states = iter([b'"one"', b'"one"', b'"one"', b'"two"'])
    hub = make(lambda: next(states, b'"two"'))
    viewer = join(hub)
    got = until(viewer, b'"two"')
    assert got.startswith(b"retry: 3000\n\n")
    assert got.count(b"event: snapshot") == 2
    assert got.index(b'"one"') < got.index(b'"two"')
    assert b"\nid: " in got
    # Who comes later gets what is in force at once.
    assert b'"two"' in next(join(hub))


def test_all_viewers_get_the_same_bytes_and_one_snapshot_is_made(make: Make) -> None:
    numbers = itertools.count()
    hub = make(lambda: str(min(next(numbers), 5)).encode())
    viewers = [join(hub) for _ in range(3)]
    assert len({until(viewer, b"data: 5\n")[-30:] for viewer in viewers}) == 1


def test_beyond_the_limit_nobody_joins_until_somebody_leaves(make: Make) -> None:
    hub = make(lambda: b"1", limit=2)
    first, _second = join(hub), join(hub)
    assert hub.join(allowed=lambda: True) is None
    first.close()
    assert hub.viewers == 1
    assert hub.join(allowed=lambda: True) is not None


def test_a_response_that_is_lost_gives_its_place_back(make: Make) -> None:
    hub = make(lambda: b"1", limit=1)
    viewer: Viewer | None = join(hub)
    assert viewer is not None
    viewer = None
    assert hub.viewers == 0


def test_alerts_go_out_at_once(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "SNAPSHOT_SECONDS", 3600.0)
    hub = make(lambda: b'"state"')
    viewer = join(hub)
    until(viewer, b'"state"')
    heard(hub, 1, 2)
    assert b'event: alerts\ndata: {"count":2,"alerts":[{"id":1},{"id":2}]}\n\n' in until(viewer, b"alerts")
    hub.serve_while(lambda: False)
    heard(hub, 3)


def test_a_burst_goes_out_together(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "ALERTS_SECONDS", 0.2)
    hub = make(lambda: b'"state"')
    viewer = join(hub)
    until(viewer, b'"state"')
    heard(hub, 0)
    until(viewer, b'"count":1,')
    for number in range(1, 101):
        heard(hub, number)
    got = until(viewer, b'{"id":100}')
    assert got.count(b"event: alerts") <= 2
    assert b'{"id":81}' in got


def test_an_alert_that_cannot_be_described_stops_nothing(make: Make) -> None:
    hub = make(lambda: b'"state"')
    viewer = join(hub)
    until(viewer, b'"state"')
    hub.hear({"alerts": [{"no": "id"}]})
    hub.hear({"size": 3})
    heard(hub, 5)
    until(viewer, b'{"id":5}')


def test_trouble_is_told_and_so_is_its_end(make: Make) -> None:
    answers = iter([OSError("database is gone"), OSError("database is gone"), b'"well"'])

    def snapshot() -> bytes:
        answer = next(answers, b'"well"')
        if isinstance(answer, bytes):
            return answer
        raise answer

    got = until(join(make(snapshot)), b'"well"')
    assert got.count(b"event: trouble") == 1
    assert got.index(b"trouble") < got.index(b'"well"')


def test_silence_is_broken_by_heartbeats(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "HEARTBEAT_SECONDS", 0.01)
    viewer = join(make(lambda: b'"same"'))
    until(viewer, b'"same"')
    assert next(viewer) == b": \n\n"


def test_whoever_signs_out_is_told_and_let_go(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "SESSION_SECONDS", 0.0)
    answers = iter([True, True, False])
    hub = make(lambda: b'"state"')
    viewer = join(hub, allowed=lambda: next(answers))
    got = b"".join(viewer)
    assert got.endswith(b"event: signed-out\ndata: {}\n\n")


def test_a_server_that_stops_ends_every_stream(make: Make) -> None:
    hub = make(lambda: b'"state"')
    viewers = [join(hub), join(hub)]
    for viewer in viewers:
        until(viewer, b'"state"')
    hub.serve_while(lambda: False)
    for viewer in viewers:
        list(viewer)
    assert hub.closing
    assert hub.join(allowed=lambda: True) is None


def test_without_viewers_the_thread_rests(make: Make) -> None:
    made = itertools.count()
    hub = make(lambda: str(next(made)).encode())
    viewer = join(hub)
    until(viewer, b"data: 1\n")
    thread = hub._thread
    assert thread is not None
    viewer.close()
    thread.join(5)
    assert not thread.is_alive()
    assert hub._events.listeners == set()  # type: ignore[attr-defined]
    # And comes back with the next, who does not get what was true long ago.
    again = join(hub)
    assert next(again) == b"retry: 3000\n\n"
    until(again, b"event: snapshot")


def test_a_stream_given_up_is_cut_one_that_ended_is_not(make: Make) -> None:
    cut: list[str] = []
    hub = make(lambda: b'"state"')
    given_up = hub.join(allowed=lambda: True, abandoned=lambda: cut.append("given up"))
    ended = hub.join(allowed=lambda: True, abandoned=lambda: cut.append("ended"))
    assert given_up is not None
    assert ended is not None
    until(given_up, b'"state"')
    given_up.close()
    given_up.close()
    hub.serve_while(lambda: False)
    list(ended)
    ended.close()
    assert cut == ["given up"]
