"""Features of a batch, from stored states and the few rows of the past that they lack.

First :func:`plan` says which rows; the caller fetches them; then :func:`advance` computes.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from argus_engine import kernel
from argus_engine.catalogue import FEATURES
from argus_engine.columns import Transactions
from argus_engine.config import CASH_TYPES, FeatureConfig
from argus_engine.foremost import slot_key
from argus_engine.forest import Forest
from argus_engine.memory import live as memory
from argus_engine.money import minor_digits
from argus_engine.places import countries
from argus_engine.profile import Profiles, columns_of, pack, unpack
from argus_engine.windows import AMOUNT_CAP, LENGTHS, merge, plan_ranges

# Where a transaction says where its customer is: a terminal does, an order over the web does not.
PRESENT_CHANNELS = frozenset({"pos", "atm", "branch"})
PRESENT_TYPES = frozenset({"card_payment", "cash_deposit", "cash_withdrawal"})


@dataclass(frozen=True, slots=True)
class Ranges:
    """Event times (after, until], in microseconds, of which processed transactions are needed.

    No two ranges of one customer overlap.
    """

    customer: list[str]
    after: NDArray[np.int64]
    until: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Advanced:
    """What a batch came to.

    ``features`` float64 (n, F) in the order of catalogue.FEATURES, NaN where not defined; ``states`` the new state of
    every customer of the batch; ``links`` the (customer, counterparty) and ``devices`` the (customer, device) pairs
    that are new. What customers share is added to the features by argus_engine.memory.
    """

    features: NDArray[np.float64]
    states: dict[str, bytes]
    links: list[tuple[str, str]]
    devices: list[tuple[str, str]]


def plan(batch: Transactions, states: Mapping[str, bytes], config: FeatureConfig) -> Ranges:
    """Which processed transactions :func:`advance` will need. Raises StateError for bytes that are no state.

    For a customer without a state, none. How much they hold does not grow with what a window contains, but for a
    customer whose windows must be counted again: thresholds have changed, or the state was given up or is of
    another layout.
    """
    profiles = unpack(batch.customer, batch.currency, states, config.digest)
    size = len(profiles.customers)
    room = size * len(LENGTHS) + len(batch) * 2 * len(LENGTHS)
    owners, after, until = np.empty(room, np.intp), np.empty(room, np.int64), np.empty(room, np.int64)
    near = np.zeros(size, np.int64)
    owner = np.repeat(np.arange(size), profiles.section_high - profiles.section_low)
    np.add.at(near, owner, profiles.sections["near_count"])
    frontier, counts = (np.ascontiguousarray(profiles.header[name]) for name in ("frontier", "counts"))
    n = plan_ranges(
        _customers(batch, profiles), batch.occurred_at, frontier, counts, near, profiles.rebuild, profiles.unsettled,
        LENGTHS, owners, after, until,
    )  # fmt: skip
    order = np.lexsort((after[:n], owners[:n]))
    owners, after, until = owners[order], after[order], until[order]
    n = merge(owners, after, until)
    return Ranges([profiles.customers[c] for c in owners[:n].tolist()], after[:n], until[:n])


def advance(
    batch: Transactions,
    states: Mapping[str, bytes],
    history: Transactions,
    links: Collection[tuple[str, str]],
    devices: Collection[tuple[str, str]],
    config: FeatureConfig,
) -> Advanced:
    """Features of ``batch``, and its customers' states after it.

    ``history`` are the transactions that :func:`plan` asked for, in any order; ``links`` those (customer, counterparty)
    pairs of the batch that existed before, ``devices`` those (customer, device) pairs. Raises StateError for bytes that
    are no state.
    """
    profiles = unpack([*batch.customer, *history.customer], [*batch.currency, *history.currency], states, config.digest)
    customer = _customers(batch, profiles)
    section = _sections(customer, batch.currency, profiles)
    log, log_place = _log(batch, customer, section, history, profiles, config)
    pairs, used = _Links(batch.customer, batch.counterparty, links), _Links(batch.customer, batch.device, devices)
    key = {name: slot_key(name) if name is not None else 0 for name in set(batch.counterparty)}
    keys = np.array([key[name] for name in batch.counterparty], np.uint32)
    unit = {currency: 10.0 ** -minor_digits(currency) for currency in set(batch.currency)}
    header, sections, table = columns_of(profiles.header), columns_of(profiles.sections), countries()
    country = np.array([table.index.get(name, -1) if name else -1 for name in batch.country], np.intp)
    features = np.full((len(batch), len(FEATURES)), np.nan)
    kernel.recount(
        profiles.rebuild, profiles.unsettled, LENGTHS, log.low, log.high,
        log.at, log.section, log.amount, log.near, log.done,
        header["frontier"], header["counts"], sections["sums"], sections["near_count"], sections["near_sum"],
        profiles.section_low, profiles.section_high,
    )  # fmt: skip
    kernel.run(
        customer, section, batch.occurred_at, batch.hour, np.minimum(batch.amount, AMOUNT_CAP), batch.value,
        np.array([unit[currency] for currency in batch.currency]), _near(batch, config),
        pairs.place, pairs.known, keys, used.place, used.known, country,
        _present(batch, country), batch.latitude, batch.longitude, log_place, LENGTHS, log.low, log.high,
        log.at, log.section, log.amount, log.near, log.done,
        header["frontier"], header["counts"], header["total"], header["first_at"], header["weight"],
        header["weight_at"], header["hours"], header["pairs"], header["new_pairs"],
        header["unusual"], header["slot_keys"], header["slot_weights"],
        header["place_at"], header["place_lat"], header["place_lon"], header["place_country"], header["countries"],
        profiles.section_low, profiles.section_high,
        sections["sums"], sections["near_count"], sections["near_sum"], sections["n"], sections["at"],
        sections["weight"], sections["mean"], sections["m2"], sections["log_mean"], sections["log_m2"],
        table.latitude, table.longitude, table.radius_km, features,
    )  # fmt: skip
    for records, moved in ((profiles.header, header), (profiles.sections, sections)):
        for name, column in moved.items():
            records[name] = column
    return Advanced(features, pack(profiles), pairs.new(), used.new())


def warmup() -> None:
    """Compile the kernels, or load them from disk, before the first transaction waits for it."""
    rows = [(1, 0, "warm", 100, "EUR", "other", "up", "DE", "pos", None, None, None)]
    batch, nothing = Transactions.from_rows(rows), Transactions.from_rows([])
    config = FeatureConfig()
    moved = advance(batch, {}, nothing, set(), set(), config)
    plan(batch, moved.states, config)
    memory.warmup(batch, moved.features)
    Forest.sprout().score_samples(np.zeros((1, 1)))


@dataclass(frozen=True, slots=True)
class _Log:
    at: NDArray[np.int64]
    section: NDArray[np.intp]
    amount: NDArray[np.int64]
    near: NDArray[np.bool_]
    done: NDArray[np.bool_]
    low: NDArray[np.intp]
    high: NDArray[np.intp]


def _customers(batch: Transactions, profiles: Profiles) -> NDArray[np.intp]:
    index = profiles.index
    return np.array([index[name] for name in batch.customer], np.intp)


def _sections(customer: NDArray[np.intp], currency: list[str], profiles: Profiles) -> NDArray[np.intp]:
    place = profiles.place
    return np.array([place[key] for key in zip(customer.tolist(), currency, strict=True)], np.intp)


def _near(batch: Transactions, config: FeatureConfig) -> NDArray[np.bool_]:
    near = np.zeros(len(batch), bool)
    if not config.reporting:
        return near
    for i, kind in enumerate(batch.type):
        if kind in CASH_TYPES:
            near[i] = config.is_near(kind, int(batch.amount[i]), batch.currency[i])
    return near


def _present(batch: Transactions, country: NDArray[np.intp]) -> NDArray[np.bool_]:
    located = ~np.isnan(batch.latitude) & ~np.isnan(batch.longitude)
    physical = np.array(
        [
            channel in PRESENT_CHANNELS or (channel is None and kind in PRESENT_TYPES)
            for channel, kind in zip(batch.channel, batch.type, strict=True)
        ],
        bool,
    )
    return located | (physical & (country >= 0))


class _Links:
    """Pairs of a customer and something else of a batch: ``place`` (n,) into ``known``, -1 where there is none."""

    def __init__(self, customers: list[str], others: list[str | None], existing: Collection[tuple[str, str]]) -> None:
        index: dict[tuple[str, str], int] = {}
        self.place = np.full(len(customers), -1, np.intp)
        for i, (customer, other) in enumerate(zip(customers, others, strict=True)):
            if other is not None:
                self.place[i] = index.setdefault((customer, other), len(index))
        self._pairs = list(index)
        existed = set(existing) if not isinstance(existing, set | frozenset) else existing
        self.known = np.array([pair in existed for pair in self._pairs], bool)
        self._were_known = self.known.copy()

    def new(self) -> list[tuple[str, str]]:
        """Those that have become known."""
        return [self._pairs[place] for place in np.flatnonzero(self.known & ~self._were_known).tolist()]


def _log(
    batch: Transactions,
    customer: NDArray[np.intp],
    section: NDArray[np.intp],
    history: Transactions,
    profiles: Profiles,
    config: FeatureConfig,
) -> tuple[_Log, NDArray[np.intp]]:
    """Fetched past and batch together, per customer by time, and where each of the batch stands."""
    past_customer = _customers(history, profiles)
    past_section = _sections(past_customer, history.currency, profiles)
    owner = np.concatenate([past_customer, customer])
    at = np.concatenate([history.occurred_at, batch.occurred_at])
    order = np.lexsort((at, owner))
    done = np.zeros(len(at), bool)
    done[: len(history)] = True
    bounds = np.searchsorted(owner[order], np.arange(len(profiles.customers) + 1))
    place = np.empty(len(order), np.intp)
    place[order] = np.arange(len(order))
    amount = np.minimum(np.concatenate([history.amount, batch.amount]), AMOUNT_CAP)
    near = np.concatenate([_near(history, config), _near(batch, config)])
    log = _Log(
        at[order],
        np.concatenate([past_section, section])[order],
        amount[order],
        near[order],
        done[order],
        bounds[:-1].astype(np.intp),
        bounds[1:].astype(np.intp),
    )
    return log, place[len(history) :]
