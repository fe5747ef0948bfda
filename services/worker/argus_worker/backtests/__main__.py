"""``python -m argus_worker.backtests``: a backtest in the foreground, without the queue."""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from datetime import date

import orjson

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "argus_worker.settings")


def parser() -> argparse.ArgumentParser:
    """What the command line takes."""
    made = argparse.ArgumentParser(
        prog="scripts/backtest",
        description="Decides a past period of the ledger again, with another rule set or another model, on what was "
        "known then, and counts what would have been different. Changes nothing. The environment names the database "
        "(DATABASE_URL) and the model registry (MLFLOW_TRACKING_URI), as for a worker.",
    )
    made.add_argument("--ruleset", type=int, metavar="N", help="version of the rule set (default: those of then)")
    made.add_argument("--model", metavar="V", help="version of the model, or none for rules alone (default: of then)")
    made.add_argument("--from", dest="first", type=date.fromisoformat, required=True, metavar="DAY", help="first day")
    made.add_argument("--to", dest="last", type=date.fromisoformat, required=True, metavar="DAY", help="last day")
    made.add_argument("--minutes", type=float, help="an analyst's minutes per alert (default: ARGUS_MINUTES_PER_ALERT)")
    made.add_argument("--json", action="store_true", help="the whole result as one line of JSON")
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """Status 0 with the result on standard output, 1 and a sentence if there is none, 130 when interrupted."""
    options = parser().parse_args(argv)
    import django

    django.setup()
    from django.conf import settings

    from argus_worker.backtests.asked import Asked
    from argus_worker.backtests.report import report
    from argus_worker.backtests.run import replay
    from argus_worker.backtests.source import BacktestError

    minutes = settings.MINUTES_PER_ALERT if options.minutes is None else options.minutes
    asked = Asked(options.ruleset, options.model or "", options.first, options.last, minutes)
    started = time.monotonic()
    try:
        result = replay(asked, _shown if sys.stderr.isatty() else _quiet)
    except BacktestError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    result["seconds"] = round(time.monotonic() - started, 2)
    sys.stdout.write(orjson.dumps(result).decode() + "\n" if options.json else report(result))
    return 0


def _quiet(done: int, total: int) -> None:
    """Say nothing."""


def _shown(done: int, total: int) -> None:
    sys.stderr.write(f"\r{done:,} of {total:,} transactions" + ("\n" if done == total else ""))


if __name__ == "__main__":
    sys.exit(main())
