"""Prometheus metrics of the worker: where they are kept, and what is counted when."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from django.conf import settings

from argus_worker.rulesets import InForce
from argus_worker.scoring import Scored

_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
_own: str | None = None
_known: int | None = None


def prepare() -> None:
    """Before the processes fork: one folder in which each keeps its numbers."""
    global _own
    if _FOLDER not in os.environ:
        _own = os.environ[_FOLDER] = tempfile.mkdtemp(prefix="argus-worker-metrics-")


def serve(port: int) -> None:
    """Serve the sum on ``port``; 0 serves nothing."""
    if port:
        from argus_worker import exposition

        exposition.serve(port, Path(os.environ[_FOLDER]), code_version=settings.CODE_VERSION)


def discard() -> None:
    """At the end: leave nothing behind."""
    if _own is not None:
        shutil.rmtree(_own, ignore_errors=True)


def task(name: str, outcome: str) -> None:
    """Count a run of a task: started, succeeded, failed or retried."""
    from argus_worker import instruments

    instruments.TASKS.labels(name, outcome).inc()


def rules(in_force: InForce) -> None:
    """A batch is about to be judged by these rules: each of them is shown, also before it first errs."""
    global _known
    if in_force.version == _known:
        return
    from argus_worker import in_force as gauges
    from argus_worker import instruments

    gauges.ruleset(in_force.version)
    for rule in in_force.compiled.rules:
        instruments.RULE_HITS.labels(rule.code)
        instruments.RULE_ERRORS.labels(rule.code)
    _known = in_force.version


def folded(batches: int) -> None:
    """Count what was taken into what customers share."""
    from argus_worker import instruments

    instruments.FOLDED.inc(batches)


def fold_failed() -> None:
    """Count an attempt that failed."""
    from argus_worker import instruments

    instruments.FOLD_FAILURES.inc()


def sum_failed() -> None:
    """Count an attempt at the hours' sums that failed."""
    from argus_worker import instruments

    instruments.SUM_FAILURES.inc()


def count(scored: Scored, seconds: float) -> None:
    """Count one recorded batch."""
    from argus_worker import instruments as shown

    decisions = scored.batch.decisions
    verdicts = [decision.verdict for decision in decisions]
    for verdict in shown.VERDICTS:
        number = verdicts.count(verdict)
        if number:
            shown.DECIDED.labels(verdict).inc(number)
    shown.LATENCY.observe_all(scored.stored.latencies)
    shown.SCORE.observe_all([decision.score for decision in decisions])
    shown.BATCH.observe(len(decisions))
    shown.BATCH_SECONDS.observe(seconds)
    for rule, number in scored.rule_hits.items():
        shown.RULE_HITS.labels(rule).inc(number)
    for rule, number in scored.rule_errors.items():
        shown.RULE_ERRORS.labels(rule).inc(number)
    # Also where a model is in force and failed.
    alone = sum(decision.forest_score is None for decision in decisions)
    if alone:
        shown.WITHOUT_MODEL.inc(alone)
