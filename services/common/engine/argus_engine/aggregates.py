"""Sliding windows of any length that rules ask for, from sums over stretches of the past.

A window of length w at event time t covers (t - w, t]: this transaction, and those of its customer that were processed
before. Over a batch, the times t and t - w of all its transactions cut a customer's past into stretches, and each
stretch lies wholly inside or wholly outside of each window. So the past is needed by stretch only: how many, how much,
and, where something asks for it, by which kinds and values. :func:`plan` names the stretches, each row of the past in
one of them at most; :func:`measure` adds them up. Nothing is approximated.

What it costs: a batch of n transactions has at most n * (1 + lengths) stretches, and for each the ledger adds up rows
by index, inside the database. A row is read once per batch and customer, however many windows and rules ask for it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from argus_engine._jit import njit
from argus_engine.columns import Transactions
from argus_engine.money import minor_digits
from argus_engine.rules.language.windows import Window
from argus_engine.windows import first_after

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

# The fields by which earlier transactions can be told apart, in the order of a row of sums.
FIELDS: Final = ("type", "counterparty", "country", "channel", "device")
# Up to here floats hold every whole number. Sums of minor units stand still there: 90 trillion euro.
MOST: Final = float(2**53)
_AGGREGATES: Final = ("count", "sum", "average", "max", "distinct")


@dataclass(frozen=True, slots=True)
class Stretches:
    """Event times (after, until], in microseconds, of customers' pasts; no two of one customer overlap."""

    customer: list[str]
    after: I64
    until: I64


@dataclass(frozen=True, slots=True)
class Sums:
    """Transactions added up: m groups, each of one customer, stretch and currency, and of one value in each field of
    ``values``.

    ``at``: any time within the stretch. ``total`` and ``most``: sum and maximum of amounts in minor units, MOST at
    most. ``values``: None where not known.
    """

    customer: list[str]
    at: I64
    currency: list[str]
    count: I64
    total: F64
    most: F64
    values: Mapping[str, list[str | None]]

    @classmethod
    def of(cls, batch: Transactions) -> "Sums":
        """Each transaction as a group of its own."""
        amount = np.minimum(batch.amount.astype(np.float64), MOST)
        values = {name: getattr(batch, name) for name in FIELDS}
        one = np.ones(len(batch), np.int64)
        return cls(batch.customer, batch.occurred_at, batch.currency, one, amount, amount, values)


def plan(batch: Transactions, windows: Collection[Window]) -> Stretches:
    """The stretches (after, until] of the past that :func:`measure` needs to have added up, none of them overlapping.

    Empty without windows. A stretch in which nothing happened needs no row.
    """
    if not windows or not len(batch):
        return Stretches([], np.empty(0, np.int64), np.empty(0, np.int64))
    names = list(dict.fromkeys(batch.customer))
    index = {name: place for place, name in enumerate(names)}
    owner = np.array([index[name] for name in batch.customer], np.intp)
    lengths = sorted({window.length for window in windows})
    owners = np.tile(owner, 1 + len(lengths))
    cuts = np.concatenate([batch.occurred_at, *(batch.occurred_at - length for length in lengths)])
    ends = np.arange(len(cuts)) < len(batch)
    # Of equal times, the end of a window first: the stretch before it belongs to it.
    order = np.lexsort((~ends, cuts, owners))
    owners, cuts, ends = owners[order], cuts[order], ends[order]
    # Where the next window ends. Each customer's last cut is the end of one.
    following = np.minimum.accumulate(np.where(ends, np.arange(len(cuts)), len(cuts))[::-1])[::-1]
    same = owners[1:] == owners[:-1]
    wanted = same & (cuts[1:] > cuts[:-1]) & (cuts[following[1:]] - cuts[:-1] <= lengths[-1])
    places = np.flatnonzero(wanted)
    return Stretches([names[c] for c in owners[places].tolist()], cuts[places], cuts[places + 1])


def measure(batch: Transactions, windows: Collection[Window], past: Sums) -> dict[Window, F64]:
    """The value of each window at each transaction of the batch, float64 (n,).

    ``past``: what happened in the stretches that :func:`plan` named, of transactions processed before. Amounts are in
    major units. A count of nothing is 0, an average or a maximum of nothing NaN.
    """
    if not windows:
        return {}
    own = Sums.of(batch)
    log = _Log(batch, past, own)
    scale = np.array([10.0 ** -minor_digits(currency) for currency in batch.currency])
    out = {}
    for window in windows:
        values = np.empty(len(batch))
        fold(
            _AGGREGATES.index(window.aggregate), window.length, batch.occurred_at, log.currency_of_batch,
            log.low, log.high, log.at, log.order, log.passes(window.only), log.currency, log.count, log.total,
            log.most, log.codes(window.field), values,
        )  # fmt: skip
        money = window.aggregate in {"sum", "average", "max"}
        out[window] = values * scale if money else values
    return out


def warmup() -> None:
    """Compile the kernel, or load it from disk, before the first transaction waits for it."""
    batch = Transactions.from_rows([(1, 0, "warm", 100, "EUR", "other", None, None, None, None, None, None)])
    measure(batch, [Window(60_000_000, "count", None)], Sums.of(batch))


class _Log:
    """Past and batch together, per customer by time."""

    def __init__(self, batch: Transactions, past: Sums, own: Sums) -> None:
        index: dict[str, int] = {}
        owner = np.array(
            [index.setdefault(name, len(index)) for part in (own, past) for name in part.customer], np.intp
        )
        at = np.concatenate([own.at, past.at])
        self._sorted = np.lexsort((at, owner))
        self._parts = (own, past)
        self.at = at[self._sorted]
        bounds = np.searchsorted(owner[self._sorted], np.arange(len(index) + 1))
        n = len(batch)
        self.low, self.high = bounds[:-1][owner[:n]].astype(np.intp), bounds[1:][owner[:n]].astype(np.intp)
        # The past is before all; of the batch, what comes first.
        self.order = np.concatenate([np.arange(n), np.full(len(past.at), -1)])[self._sorted]
        self.count = np.concatenate([own.count, past.count])[self._sorted]
        self.total = np.concatenate([own.total, past.total])[self._sorted]
        self.most = np.concatenate([own.most, past.most])[self._sorted]
        self._texts = {"currency": [*own.currency, *past.currency]}
        coded = self._coded("currency")
        self.currency_of_batch, self.currency = coded[:n], coded[self._sorted]

    def _column(self, field: str) -> list[str] | list[str | None]:
        if field not in self._texts:
            own, past = self._parts
            self._texts[field] = [*own.values[field], *past.values[field]]  # type: ignore[list-item]
        return self._texts[field]

    def _coded(self, field: str) -> NDArray[np.intp]:
        index: dict[str, int] = {}
        return np.array(
            [-1 if value is None else index.setdefault(value, len(index)) for value in self._column(field)], np.intp
        )

    def passes(self, only: tuple[tuple[str, tuple[str, ...]], ...]) -> NDArray[np.bool_]:
        found = np.ones(len(self.at), bool)
        for field, values in only:
            wanted = frozenset(values)
            found &= np.array([value in wanted for value in self._column(field)], bool)
        return found[self._sorted]

    def codes(self, field: str | None) -> NDArray[np.intp]:
        if field in {None, "amount"}:
            return np.full(len(self.at), -1, np.intp)
        return self._coded(str(field))[self._sorted]


@njit
def fold(
    aggregate: int, length: int, at: I64, currency: NDArray[np.intp],
    low: NDArray[np.intp], high: NDArray[np.intp], log_at: I64, log_order: I64, log_passes: NDArray[np.bool_],
    log_currency: NDArray[np.intp], log_count: I64, log_total: F64, log_most: F64, log_code: NDArray[np.intp],
    out: F64,
) -> None:  # fmt: skip
    """One window over the batch into ``out``, amounts in minor units. ``aggregate``: its place in _AGGREGATES."""
    top = -1
    for k in range(len(log_code)):
        top = max(top, log_code[k])
    # The transaction that last met each value: each counts once.
    met = np.full(top + 1, -1, np.int64)
    for i in range(len(at)):
        count, in_currency, different = 0, 0, 0
        total, most = 0.0, 0.0
        for k in range(first_after(log_at, low[i], high[i], at[i] - length), high[i]):
            if log_at[k] > at[i]:
                break
            if log_order[k] > i or not log_passes[k]:
                continue
            count += log_count[k]
            code = log_code[k]
            if code >= 0 and met[code] != i:
                met[code] = i
                different += 1
            if log_currency[k] == currency[i]:
                in_currency += log_count[k]
                total += log_total[k]
                most = max(most, log_most[k])
        total = min(total, 9007199254740992.0)
        if aggregate == 0:
            out[i] = count
        elif aggregate == 1:
            out[i] = total
        elif aggregate == 2:
            out[i] = total / in_currency if in_currency else np.nan
        elif aggregate == 3:
            out[i] = most if in_currency else np.nan
        else:
            out[i] = different
