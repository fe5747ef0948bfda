"""What is kept of a customer between transactions: a fixed-size header and one section per currency.

The bytes are versioned. They are the engine's own: nobody else reads them, and all of them can be rebuilt by
replaying the ledger. Empty bytes stand where a state had to be given up, and a state of another layout cannot
be read: of both, the windows are counted again from the ledger and the rest begins anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from argus_engine.foremost import SLOTS
from argus_engine.windows import NEVER

LAYOUT: Final = 3
# Layouts that ever were or will be; anything else is damage.
LAYOUTS: Final = range(1, 256)

HEADER: Final = np.dtype(
    [
        ("layout", "<u2"),
        ("config", "V16"),  # digest of the feature configuration that the near-threshold sums go by
        ("frontier", "<i8"),  # T, the latest event time, microseconds
        ("counts", "<i8", (3,)),  # transactions in (T - w, T]
        ("total", "<i8"),  # transactions processed
        ("first_at", "<i8"),
        ("weight", "<f8"),  # transactions, halved every 90 days
        ("weight_at", "<i8"),
        ("hours", "<f8", (24,)),  # the same by hour of the day, UTC
        ("pairs", "<f8"),  # the same with a counterparty
        ("new_pairs", "<f8"),  # the same with a counterparty that was new then
        ("place_at", "<i8"),  # the latest known place
        ("place_lat", "<f8"),
        ("place_lon", "<f8"),
        ("place_country", "<i2"),
        ("countries", "u1", (32,)),  # countries seen, a bit each
        ("unusual", "<f8"),  # how unusual its transactions were, halved every day
        ("slot_keys", "<u4", (SLOTS,)),  # the foremost counterparties
        ("slot_weights", "<f4", (SLOTS,)),  # transactions with them, halved every 90 days; 0 for a free slot
    ]
)
SECTION: Final = np.dtype(
    [
        ("currency", "S3"),
        ("sums", "<i8", (3,)),  # minor units in (T - w, T]
        ("near_count", "<i8"),
        ("near_sum", "<i8"),
        ("n", "<i8"),  # transactions processed
        ("at", "<i8"),
        ("weight", "<f8"),
        ("mean", "<f8"),  # of the amount, major units
        ("m2", "<f8"),
        ("log_mean", "<f8"),
        ("log_m2", "<f8"),
    ]
)


_MARK: Final = LAYOUT.to_bytes(2, "little")


class StateError(ValueError):
    """Stored bytes are not a state of this layout."""


@dataclass(frozen=True, slots=True)
class Profiles:
    """States of C customers with S sections, as arrays. Sections of one customer stand together."""

    customers: list[str]
    index: dict[str, int]
    header: NDArray[Any]  # (C,) HEADER
    sections: NDArray[Any]  # (S,) SECTION
    section_low: NDArray[np.intp]  # (C,)
    section_high: NDArray[np.intp]  # (C,)
    place: dict[tuple[int, str], int]  # (customer's place, currency) -> section's place
    rebuild: NDArray[np.bool_]  # (C,) near-threshold sums go by another configuration
    unsettled: NDArray[np.bool_]  # (C,) not even the frontier is known, though there may be transactions


def unpack(customers: Sequence[str], currencies: Sequence[str], states: Mapping[str, bytes], config: bytes) -> Profiles:
    """States of all ``customers`` that occur, with a section for each of the ``currencies`` beside them.

    ``customers`` and ``currencies`` (n,) are columns of transactions. Raises StateError for bytes that are no state.
    """
    index: dict[str, int] = {}
    wanted: list[list[str]] = []
    for customer, currency in zip(customers, currencies, strict=True):
        c = index.get(customer)
        if c is None:
            index[customer] = len(wanted)
            wanted.append([currency])
        elif currency not in wanted[c]:
            wanted[c].append(currency)
    names = list(index)
    header = np.zeros(len(names), HEADER)
    header["layout"] = LAYOUT
    header["config"] = np.void(config)
    header["frontier"] = header["place_at"] = NEVER
    header["place_country"] = -1
    rebuild, unsettled = np.zeros(len(names), bool), np.zeros(len(names), bool)
    blobs: dict[int, bytes] = {}
    for c, name in enumerate(names):
        blob = states.get(name)
        if blob is None:
            continue
        if (blob[:2] == _MARK and _whole(len(blob))) or _readable(name, blob):
            blobs[c] = blob
        else:
            unsettled[c] = True
    if blobs:
        known = list(blobs)
        stored = np.frombuffer(b"".join([blob[: HEADER.itemsize] for blob in blobs.values()]), HEADER)
        header[known] = stored
        halves = stored["config"].copy().view("<u8").reshape(-1, 2)
        rebuild[known] = (halves != np.frombuffer(config, "<u8")).any(axis=1)
        header["config"] = np.void(config)
    return _with_sections(names, index, wanted, header, rebuild, unsettled, blobs)


def _whole(size: int) -> bool:
    return size >= HEADER.itemsize and (size - HEADER.itemsize) % SECTION.itemsize == 0


def _readable(customer: str, blob: bytes) -> bool:
    """Whether a state has this layout; False for another one's. Raises StateError for what never was one."""
    if not blob:
        return False
    layout = int.from_bytes(blob[:2], "little")
    if len(blob) < 2 or layout not in LAYOUTS:
        raise StateError(f"the state of customer {customer!r} is damaged: it has no layout")
    if layout != LAYOUT:
        return False
    if not _whole(len(blob)):
        raise StateError(f"the state of customer {customer!r} has {len(blob)} bytes, which no state has")
    return True


def _with_sections(
    names: list[str],
    index: dict[str, int],
    wanted: list[list[str]],
    header: NDArray[Any],
    rebuild: NDArray[np.bool_],
    unsettled: NDArray[np.bool_],
    blobs: Mapping[int, bytes],
) -> Profiles:
    pieces: list[bytes] = []
    low = np.empty(len(names), np.intp)
    high = np.empty(len(names), np.intp)
    place: dict[tuple[int, str], int] = {}
    total = 0
    size, start = SECTION.itemsize, HEADER.itemsize
    # There are few currencies: each is spelt once.
    spelt: dict[bytes, str] = {}
    blank: dict[str, bytes] = {}
    for c, currencies in enumerate(wanted):
        low[c] = total
        blob = blobs.get(c, b"")
        if blob:
            pieces.append(blob[start:])
            for offset in range(start, len(blob), size):
                raw = blob[offset : offset + 3]
                name = spelt.get(raw)
                if name is None:
                    name = spelt[raw] = raw.rstrip(b"\0").decode("ascii", "replace")
                place[c, name] = total
                total += 1
        for currency in currencies:
            if (c, currency) not in place:
                if currency not in blank:
                    blank[currency] = _blank(currency)
                pieces.append(blank[currency])
                place[c, currency] = total
                total += 1
        high[c] = total
    sections = np.frombuffer(bytearray(b"".join(pieces)), SECTION)
    return Profiles(names, index, header, sections, low, high, place, rebuild, unsettled)


def _blank(currency: str) -> bytes:
    section = np.zeros(1, SECTION)
    section["currency"] = currency.encode()
    section["at"] = NEVER
    return section.tobytes()


def pack(profiles: Profiles) -> dict[str, bytes]:
    """The bytes to keep, per customer."""
    headers, sections = profiles.header.tobytes(), profiles.sections.tobytes()
    h, s = HEADER.itemsize, SECTION.itemsize
    return {
        name: headers[c * h : c * h + h] + sections[low * s : high * s]
        for c, (name, low, high) in enumerate(
            zip(profiles.customers, profiles.section_low.tolist(), profiles.section_high.tolist(), strict=True)
        )
    }


def columns_of(records: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """The fields as arrays of their own, each contiguous however many records there are.

    Numba takes an array of one record for contiguous and one of several, a field apart, for another kind: it would
    compile its kernels again for the first batch of several customers, and that batch would wait for it.
    """
    return {name: np.ascontiguousarray(records[name]) for name in records.dtype.names or () if name != "currency"}
