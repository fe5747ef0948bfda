"""The trainer's sign of life: there while it waits for its time, and while it trains."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from argus_records.life import Pulse, Sign

# A training takes minutes, of a very large ledger hours; one that takes a day is hung.
HUNG_SECONDS = 86_400.0


class Heart:
    """Well, unless the training at hand is hung."""

    def __init__(self) -> None:
        self._training_since: float | None = None

    def well(self) -> bool:
        """Whether there is life to show."""
        since = self._training_since
        return since is None or time.monotonic() - since < HUNG_SECONDS

    @contextmanager
    def training(self) -> Iterator[None]:
        """A training, from beginning to end."""
        self._training_since = time.monotonic()
        try:
            yield
        finally:
            self._training_since = None


@contextmanager
def shown(path: Path) -> Iterator[Heart]:
    """Show life at ``path`` until the end of the block."""
    heart = Heart()
    pulse = Pulse(Sign(path), well=heart.well)
    pulse.start()
    try:
        yield heart
    finally:
        pulse.stop()
