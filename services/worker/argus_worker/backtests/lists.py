"""The managed lists as they were at any decision of a period."""

from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from argus_engine.managed import NO_LISTS, Entry, Lists
from argus_records.selectors import rulesets
from numpy.typing import NDArray

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class PastLists:
    """The lists of these ``names`` by their revision, each read once.

    Between two moments at which entries expire the lists stay as they are: decisions of one revision and one such
    stretch share what :meth:`stretch` and :meth:`at` say.
    """

    def __init__(self, names: set[str]) -> None:
        self._names = sorted(names)
        self._entries: dict[int, dict[str, dict[str, Entry]]] = {}
        self._ends: dict[int, NDArray[np.int64]] = {}

    def stretch(self, revision: int | None, at: int | None) -> int:
        """The number of the stretch that the moment ``at``, in microseconds since 1970, lies in."""
        if revision is None or at is None:
            return 0
        self._read(revision)
        # What expires at a moment is off from that moment on.
        return int(np.searchsorted(self._ends[revision], at, "right"))

    def at(self, revision: int | None, at: int | None) -> Lists:
        """The lists at one moment; there were none before revisions."""
        if revision is None or at is None:
            return NO_LISTS
        self._read(revision)
        return Lists(self._entries[revision], at)

    def _read(self, revision: int) -> None:
        if revision in self._entries:
            return
        entries: dict[str, dict[str, Entry]] = {}
        ends = []
        # As of the beginning: also what has expired since.
        for name, value, reason, expires_at in rulesets.list_entries(names=self._names, revision=revision, at=_EPOCH):
            entries.setdefault(name, {})[value] = Entry(reason, expires_at)
            if expires_at is not None:
                ends.append(expires_at)
        self._entries[revision] = entries
        self._ends[revision] = np.unique(np.array(ends, np.int64))


def moment(micros: int) -> datetime:
    """Microseconds since 1970 as a time."""
    return _EPOCH + timedelta(microseconds=micros)
