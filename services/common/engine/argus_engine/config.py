"""What a rule set decides about features, apart from the rules themselves."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property

CASH_TYPES = frozenset({"cash_deposit", "cash_withdrawal"})


@dataclass(frozen=True)
class FeatureConfig:
    """The parameters on which feature values depend.

    ``reporting``: (currency, reporting threshold in minor units), sorted. ``near_ratio_percent``: a cash
    transaction from this share of the threshold up to just below it counts as near, 1 to 99.
    """

    reporting: tuple[tuple[str, int], ...] = ()
    near_ratio_percent: int = 80

    @cached_property
    def digest(self) -> bytes:
        """16 bytes that change whenever a feature value could."""
        said = json.dumps([self.reporting, self.near_ratio_percent]).encode()
        return hashlib.blake2b(said, digest_size=16).digest()

    @cached_property
    def near_ranges(self) -> dict[str, tuple[int, int]]:
        """Per currency the range [low, high) of amounts, in minor units, just below the threshold."""
        return {
            currency: (-(-threshold * self.near_ratio_percent // 100), threshold)
            for currency, threshold in self.reporting
        }

    def is_near(self, kind: str, amount: int, currency: str) -> bool:
        """Whether a cash transaction lies just below the reporting threshold of its currency."""
        if kind not in CASH_TYPES:
            return False
        low, high = self.near_ranges.get(currency, (1, 0))
        return low <= amount < high
