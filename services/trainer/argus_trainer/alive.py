"""``python -m argus_trainer.alive``: a container's probe of a trainer on a schedule. Loads no framework."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from argus_records.conf import Env, SettingsError
from argus_records.life import FRESH_SECONDS, answer, fresh, place


def sign(env: Env) -> Path:
    """Where the trainer shows life."""
    return place(env, "ARGUS_TRAINER_HEARTBEAT", "argus-trainer-heartbeat")


def main(argv: Sequence[str] | None = None) -> int:
    """Status 0 if the trainer waits for its time or trains, else 1 and a sentence why not."""
    argparse.ArgumentParser(
        prog="python -m argus_trainer.alive",
        description="Whether the trainer that runs here on a schedule is alive: it waits for its time, or trains and "
        "is not hung. Status 0 if so, else 1.",
    ).parse_args(argv)
    try:
        path = sign(Env())
    except SettingsError as error:
        return answer(str(error))
    missing = f"the trainer shows no life for {FRESH_SECONDS:.0f} s ({path}): not started, hung or dead"
    return answer("" if fresh(path) else missing)


if __name__ == "__main__":
    sys.exit(main())
