"""Progress for the person who waits, apart from what another program may want to read."""

import sys
import time


def say(text: str) -> None:
    """A line on standard error, with the time."""
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)
