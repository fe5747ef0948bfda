"""Labels as a stream of statements, of which a newer one supersedes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from argus_engine.columns import Transactions


@dataclass(frozen=True, slots=True)
class LabelEvents:
    """n statements about transactions, in the order in which they became known.

    ``transactions``: what each speaks of, a row each; told apart by ``ids``, and processed already or not. ``fraud``
    bool (n,): fraud or genuine. ``observed_at`` int64 (n,), microseconds: of several statements on one transaction the
    latest observed is in force, of two of the same moment the one that comes later here. ``number`` int64 (n,),
    ascending: what a watermark counts by. That is the ledger's label id, or, for a stream cut into slices, the number
    of the first slice that knows of it.
    """

    transactions: Transactions
    fraud: NDArray[np.bool_]
    observed_at: NDArray[np.int64]
    number: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.transactions)

    @classmethod
    def of(
        cls,
        transactions: Transactions,
        fraud: NDArray[np.bool_],
        *,
        observed_at: NDArray[np.int64] | None = None,
        number: NDArray[np.int64] | None = None,
    ) -> "LabelEvents":
        """Without ``observed_at`` the later statement supersedes; without ``number`` all are known at once."""
        nothing = np.zeros(len(transactions), np.int64)
        return cls(
            transactions,
            np.asarray(fraud, bool),
            nothing if observed_at is None else observed_at,
            nothing if number is None else number,
        )

    @classmethod
    def from_rows(cls, transactions: Transactions, said: Sequence[tuple[int, bool, int]]) -> "LabelEvents":
        """From what is ``said`` of each: its number, whether it is fraud, observed when."""
        number, fraud, observed_at = zip(*said, strict=True) if said else ((), (), ())
        return cls(transactions, np.array(fraud, bool), np.array(observed_at, np.int64), np.array(number, np.int64))

    @classmethod
    def none(cls) -> "LabelEvents":
        """No statement."""
        return cls.of(Transactions.from_rows([]), np.zeros(0, bool))


class Standing:
    """Which statement on each transaction is in force.

    ``earlier``: what has been said before, in order: transaction, observed when, whether fraud.
    """

    def __init__(self, earlier: Iterable[tuple[int, int, bool]] = ()) -> None:
        self._of: dict[int, tuple[int, bool]] = {}
        for said in earlier:
            self._change(*said)

    def take(self, labels: LabelEvents) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """What each statement changes: one more labelled (0 or 1), one more fraud or one fewer (1, 0, -1)."""
        said = zip(labels.transactions.ids.tolist(), labels.observed_at.tolist(), labels.fraud.tolist(), strict=True)
        changes = np.array([self._change(*one) for one in said], np.int64).reshape(-1, 2)
        return np.ascontiguousarray(changes[:, 0]), np.ascontiguousarray(changes[:, 1])

    def _change(self, transaction: int, observed_at: int, fraud: bool) -> tuple[int, int]:
        before = self._of.get(transaction)
        if before is not None and observed_at < before[0]:
            return 0, 0
        self._of[transaction] = observed_at, fraud
        return int(before is None), int(fraud) - int(before is not None and before[1])
