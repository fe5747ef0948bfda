"""scripts/simulate: files that the API would take, the same each time."""

import json
from datetime import datetime
from pathlib import Path

import pytest
from argus_local import simulate
from argus_local.client import Client
from argus_local.stack import Stack

START = "2026-03-02T00:00:00+00:00"


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr("sys.argv", ["simulate", *words])
    return simulate.main()


def test_a_file_of_transactions_and_one_of_labels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, labels = tmp_path / "out.ndjson", tmp_path / "labels.ndjson"
    words = ("--transactions", "3000", "--seed", "3", "--start", START, "--out", str(out), "--labels", str(labels))
    assert run(monkeypatch, *words) == 0
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert len(lines) == 3000
    assert all(datetime.fromisoformat(line["occurred_at"]).utcoffset() is not None for line in lines)
    frauds = [json.loads(line) for line in labels.read_text().splitlines()]
    assert frauds
    assert {fraud["transaction_id"] for fraud in frauds} <= {line["transaction_id"] for line in lines}
    first = out.read_bytes()
    assert run(monkeypatch, *words) == 0
    assert out.read_bytes() == first


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--url", "http://127.0.0.1:1"), "--url needs --key"),
        (("--out", "x", "--start", "2026-03-02T00:00:00"), "--start needs an offset"),
        ((), "one of the arguments --out --url is required"),
    ],
)
def test_what_is_missing_is_named(
    words: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        run(monkeypatch, *words)
    assert said in capsys.readouterr().err


def test_an_argus_that_is_not_there_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "--transactions", "5", "--url", "http://127.0.0.1:1", "--key", "none") == 1
    assert "http://127.0.0.1:1" in capsys.readouterr().err


@pytest.mark.stack
def test_a_running_argus_takes_them(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    key = stack.api_key(client="simulate")
    words = ("--seed", "3", "--start", START, "--url", stack.url("web"), "--key", key)
    assert run(monkeypatch, *words, "--transactions", "1200") == 0
    assert "1200 transactions sent, 0 refused" in capsys.readouterr().out
    # Singly, and the same again: Argus knows them.
    assert run(monkeypatch, *words, "--transactions", "5", "--rate", "1000") == 0
    with Client(stack.url("web"), key) as client:
        assert len(list(client.follow(until=1200, seconds=60))) == 1200
