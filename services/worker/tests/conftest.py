"""What tests of tasks share: nobody to show life to."""

from types import SimpleNamespace

import pytest
from argus_worker import runtime


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks run in this process, which is no worker's: it has no sign of life to give."""
    silent = SimpleNamespace(work=lambda: None, rest=lambda: None, ruleset_version=None)
    monkeypatch.setattr(runtime, "heartbeat", lambda: silent)
    monkeypatch.setattr(runtime, "follower", lambda: SimpleNamespace(current=(None, "none yet")))
    monkeypatch.setattr(runtime, "worker_name", lambda: "test")
