"""The state of the page "System": what operators watch, for those who run no Grafana."""

import time
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from argus_records import __version__
from argus_records.selectors import monitoring, overview
from argus_records.selectors.training import Training, trainings_newest
from django.conf import settings
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from argus_web.dashboard.formats import iso_utc
from argus_web.dashboard.latest import Latest
from argus_web.dashboard.rolling import Rolling
from argus_web.ops import figures
from argus_web.ops.flow import flow
from argus_web.ops.kept import Kept

REASONS_HOURS: Final = 24
# How a training's end is to be taken: as good, as worth a look, or as a failure.
TONES: Final = {
    "promoted": "approve",
    "registered": "approve",
    "refused": "review",
    "too_few_transactions": "review",
    "registry_down": "block",
    "ledger_down": "block",
    "failed": "block",
}

OUTCOMES: Final = {
    "promoted": _("promoted"),
    "registered": _("registered"),
    "refused": _("refused"),
    "too_few_transactions": _("too few transactions"),
    "already_running": _("already running"),
    "registry_down": _("registry down"),
    "ledger_down": _("ledger down"),
    "stopped": _("stopped"),
    "failed": _("failed"),
}


def _reasons() -> list[tuple[str, int]]:
    return monitoring.reasons(since=datetime.now(UTC) - timedelta(hours=REASONS_HOURS))


reasons: Final[Kept[list[tuple[str, int]]]] = Kept(_reasons, seconds=30.0)
trainings: Final[Kept[list[Training]]] = Kept(lambda: trainings_newest(limit=8), seconds=10.0)


class SystemStates(Latest):
    """States of the page."""

    def __init__(self) -> None:
        super().__init__()
        self._rolling = Rolling()

    def _make(self) -> dict[str, Any]:
        now = time.time()
        self._rolling.update(now=now)
        backlog = overview.backlog()
        oldest = max(0.0, now - backlog.oldest.timestamp()) if backlog.oldest else None
        return {
            "minutes": self._minutes(now, backlog.depth, oldest),
            "rate": self._rolling.per_minute_now(now=now),
            "latency": self._rolling.latency(now=now),
            "hour": self._rolling.hour(),
            "queue": {
                "depth": backlog.depth,
                "cap": overview.COUNT_CAP,
                "oldest_s": None if oldest is None else round(oldest, 1),
            },
            "workers": _workers(now),
            "model": _model(now),
            "desk": _desk(),
            "reasons": _reasons_shown(),
            "trainings": _trainings(),
            "room": _room(),
            "build": {"version": __version__, "code": settings.CODE_VERSION},
        }

    def _minutes(self, now: float, depth: int, oldest: float | None) -> dict[str, Any]:
        first, minutes = self._rolling.minutes(now=now)
        came = flow(
            first=first,
            minutes=minutes,
            slots=self._rolling.slots(),
            arrivals=monitoring.arrivals_waiting(cap=overview.COUNT_CAP) if depth else {},
            depth=depth,
            oldest=oldest,
        )
        return {
            **self._rolling.per_minute(now=now),
            "received": came.received,
            "waiting": came.waiting,
            "longest": [None if wait is None else round(wait, 3) for wait in came.longest],
            "batch": [round(minute.size / minute.batches, 1) if minute.batches else None for minute in minutes],
            "largest": [minute.largest or None for minute in minutes],
        }


def _workers(now: float) -> list[dict[str, Any]] | None:
    running = figures.workers.get()
    if running is None:
        return None
    return [
        {
            "name": str(worker.get("worker")),
            "model": worker.get("model_version"),
            "trained_at": _moment(worker.get("model_trained_at")),
            "ruleset": worker.get("ruleset_version"),
            "note": worker.get("model_note") or "",
            "seen_s": round(max(0.0, now - float(worker["seen_at"])), 1),
        }
        for worker in running
    ]


def _model(now: float) -> dict[str, Any]:
    """The newest model that a worker decides with; without a worker's word, that of the latest decision."""
    force = overview.in_force()
    running = figures.workers.get() or []
    said: dict[str, Any] = {
        "ruleset": force.ruleset_version,
        "version": force.decided_model,
        "trained_at": None,
        "age_s": None,
        "max_age_s": settings.MODEL_MAX_AGE_HOURS * 3600,
    }
    if running:
        newest = max(running, key=lambda worker: float(worker.get("model_trained_at") or 0))
        trained = newest.get("model_trained_at")
        said |= {"version": newest.get("model_version"), "trained_at": _moment(trained)}
        said["age_s"] = round(now - float(trained)) if trained else None
    return said


def _moment(seconds: object) -> str | None:
    return iso_utc(datetime.fromtimestamp(float(str(seconds)), UTC)) if seconds else None


def _desk() -> dict[str, int] | None:
    known = figures.ledger.get()
    return None if known is None else {**known.desk.waiting, "overdue": known.desk.overdue}


def _reasons_shown() -> list[dict[str, Any]]:
    return [
        {"code": code, "alerts": count, "address": f"{reverse('alerts')}?{urlencode({'status': 'all', 'code': code})}"}
        for code, count in reasons.get() or []
    ]


def _trainings() -> list[dict[str, Any]]:
    return [
        {
            **asdict(training),
            "at": iso_utc(training.at),
            "tone": TONES.get(training.outcome, ""),
            "said": str(OUTCOMES.get(training.outcome, training.outcome)),
        }
        for training in trainings.get() or []
    ]


def _room() -> dict[str, Any]:
    disk = figures.disk()
    return {
        "database": figures.size.get(),
        "capacity": settings.DATABASE_CAPACITY_GIB * 2**30 or None,
        "disk": None if disk is None else asdict(disk),
    }


states = SystemStates()
