"""The demo's own care: what --reset deletes, a first model that is refused, the stream that goes on."""

import argparse
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from argus_local import demo
from argus_local.processes import RefusedError, StartError
from argus_local.secret_store import SecretStore


def a_demo(folder: Path, *words: str) -> demo.Demo:
    options: argparse.Namespace = demo.parser().parse_args(["--data", str(folder), *words])
    return demo.Demo(options)


class FakeStack:
    """What the demo asks of a stack while it fills it, without the programs."""

    def __init__(self, folder: Path, failure: StartError | None = None) -> None:
        self.store, self._failure = SecretStore(folder), failure

    def train(self) -> None:
        if self._failure:
            raise self._failure


class FakeClient:
    """Takes everything."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []

    def submit_batch(self, bodies: list[dict[str, Any]]) -> None:
        self.taken += bodies

    def follow(self, *, until: int, seconds: float) -> list[int]:
        return list(range(until))

    def label(self, items: list[dict[str, Any]]) -> None:
        assert {item["label"] for item in items} == {"fraud"}


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "PAST", 3000)
    monkeypatch.setattr(demo, "CUSTOMERS", 200)


def test_a_folder_that_is_not_a_demos_is_not_deleted(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("three years of work")
    with pytest.raises(StartError, match="not a demo's data folder; nothing was deleted"):
        a_demo(tmp_path, "--reset").run()
    assert (tmp_path / "thesis.txt").exists()


def test_a_first_model_that_is_refused_does_not_end_the_demo(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stack: Any = FakeStack(tmp_path, RefusedError("version 1 is refused: its scores do not differ"))
    client: Any = FakeClient()
    a_demo(tmp_path)._past(stack, client)
    assert "rules decide alone. version 1 is refused" in capsys.readouterr().err
    assert stack.store.get("past") == "sent"


def test_a_start_that_was_broken_off_sends_the_same_again(tmp_path: Path) -> None:
    stack: Any = FakeStack(tmp_path, StartError("MLflow went away"))
    first, second = FakeClient(), FakeClient()
    for client in (first, second):
        taker: Any = client
        with pytest.raises(StartError, match="MLflow went away"):
            a_demo(tmp_path)._past(stack, taker)
    assert len(first.taken) == 3000
    assert first.taken == second.taken
    assert stack.store.get("past") is None


def test_the_living_stream_goes_on_where_the_past_ended(tmp_path: Path) -> None:
    stack: Any = FakeStack(tmp_path)
    client: Any = FakeClient()
    running = a_demo(tmp_path)
    running._past(stack, client)
    live = list(islice(running._now(running._past_from(stack)), 200))
    sent = {body["transaction_id"] for body in client.taken}
    assert not sent & {event.body["transaction_id"] for event in live}
    assert {event.body["customer_id"] for event in live} <= {body["customer_id"] for body in client.taken}
    assert max(body["occurred_at"] for body in client.taken) <= min(event.at.isoformat() for event in live)
