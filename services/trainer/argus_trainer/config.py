"""What one trainer is told to do."""

from dataclasses import dataclass
from typing import Final

MAX_WINDOW_DAYS: Final = 3650
# The newest of the window. More teach little that is new, and this many fit in memory.
MOST_TRANSACTIONS: Final = 1_000_000


@dataclass(frozen=True)
class Config:
    """From settings and command line; nothing below reads either."""

    tracking_uri: str
    model_name: str
    code_version: str
    window_days: int = 90
    min_transactions: int = 1_000
    promote: bool = True
    # What can be worked: the share of transactions that the score sends to review, five in a thousand; or, where it is
    # set, how many a day.
    review_rate: float = 0.005
    alerts_a_day: float | None = None
