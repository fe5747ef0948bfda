"""Kinds of fraud. Each takes a customer at a moment and yields what the fraudster does next."""

import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, Final

from argus_local.simulator.world import Customer, World

# (after how long, what is said of the transaction)
Step = tuple[timedelta, dict[str, Any]]
Scheme = Callable[[random.Random, World, Customer], Iterator[Step]]
FAR: Final = (("BR", -23.55, -46.63), ("AU", -33.87, 151.21), ("TH", 13.76, 100.50), ("ZA", -26.20, 28.05))


def _money(amount: float) -> str:
    return f"{amount:.2f}"


def card_testing(random_: random.Random, world: World, customer: Customer) -> Iterator[Step]:
    """Many small payments within minutes, to see whether a stolen card works; then a large one."""
    device = f"d-{random_.getrandbits(40):010x}"
    for _ in range(random_.randint(8, 14)):
        yield (
            timedelta(seconds=random_.randint(10, 45)),
            {
                "type": "card_payment", "channel": "web", "amount": _money(random_.uniform(0.5, 4)),
                "counterparty_id": f"m-web-{random_.randrange(40):02}", "device_id": device,
            },
        )  # fmt: skip
    yield (
        timedelta(minutes=random_.randint(2, 8)),
        {
            "type": "card_payment", "channel": "web", "amount": _money(random_.uniform(600, 1800)),
            "counterparty_id": f"m-web-{random_.randrange(40):02}", "device_id": device,
        },
    )  # fmt: skip


def account_takeover(random_: random.Random, world: World, customer: Customer) -> Iterator[Step]:
    """A new device, and large transfers to somebody new."""
    device, mule = f"d-{random_.getrandbits(40):010x}", f"mule-{random_.randrange(200):03}"
    for number in range(random_.randint(1, 3)):
        yield (
            timedelta(minutes=random_.randint(3, 20)),
            {
                "type": "transfer", "channel": "mobile", "amount": _money(random_.uniform(1800, 7500)),
                "counterparty_id": f"{mule}-{number}", "device_id": device,
                "ip_address": f"203.0.113.{random_.randrange(1, 255)}",
            },
        )  # fmt: skip


def impossible_travel(random_: random.Random, world: World, customer: Customer) -> Iterator[Step]:
    """The card at home, and an hour later on another continent."""
    shop = random_.choice(customer.shops["grocery"])
    yield (
        timedelta(minutes=1),
        {
            "type": "card_payment", "channel": "pos", "amount": _money(random_.uniform(10, 40) * customer.purse),
            "counterparty_id": shop.id, "country": shop.country, "latitude": shop.latitude, "longitude": shop.longitude,
            "genuine": True,
        },
    )  # fmt: skip
    country, latitude, longitude = random_.choice(FAR)
    for _ in range(random_.randint(1, 3)):
        yield (
            timedelta(minutes=random_.randint(20, 70)),
            {
                "type": "card_payment", "channel": "pos", "amount": _money(random_.uniform(80, 400)),
                "counterparty_id": f"m-{country.lower()}-{random_.randrange(100)}", "country": country,
                "latitude": latitude, "longitude": longitude,
            },
        )  # fmt: skip


def structuring(random_: random.Random, world: World, customer: Customer) -> Iterator[Step]:
    """Several cash deposits just below the reporting threshold, within days."""
    for _ in range(random_.randint(3, 5)):
        yield (
            timedelta(hours=random_.randint(5, 22)),
            {"type": "cash_deposit", "channel": "branch", "amount": _money(random_.randrange(8200, 9950, 50))},
        )


def compromised_merchant(random_: random.Random, world: World, customer: Customer) -> Iterator[Step]:
    """A card copied at a shop, used there for amounts that look like any other."""
    shop = random_.choice(world.merchants)
    for _ in range(random_.randint(2, 4)):
        yield (
            timedelta(hours=random_.randint(1, 20)),
            {
                "type": "card_payment", "channel": "web", "amount": _money(random_.uniform(15, 90)),
                "counterparty_id": shop.id, "country": shop.country,
            },
        )  # fmt: skip


def large_cash(random_: random.Random, world: World, customer: Customer) -> Iterator[Step]:
    """One cash deposit far above anything before."""
    yield (
        timedelta(minutes=5),
        {"type": "cash_deposit", "channel": "branch", "amount": _money(random_.randrange(11_000, 48_000, 500))},
    )


def mule(random_: random.Random, world: World, customer: Customer) -> Iterator[Step]:
    """Money comes in from nowhere and goes out at once in pieces."""
    pieces = [random_.uniform(700, 1900) for _ in range(random_.randint(4, 7))]
    yield (
        timedelta(minutes=random_.randint(1, 30)),
        {
            "type": "other", "channel": "api", "amount": _money(sum(pieces) * 1.05),
            "counterparty_id": f"inward-{random_.randrange(1000)}",
        },
    )  # fmt: skip
    for number, piece in enumerate(pieces):
        yield (
            timedelta(minutes=random_.randint(2, 9)),
            {
                "type": "transfer", "channel": "mobile", "amount": _money(piece),
                "counterparty_id": f"onward-{random_.randrange(1000)}-{number}",
            },
        )  # fmt: skip


# Scheme, and how often it comes about in 26 of all.
SCHEMES: Final[dict[str, tuple[Scheme, int]]] = {
    "card_testing": (card_testing, 4),
    "account_takeover": (account_takeover, 6),
    "impossible_travel": (impossible_travel, 4),
    "structuring": (structuring, 3),
    "compromised_merchant": (compromised_merchant, 4),
    "large_cash": (large_cash, 2),
    "mule": (mule, 3),
}
