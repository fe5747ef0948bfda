"""Windows of a whole stream in memory: what live scoring measures, for backtests."""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from argus_engine.aggregates import Sums, measure, plan
from argus_engine.columns import Transactions
from argus_engine.replay import Ledger
from argus_engine.rules.language.windows import Window


class WindowReplay:
    """Takes a stream in processing order, batch by batch, beside a :class:`~argus_engine.replay.Replay`.

    Live, the database adds up the stretches of the past; here each of its transactions is a sum of its own. The numbers
    are the same to the last bit, for sums are of whole numbers.
    """

    def __init__(self, windows: Collection[Window]) -> None:
        self._windows = windows
        self._ledger = Ledger()

    @property
    def held(self) -> int:
        """How many transactions are kept."""
        return self._ledger.held

    def pass_by(self, batch: Transactions) -> None:
        """Take the next transactions without asking for the windows at them."""
        self._ledger.add(batch)

    def forget(self, until: int) -> None:
        """Nothing will be asked of event times up to ``until``, in microseconds, any more."""
        self._ledger.forget(until)

    def advance(self, batch: Transactions) -> dict[Window, NDArray[np.float64]]:
        """The windows' values at the next transactions, (n,) each."""
        if not self._windows:
            return {}
        past = self._ledger.fetch(plan(batch, self._windows))
        self._ledger.add(batch)
        return measure(batch, self._windows, Sums.of(past))
