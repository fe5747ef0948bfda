"""The command line: one training now, or one at each time that a cron expression names."""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence
from types import FrameType

import django
import structlog
from argus_records.conf import SettingsError
from croniter import croniter

from argus_trainer.config import MAX_WINDOW_DAYS, Config

EPILOG = """exit status of --once:
  0  a version was registered, and promoted unless --no-promote
  1  an error that is none of the others; the log has it
  2  wrong usage or settings
  3  too few transactions to learn from
  4  MLflow cannot be reached or did not do its part
  5  another trainer is at work
  6  a version was registered and refused by its checks
  7  the ledger cannot be read
With --settled, 3, 5 and 6 end with 0 too: nothing is broken, and another try would come to the same.
On a schedule every outcome is logged, and the next time is awaited. SIGTERM ends either with status 0.

environment: DATABASE_URL, REDIS_URL, MLFLOW_TRACKING_URI, ARGUS_MODEL_NAME, ARGUS_TRAINER_CRON,
ARGUS_TRAINER_METRICS_PORT, ARGUS_TRAINER_HEARTBEAT, ARGUS_ALERTS_A_DAY, ARGUS_REVIEW_RATE, ARGUS_LOG_LEVEL,
ARGUS_LOG_FORMAT"""


def parser() -> argparse.ArgumentParser:
    """What the command line takes."""
    made = argparse.ArgumentParser(
        prog="python -m argus_trainer",
        description="Train the Isolation Forest on the ledger, register it, promote it if its checks pass.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    when = made.add_mutually_exclusive_group()
    when.add_argument("--once", action="store_true", help="train now and exit")
    when.add_argument(
        "--schedule", metavar="CRON", type=_cron, help="when to train, in UTC (default: ARGUS_TRAINER_CRON)"
    )
    made.add_argument(
        "--settled",
        action="store_true",
        help="with --once, for what starts it on a schedule: fail only where another try might do better",
    )
    made.add_argument(
        "--window-days",
        type=_whole(1, MAX_WINDOW_DAYS),
        default=Config.window_days,
        help="learn from transactions of this many days, up to the latest (default: %(default)s)",
    )
    made.add_argument(
        "--min-transactions",
        type=_whole(100, 10**9),
        default=Config.min_transactions,
        help="do not learn from fewer (default: %(default)s)",
    )
    made.add_argument(
        "--promote",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="move the alias to the new version if its checks pass (default: yes)",
    )
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    made = parser()
    options = made.parse_args(argv)
    if options.settled and not options.once:
        made.error("--settled goes with --once")
    os.environ["DJANGO_SETTINGS_MODULE"] = "argus_trainer.settings"
    try:
        django.setup()
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    from argus_trainer import attempt, heartbeat, metrics, outcomes, schedule, settings

    log = structlog.get_logger(__name__)
    config = Config(
        tracking_uri=settings.MLFLOW_TRACKING_URI,
        model_name=settings.MODEL_NAME,
        code_version=settings.CODE_VERSION,
        window_days=options.window_days,
        min_transactions=options.min_transactions,
        promote=options.promote,
        review_rate=settings.REVIEW_RATE,
        alerts_a_day=settings.ALERTS_A_DAY,
    )
    stop = threading.Event()
    _stop_on_signals(stop)
    if options.once:
        # Without metrics: it is over before anybody asks, and may run beside one on a schedule that has the port.
        ended = attempt.attempt(config, stop)
        sys.stdout.write(f"{ended.summary}\n")
        return 0 if options.settled and ended.status in outcomes.SETTLED else ended.status
    metrics.serve(settings.TRAINER_METRICS_PORT, code_version=settings.CODE_VERSION)
    with heartbeat.shown(settings.TRAINER_HEARTBEAT) as heart:
        for _ in schedule.occasions(options.schedule or settings.TRAINER_CRON, stop):
            with heart.training():
                attempt.attempt(config, stop)
    log.info("trainer stopped")
    return 0


def _stop_on_signals(stop: threading.Event) -> None:
    def handle(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handle)


def _cron(text: str) -> str:
    if not croniter.is_valid(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a cron expression such as '0 3 * * *'")
    return text


class _whole:
    """An argparse type: a whole number within bounds."""

    def __init__(self, low: int, high: int) -> None:
        self.low, self.high = low, high

    def __call__(self, text: str) -> int:
        if not text.isdecimal() or not self.low <= int(text) <= self.high:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {self.low} to {self.high}")
        return int(text)
