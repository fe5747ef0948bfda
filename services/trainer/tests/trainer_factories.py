"""A small bank for tests: customers with habits, a few frauds, decided by the worker's own code."""

from datetime import UTC, datetime, timedelta

import numpy as np
import records_factories as make
from argus_engine import catalogue
from argus_records.services.ingest import Accepted, NewTransaction
from argus_records.services.labels import LabelItem, labels_add
from argus_records.services.scoring import feature_schema_ensure
from argus_worker import rulesets
from argus_worker.scoring import score_claim

DAYS = 40
CUSTOMERS = 40
COUNTRIES = ["DE", "FR", "NL", "AT"]


def stream(count: int, *, frauds: int = 0, seed: int = 11) -> list[tuple[NewTransaction, bool]]:
    """``count`` transactions over DAYS days up to yesterday, by time, and which of them are fraud."""
    rng = np.random.default_rng(seed)
    begin = datetime.now(UTC).replace(microsecond=0) - timedelta(days=DAYS + 1)
    seconds = np.sort(rng.integers(0, DAYS * 86_400, count))
    bad = set(rng.choice(count, frauds, replace=False).tolist())
    made = []
    for place, second in enumerate(seconds.tolist()):
        customer = int(rng.integers(CUSTOMERS))
        fraud = place in bad
        amount = np.exp(rng.normal(3 + customer % 3, 0.5)) * (60 if fraud else 1)
        counterparty = f"mule-{place}" if fraud else f"shop-{customer}-{rng.integers(6)}"
        item = make.new_transaction(
            transaction_id=f"s{seed}-{place}",
            occurred_at=begin + timedelta(seconds=second),
            customer_id=f"customer-{customer}",
            amount=f"{max(amount, 1):.2f}",
            currency="EUR",
            type="transfer" if fraud else "card_payment",
            channel="web" if fraud else "pos",
            counterparty_id=counterparty,
            device_id=f"device-{customer % 11}" if place % 9 == 0 else None,
            country="VN" if fraud else COUNTRIES[customer % 4],
        )
        made.append((item, fraud))
    return made


def seed_ledger(count: int, *, frauds: int = 0, seed: int = 11, decide: bool = True) -> list[Accepted]:
    """Accept a stream, have it decided, and label its frauds."""
    made = stream(count, frauds=frauds, seed=seed)
    accepted: list[Accepted] = []
    for low in range(0, count, 1000):
        accepted += make.accept(*[item for item, _ in made[low : low + 1000]])
    if decide:
        decide_all()
    label([item.transaction_id for item, fraud in made if fraud])
    return accepted


def decide_all(limit: int = 700) -> None:
    """Have the worker decide whatever is pending, by rules alone."""
    rulesets.load.cache_clear()
    feature_schema_ensure(digest=catalogue.SCHEMA_DIGEST, names=catalogue.NAMES)
    while score_claim(
        limit=limit,
        worker="test",
        rules=rulesets.in_force(),
        model=(None, "no model has been registered yet"),
    ):
        pass


def label(transaction_ids: list[str], value: str = "fraud", observed_at: datetime | None = None) -> None:
    """Say what became known of them."""
    when = observed_at or datetime.now(UTC) - timedelta(minutes=1)
    items = [LabelItem(name, value, "chargeback", when) for name in transaction_ids]
    labels_add(client_id=make.client().pk, actor="client:core-banking", items=items)
