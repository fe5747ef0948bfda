"""A feed with several readers, folders and late labels; and the naive answer to what was known."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from argus_engine.catalogue import INDEX, NAMES
from argus_engine.columns import Transactions
from argus_engine.memory.labels import LabelEvents
from argus_engine.memory.live import ask, shared_fold, shared_label, shared_read
from argus_engine.memory.marks import UNPLACED, Marks
from argus_engine.memory.states import Entity
from argus_engine.replay import Replay
from streams import CONFIG, DAY

SHARED = NAMES[25:41] + NAMES[44:]


class World:
    """Rows in processing order, decided in batches; who knew what is recorded as the ledger does."""

    def __init__(self, rows: Sequence[Any]) -> None:
        self.rows = list(rows)
        own = Replay(CONFIG)
        # What concerns customers alone does not depend on the cut into batches: see test_live.
        self.features = own.advance(Transactions.from_rows(self.rows))
        self.features[:, [INDEX[name] for name in SHARED]] = math.nan
        self.batches: list[list[int]] = []
        self.knew: list[tuple[int, int]] = []  # per batch
        self.feed: list[int] = []  # batches by place, from 1
        self.labels: list[tuple[int, bool, int]] = []  # transaction, fraud, observed when; numbered from 1
        self.states: dict[Entity, bytes] = {}
        self.mark = (0, 0)

    def live(self, parts: list[Sequence[Any]], happenings: list[Any]) -> None:
        """Batches are read, get their places out of order, and are folded in some at a time."""
        place = 0
        unplaced: list[int] = []
        for part, (late, folded, labels) in zip(parts, happenings, strict=False):
            places = list(range(place, place + len(part)))
            place += len(part)
            batch = Transactions.from_rows(self.rows[places[0] : places[-1] + 1])
            values = self.features[places]
            shared_read(ask(batch), values, self.states)
            self.features[places] = values
            self.batches.append(places)
            self.knew.append(self.mark)
            unplaced.append(len(self.batches) - 1)
            while len(unplaced) > late:
                self.feed.append(unplaced.pop())
            self.labels += [(k, fraud, when) for k, fraud, when in labels if k < len(self.rows)]
            self.fold(folded)

    def fold(self, count: int) -> None:
        """Some of what came since the mark, one batch and a few labels at a time."""
        for _ in range(count):
            position, label = self.mark
            if position < len(self.feed):
                places = self.feed_rows(position + 1)
                asked = ask(Transactions.from_rows([self.rows[place] for place in places]))
                met = [self.features[places, INDEX[name]] == 1.0 for name in ("counterparty_new", "device_new")]
                self.states |= shared_fold(asked, met[0], met[1], self.states)
                position += 1
            until = min(label + 2, len(self.labels))
            events = self.events(self.all_labels(), label, until)
            earlier = [(self.rows[k][0], when, fraud) for k, fraud, when in self.labels[:label]]
            self.states |= shared_label(ask(events.transactions), events, earlier, self.states)
            self.mark = (position, until)

    def feed_rows(self, position: int) -> list[int]:
        return self.batches[self.feed[position - 1]]

    def all_labels(self) -> LabelEvents:
        return LabelEvents(
            Transactions.from_rows([self.rows[k] for k, _, _ in self.labels]),
            np.array([fraud for _, fraud, _ in self.labels], bool),
            np.array([when for _, _, when in self.labels], np.int64),
            np.arange(1, len(self.labels) + 1),
        )

    @staticmethod
    def events(labels: LabelEvents, low: int, high: int) -> LabelEvents:
        taken = labels.transactions.take(range(low, high))
        return LabelEvents(taken, labels.fraud[low:high], labels.observed_at[low:high], labels.number[low:high])

    def as_replayed(self) -> tuple[list[int], Marks, LabelEvents]:
        """Rows in the order of what was known, as the ledger gives them."""
        order = sorted(range(len(self.batches)), key=lambda b: (*self.knew[b], b))
        place = {batch: position for position, batch in enumerate(self.feed, 1)}
        rows = [(row, batch) for batch in order for row in self.batches[batch]]
        columns = [
            np.array(column, np.int64)
            for column in (
                [place.get(batch, UNPLACED) for _, batch in rows],
                [self.knew[batch][0] for _, batch in rows],
                [self.knew[batch][1] for _, batch in rows],
            )
        ]
        return [row for row, _ in rows], Marks(*columns), self.all_labels()


class _Sums:
    """Decayed sums by their definition: each weight from its own time."""

    def __init__(self, seen: list[tuple[int, float]], now: int) -> None:
        self.seen, self.now = seen, max([now, *(at for at, _ in seen)])
        latest = -math.inf
        self.since: list[float] = []
        for at, _ in seen:
            latest = max(latest, at)
            self.since.append(latest)

    def weights(self, days: float) -> list[float]:
        return [0.5 ** ((self.now - since) / (days * DAY)) for since in self.since]

    def moments(self) -> tuple[float, float, float]:
        weights = self.weights(30)
        total = sum(weights)
        mean = sum(w * x for w, (_, x) in zip(weights, self.seen, strict=True)) / total if total else 0.0
        return total, mean, sum(w * (x - mean) ** 2 for w, (_, x) in zip(weights, self.seen, strict=True))


def naive(world: World, i: int) -> dict[str, float]:
    """What row ``i`` should have read, by looking at everything that was known."""
    batch = next(k for k, places in enumerate(world.batches) if i in places)
    position, label = world.knew[batch]
    known = [k for p in range(1, position + 1) for k in world.feed_rows(p)]
    row, value = world.rows[i], lambda k: math.log(world.rows[k][3] / 100)
    now = row[1]

    def met(k: int, name: str) -> bool:
        return bool(world.features[k, INDEX[name]] == 1.0)

    relative: dict[int, float] = {}
    for place, k in enumerate(known):
        before = [j for j in known[:place] if world.rows[j][4] == world.rows[k][4]]
        mean = _Sums([(world.rows[j][1], value(j)) for j in before], 0).moments()[1]
        relative[k] = value(k) - mean if before else 0.0
    answer = dict.fromkeys(SHARED, math.nan)
    people = _Sums([(world.rows[k][1], value(k)) for k in known if world.rows[k][4] == row[4]], now)
    total, mean, m2 = people.moments()
    spread = max(0.05, math.sqrt((m2 + 10) / (total + 10))) if people.seen else 1.0
    x = value(i) - mean
    if people.seen:
        answer |= {"population_amount_ratio": x, "population_amount_deviation": max(0.0, x / spread)}
    shop = row[6]
    if shop is not None:
        at_shop = [k for k in known if world.rows[k][6] == shop]
        hour = [world.rows[k][1] // 3_600_000_000 % 24 for k in at_shop]
        sums = _Sums([(world.rows[k][1], relative[k]) for k in at_shop], now)
        weights = sums.weights(30)
        total, mean, m2 = sums.moments()
        if people.seen:
            own = max(0.05, math.sqrt((m2 + 5 * spread**2) / (total + 5)))
            answer["counterparty_amount_deviation"] = max(0.0, (x - total * mean / (total + 5)) / own)
        mine = now // 3_600_000_000 % 24
        near = {mine: 0.5, (mine + 1) % 24: 0.25, (mine + 23) % 24: 0.25}
        smooth = sum(w * near.get(h, 0.0) for w, h in zip(weights, hour, strict=True))
        answer["counterparty_hour_deviation"] = max(0.0, -math.log((smooth + 5 / 24) / (total + 5) * 24))
        first = sum(w for w, k in zip(weights, at_shop, strict=True) if met(k, "counterparty_new"))
        answer["counterparty_newcomer"] = -math.log((first + 1) / (total + 2)) if met(i, "counterparty_new") else 0.0
        answer["counterparty_activity"] = total
        answer["counterparty_pace"] = max(0.0, math.log((sum(sums.weights(1)) + 1) / (total / 30 + 1)))
    if row[9] is not None:
        answer["device_customers"] = sum(met(k, "device_new") for k in known if world.rows[k][9] == row[9])
    return answer | dict(_risks(world, row, label))


def _risks(world: World, row: Any, label: int) -> Iterator[tuple[str, float]]:
    standing: dict[int, tuple[int, bool]] = {}
    for k, fraud, when in world.labels[:label]:
        if k not in standing or when >= standing[k][0]:
            standing[k] = when, fraud

    def sums(place: int | None, days: float) -> tuple[float, float]:
        of = [k for k in standing if place is None or world.rows[k][place] == row[place]]
        now = max([row[1], *(world.rows[k][1] for k in of)])
        weight = {k: 0.5 ** ((now - world.rows[k][1]) / (days * DAY)) for k in of}
        return sum(weight[k] for k in of if standing[k][1]), sum(weight.values())

    fraud, labelled = sums(None, 30)
    base = (fraud + 1) / (labelled + 500)
    for name, place, spans in (
        ("counterparty", 6, (7, 30)), ("customer", 2, (7, 30)), ("device", 9, (30,)), ("country", 7, (30,)),
    ):  # fmt: skip
        if row[place] is None:
            continue
        for days in spans:
            fraud, labelled = sums(place, days)
            yield f"{name}_risk_{days}d", math.log((fraud + 5 * base) / (labelled + 5) / base)
    yield "customer_fraud_30d", sums(2, 30)[0]
    if row[6] is not None:
        yield "counterparty_fraud_7d", sums(6, 7)[0]
        yield "counterparty_labelled_30d", sums(6, 30)[1]
