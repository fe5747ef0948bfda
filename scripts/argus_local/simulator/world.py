"""Who lives in the simulation: customers with habits, and the merchants they go to."""

import math
import random
from dataclasses import dataclass, field
from typing import Final

# (country, currency, latitude, longitude, share of customers)
CITIES: Final = (
    ("DE", "EUR", 52.52, 13.40, 0.3),
    ("FR", "EUR", 48.86, 2.35, 0.25),
    ("AT", "EUR", 48.21, 16.37, 0.15),
    ("ES", "EUR", 40.42, -3.70, 0.15),
    ("US", "USD", 40.71, -74.01, 0.15),
)
# Category: (typical amount, spread of its logarithm, transactions a week, channel, hours of the day with weights)
DAY: Final = {8: 1, 9: 2, 10: 2, 11: 2, 12: 4, 13: 4, 14: 2, 15: 2, 16: 3, 17: 5, 18: 6, 19: 4, 20: 2}
EVENING: Final = {17: 1, 18: 3, 19: 6, 20: 6, 21: 4, 22: 2}
ANY: Final = {8: 2, 10: 2, 12: 2, 14: 2, 16: 2, 18: 3, 20: 4, 21: 4, 22: 3}
CATEGORIES: Final = {
    "grocery": (32.0, 0.5, 3.0, "pos", DAY),
    "cafe": (6.5, 0.35, 3.5, "pos", DAY),
    "restaurant": (38.0, 0.4, 1.2, "pos", EVENING),
    "transport": (9.0, 0.5, 2.5, "pos", DAY),
    "online": (45.0, 0.7, 1.2, "web", ANY),
    "clothes": (60.0, 0.6, 0.4, "pos", DAY),
}


@dataclass(frozen=True, slots=True)
class Merchant:
    """A shop in a city, or one on the web."""

    id: str
    category: str
    country: str
    latitude: float
    longitude: float


@dataclass(slots=True)
class Customer:
    """A person with a home, a pace, a purse, a few shops and two devices."""

    id: str
    country: str
    currency: str
    latitude: float
    longitude: float
    pace: float  # times the usual number of transactions
    purse: float  # times the usual amount
    shift: int  # hours later than others
    shops: dict[str, list[Merchant]]
    device: str
    ip: str
    landlord: str
    employer: str
    friends: list[str] = field(default_factory=list)


def _near(random_: random.Random, latitude: float, longitude: float, km: float) -> tuple[float, float]:
    angle, distance = random_.uniform(0, 2 * math.pi), km * math.sqrt(random_.random())
    return (
        round(latitude + distance / 111 * math.sin(angle), 5),
        round(longitude + distance / (111 * math.cos(math.radians(latitude))) * math.cos(angle), 5),
    )


class World:
    """All of them, from one seed: the same seed makes the same people."""

    def __init__(self, seed: int, customers: int) -> None:
        random_ = random.Random(f"world {seed}")
        self.merchants: list[Merchant] = []
        by_city: dict[str, dict[str, list[Merchant]]] = {}
        for country, _, latitude, longitude, _ in CITIES:
            by_city[country] = {}
            for category in CATEGORIES:
                shops = [
                    Merchant(
                        f"m-{country.lower()}-{category}-{number:03}", category, country,
                        *_near(random_, latitude, longitude, 12),
                    )
                    for number in range(max(8, customers // 12))
                ]  # fmt: skip
                by_city[country][category] = shops
                self.merchants += shops
        self.customers: list[Customer] = []
        for number in range(customers):
            country, currency, latitude, longitude, _ = random_.choices(CITIES, [city[4] for city in CITIES])[0]
            home = _near(random_, latitude, longitude, 10)
            self.customers.append(
                Customer(
                    id=f"c-{number:05}",
                    country=country,
                    currency=currency,
                    latitude=home[0],
                    longitude=home[1],
                    pace=random_.lognormvariate(0, 0.4),
                    purse=random_.lognormvariate(0, 0.35),
                    shift=random_.choice([-2, -1, 0, 0, 0, 1, 2]),
                    shops={
                        category: random_.sample(shops, random_.randint(2, 5))
                        for category, shops in by_city[country].items()
                    },
                    device=f"d-{random_.getrandbits(40):010x}",
                    ip=f"10.{random_.randrange(256)}.{random_.randrange(256)}.{random_.randrange(1, 255)}",
                    landlord=f"l-{random_.randrange(customers)}",
                    employer=f"e-{country.lower()}-{random_.randrange(max(5, customers // 10))}",
                )
            )
        for customer in self.customers:
            customer.friends = [friend.id for friend in random_.sample(self.customers, min(3, len(self.customers)))]
