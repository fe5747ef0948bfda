"""The stream itself: everybody's next transaction, in the order of time."""

import heapq
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from argus_local.simulator.fraud import SCHEMES, Step
from argus_local.simulator.world import CATEGORIES, Customer, World

# Share of purchases with which a new fraud begins; each brings several transactions.
FRAUD_STARTS: Final = 0.0012
# Come once a month, on each customer's own day.
STANDING: Final = ("salary", "rent")


@dataclass(frozen=True, slots=True)
class Event:
    """One transaction as the API takes it, and what it really is."""

    body: dict[str, Any]
    at: datetime
    fraud: str | None  # the kind, None when genuine

    @property
    def label(self) -> str:
        """What a report that comes later says."""
        return "fraud" if self.fraud else "genuine"


class Stream:
    """An endless iterator of events. The same arguments give the same stream.

    ``start``: the first moment. At the same hour of another day the same things happen, that much later.
    ``prefix``: what transaction ids begin with; two streams into one system need two. ``fraud``: the share of
    purchases with which a new fraud begins; it may be changed as the stream goes on.
    """

    def __init__(
        self,
        *,
        seed: int = 1,
        customers: int = 400,
        start: datetime,
        prefix: str | None = None,
        fraud: float = FRAUD_STARTS,
    ) -> None:
        self.world = World(seed, customers)
        self._random = random.Random(f"stream {seed}")
        self._prefix = prefix or f"s{seed}-{start:%y%m%d%H%M%S}"
        self._number = 0
        self.fraud = fraud
        # (when, tie breaker, who, category or scheme, the rest of the scheme)
        self._due: list[tuple[datetime, int, Customer, str, Iterator[Step] | None, dict[str, Any] | None]] = []
        self._kinds: list[str] = []
        self._ties = 0
        for customer in self.world.customers:
            for category in CATEGORIES:
                self._plan(start, customer, category)
            for standing in STANDING:
                self._push(start + timedelta(days=self._random.uniform(0, 30)), customer, standing, None, None)
            self._push(start + timedelta(days=self._random.uniform(0, 20)), customer, "friend", None, None)

    def __iter__(self) -> "Stream":
        return self

    def __next__(self) -> Event:
        at, _, customer, kind, scheme, said = heapq.heappop(self._due)
        if scheme is not None and said is not None:
            self._continue(at, customer, kind, scheme)
            genuine = said.pop("genuine", False)
            return self._event(at, customer, said, None if genuine else kind)
        if kind in STANDING:
            self._push(at + timedelta(days=30), customer, kind, None, None)
            said = self._standing(customer, kind)
        elif kind == "friend":
            self._push(at + timedelta(days=self._random.uniform(5, 30)), customer, "friend", None, None)
            said = {
                "type": "transfer", "channel": "mobile", "counterparty_id": self._random.choice(customer.friends),
                "amount": f"{self._random.lognormvariate(3.4, 0.5) * customer.purse:.2f}",
                "device_id": customer.device, "ip_address": customer.ip,
            }  # fmt: skip
        else:
            self._plan(at, customer, kind)
            said = self._purchase(customer, kind)
            if self._random.random() < self.fraud:
                self._begin_fraud(at)
        return self._event(at, customer, said, None)

    def _standing(self, customer: Customer, kind: str) -> dict[str, Any]:
        if kind == "salary":
            amount, what, whom = 2300, "other", customer.employer
        else:
            amount, what, whom = 720, "direct_debit", customer.landlord
        return {"type": what, "channel": "api", "amount": f"{amount * customer.purse:.2f}", "counterparty_id": whom}

    def _purchase(self, customer: Customer, category: str) -> dict[str, Any]:
        typical, spread, _, channel, _ = CATEGORIES[category]
        shops = customer.shops[category]
        # Habit: the first shop most of the time, seldom one never seen.
        shop = shops[0] if self._random.random() < 0.6 else self._random.choice(shops)
        if self._random.random() < 0.03:
            shop = self._random.choice([m for m in self.world.merchants if m.country == customer.country])
        amount = typical * customer.purse * self._random.lognormvariate(0, spread)
        said: dict[str, Any] = {
            "type": "card_payment", "channel": channel, "amount": f"{max(amount, 0.5):.2f}",
            "counterparty_id": shop.id, "country": shop.country,
        }  # fmt: skip
        if channel == "pos":
            return said | {"latitude": shop.latitude, "longitude": shop.longitude}
        return said | {"device_id": customer.device, "ip_address": customer.ip}

    def _plan(self, after: datetime, customer: Customer, category: str) -> None:
        _, _, per_week, _, hours = CATEGORIES[category]
        gap = self._random.expovariate(per_week * customer.pace / 7)
        day = after + timedelta(days=gap)
        hour = self._random.choices(list(hours), list(hours.values()))[0] + customer.shift
        at = day.replace(hour=hour % 24, minute=self._random.randrange(60), second=self._random.randrange(60))
        if at <= after:
            at = after + timedelta(days=gap, minutes=1)
        self._push(at, customer, category, None, None)

    def _begin_fraud(self, at: datetime) -> None:
        victim = self._random.choice(self.world.customers)
        if not self._kinds:
            # Drawn without putting back: every kind comes about in its share, also in a short stream.
            self._kinds = [kind for kind, (_, share) in SCHEMES.items() for _ in range(share)]
            self._random.shuffle(self._kinds)
        kind = self._kinds.pop()
        scheme = SCHEMES[kind][0](self._random, self.world, victim)
        self._continue(at + timedelta(minutes=self._random.uniform(1, 600)), victim, kind, scheme)

    def _continue(self, at: datetime, customer: Customer, kind: str, scheme: Iterator[Step]) -> None:
        step = next(scheme, None)
        if step is not None:
            self._push(at + step[0], customer, kind, scheme, step[1])

    def _push(
        self, at: datetime, customer: Customer, kind: str, scheme: Iterator[Step] | None, said: dict[str, Any] | None
    ) -> None:
        self._ties += 1
        heapq.heappush(self._due, (at, self._ties, customer, kind, scheme, said))

    def _event(self, at: datetime, customer: Customer, said: dict[str, Any], fraud: str | None) -> Event:
        self._number += 1
        body = {
            "transaction_id": f"{self._prefix}-{self._number:07}",
            "occurred_at": at.astimezone(UTC).isoformat(),
            "customer_id": customer.id,
            "currency": customer.currency,
            "country": customer.country,
        } | said
        return Event(body, at, fraud)
