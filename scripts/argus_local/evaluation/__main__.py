"""Replays a labelled stream in the order of time through the product's own features, trainer and combiner.

Each tested week is decided by the version trained on all that was known when it began. Reported are, per week and on
average, AUC, average precision (AP), card precision (CP@100), and at an alert rate of 0.5 % precision and the share of
the fraudulent amount that was alerted (VDR): for the hybrid, and for the forest and the rules alone. A run in MLflow
keeps them, at MLFLOW_TRACKING_URI if that is set.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from argus_local.evaluation import report, weeks
from argus_local.evaluation.regimes import REGIMES, walk
from argus_local.evaluation.stream import OPTIONAL, REQUIRED, StreamError, read


def parser() -> argparse.ArgumentParser:
    """What the command line takes."""
    made = argparse.ArgumentParser(
        prog="scripts/evaluate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument(
        "dataset",
        type=Path,
        metavar="DATASET.parquet",
        help="columns tx_id, timestamp (UTC), customer_id, counterparty_id (may lack), amount, "
        "label (1 fraud, 0 genuine, -1 not known); others are ignored unless mapped",
    )
    made.add_argument(
        "--regime",
        choices=REGIMES,
        required=True,
        help="label-free: no label is ever seen; delayed: every label 7 days late; "
        "reviewed: each day the 100 customers ranked highest are reviewed, and what they did in the 28 days before is "
        "labelled by the end of the next day; nothing else is",
    )
    made.add_argument(
        "--weeks",
        metavar="FROM:TO",
        help="first and last day to test, as 2018-08-08:2018-09-04; all before is the past (default: the last 4 weeks)",
    )
    made.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="FIELD=COLUMN",
        help=f"take a field from this column; fields: {', '.join((*REQUIRED, *OPTIONAL))}; may be repeated",
    )
    made.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    made.add_argument("--no-mlflow", action="store_true", help="keep no run in MLflow")
    return made


def mapped(pairs: list[str]) -> dict[str, str]:
    """Per field its column."""
    found = {}
    for pair in pairs:
        field, sign, column = pair.partition("=")
        if not sign or not column or field not in (*REQUIRED, *OPTIONAL):
            raise StreamError(
                f"--map is {pair!r}; expected FIELD=COLUMN with one of {', '.join((*REQUIRED, *OPTIONAL))}"
            )
        found[field] = column
    return found


def evaluated(path: Path, regime: str, words: str | None, pairs: list[str]) -> dict[str, Any]:
    """The whole result, told on the way."""
    begun = time.monotonic()
    stream = read(path, mapped(pairs))
    tested = weeks.chosen(words, stream.at)
    report.opening(stream, regime, tested)
    found = []
    for week in walk(stream, regime, tested):
        found.append(report.of_week(stream, week))
        report.told(found[-1])
    return report.whole(stream, regime, found, time.monotonic() - begun)


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit status."""
    given = parser().parse_args(arguments)
    # Two threads that wait for each other are slower than one: no more than there are processors.
    os.environ.setdefault("OMP_NUM_THREADS", str(len(os.sched_getaffinity(0))))
    try:
        result = evaluated(given.dataset, given.regime, given.weeks, given.map)
    except StreamError as error:
        print(f"scripts/evaluate: {error}", file=sys.stderr)
        return 2
    report.closing(result)
    if not given.no_mlflow:
        from argus_local.evaluation import tracking

        print(tracking.keep(result), flush=True)
    if given.json:
        print(json.dumps({key: value for key, value in result.items() if not key.startswith("_")}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
