"""The environment of programs: nothing of the caller's steers them elsewhere."""

from pathlib import Path

import pytest
from argus_local.environment import environment
from argus_local.stack import USUAL_PORTS


def made(**extra: str) -> dict[str, str]:
    return environment(
        data=Path("/data"), ports=USUAL_PORTS, database="postgresql://here/argus", redis="redis://here/0",
        secret_key="secret", extra=extra,
    )  # fmt: skip


def test_the_callers_settings_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ARGUS_LOG_LEVEL", "DJANGO_SETTINGS_MODULE", "DATABASE_URL", "DATABASE_URL_FILE", "REDIS_URL_FILE",
                 "PGOPTIONS", "CELERY_BROKER_URL", "FLOWER_PORT", "MLFLOW_TRACKING_TOKEN", "WEB_CONCURRENCY",
                 "GUNICORN_CMD_ARGS"):  # fmt: skip
        monkeypatch.setenv(name, "elsewhere")
    assert "elsewhere" not in made().values()
    assert made()["DATABASE_URL"] == "postgresql://here/argus"


def test_what_is_asked_for_comes_last() -> None:
    assert made(ARGUS_LOG_LEVEL="DEBUG", ARGUS_MODEL_CACHE="/other")["ARGUS_MODEL_CACHE"] == "/other"


def test_loopback_is_never_behind_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy:3128")
    monkeypatch.setenv("no_proxy", "intranet")
    assert made()["no_proxy"] == made()["NO_PROXY"] == "intranet,127.0.0.1,localhost"
    assert made()["HTTP_PROXY"] == "http://proxy:3128"
