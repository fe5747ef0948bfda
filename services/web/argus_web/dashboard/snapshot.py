"""The state of the live overview."""

import time
from typing import Any

from argus_records.selectors import overview
from argus_records.selectors.alerts import COUNT_CAP
from argus_records.selectors.cases import deadlines

from argus_web.accounts.veil import Shown, alerts_veiled
from argus_web.dashboard.formats import alert_summary
from argus_web.dashboard.latest import Latest
from argus_web.dashboard.rolling import Rolling
from argus_web.dashboard.workers import workers_running


class Snapshots(Latest):
    """Snapshots of the overview."""

    def __init__(self) -> None:
        super().__init__()
        self._rolling = Rolling()

    def _make(self) -> dict[str, Any]:
        now = time.time()
        self._rolling.update(now=now)
        backlog = overview.backlog()
        return {
            "minutes": self._rolling.per_minute(now=now),
            "rate": self._rolling.per_minute_now(now=now),
            "hour": self._rolling.hour(),
            "latency": self._rolling.latency(now=now),
            "queue": {
                "depth": backlog.depth,
                "cap": overview.COUNT_CAP,
                "oldest_s": round(max(0.0, now - backlog.oldest.timestamp()), 1) if backlog.oldest else None,
            },
            "waiting": overview.alerts_waiting() | {"cap": overview.WAITING_CAP},
            "cases": deadlines() | {"cap": COUNT_CAP},
            "force": _force(),
            "alerts": [alert_summary(alert) for alert in alerts_veiled(overview.alerts_newest(), Shown.MASKED)],
        }


def _force() -> dict[str, Any]:
    force = overview.in_force()
    running = workers_running()
    said = {
        "ruleset": force.ruleset_version,
        "model": force.decided_model,
        "decided_at": force.decided_at,
        "note": "",
        "workers": None if running is None else len(running),
    }
    if running:
        # What runs now is newer than what the latest decision says; workers that differ are about to agree.
        newest = max(running, key=lambda worker: float(worker["seen_at"]))
        said |= {"model": newest.get("model_version"), "note": newest.get("model_note") or ""}
    return said


snapshots = Snapshots()
