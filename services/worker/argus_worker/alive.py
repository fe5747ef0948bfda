"""``python -m argus_worker.alive``: a container's probe. Loads neither Django nor Celery nor numpy."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from argus_records.conf import Env, SettingsError
from argus_records.life import FRESH_SECONDS, answer, fresh, numbered, place


def sign(env: Env) -> Path:
    """Where the worker's parent process shows life; its scoring processes add their number, beat adds its name."""
    return place(env, "ARGUS_WORKER_HEARTBEAT", "argus-worker-heartbeat")


def beat_sign(path: Path) -> Path:
    """Where beat shows life."""
    return path.with_name(f"{path.name}.beat")


def main(argv: Sequence[str] | None = None) -> int:
    """Status 0 if the worker (with ``--beat``: beat) is at work, else 1 and a sentence why not."""
    parser = argparse.ArgumentParser(
        prog="python -m argus_worker.alive",
        description="Whether the worker here is able to work: its parent process takes messages, or waits for Redis "
        "to come back, and at least one scoring process is ready and not hung. Status 0 if so, else 1.",
    )
    parser.add_argument("--beat", action="store_true", help="ask for beat, which sends the sweeps, instead")
    options = parser.parse_args(argv)
    try:
        path = sign(Env())
    except SettingsError as error:
        return answer(str(error))
    return answer(_beat_missing(path) if options.beat else _worker_missing(path))


def _beat_missing(path: Path) -> str:
    if fresh(beat_sign(path)):
        return ""
    return f"beat has not ticked for {FRESH_SECONDS:.0f} s ({beat_sign(path)}): not started, hung or dead"


def _worker_missing(path: Path) -> str:
    if not fresh(path):
        return (
            f"the worker's parent process shows no life for {FRESH_SECONDS:.0f} s ({path}): not started, hung or dead"
        )
    if not any(map(fresh, numbered(path))):
        return f"no scoring process shows life for {FRESH_SECONDS:.0f} s ({path}.<pid>): still starting, hung or dead"
    return ""


if __name__ == "__main__":
    sys.exit(main())
